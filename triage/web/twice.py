"""The same thing said again by the same person, minutes later: Back and the button once more. Sends nothing.

A form shown again has another number, so that the hub takes it for something new. Where saying it twice adds nothing,
the first time counts, and whoever said it is told so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from hub.errors import Skippable
from hub.messages import CheckEvent, CheckWords
from triage.desk import Desk
from triage.sql import queries

ADDS: Final[Mapping[str, str]] = {"note": "noted", "add_action": "action_added", "seen": "seen"}
"""Commands that only add something, and the event that each becomes. What changes how a check stands may well be said
again word for word: amber, red, and amber."""
_MINUTES: Final = timedelta(minutes=10)


def said_already(
    desk: Desk, check_id: str, account: str, kinds: Collection[str], words: Mapping[str, CheckWords], now: datetime,
    codes: Mapping[str, str],
) -> CheckEvent | None:  # fmt: skip
    """The event by which this was said before; None where it was not.

    Args:
        desk: this one.
        check_id: of which check.
        account: who says it.
        kinds: of the events that count.
        words: everything that is said, by the part's name; '' is the words themselves.
        now: when.
        codes: that the event must hold; '' one that it must not.
    """
    with desk.engine.connect() as connection:
        events = queries.history(connection, check_id)
    for event in reversed(events):
        if event.at < now - _MINUTES:
            return None
        mine = (
            event.actor == account
            and event.kind in kinds
            and all(event.codes.get(name, "") == value for name, value in codes.items())
        )
        if mine and _words_of(desk, event) == {name: said for name, said in words.items() if said != CheckWords()}:
            return event
    return None


def _words_of(desk: Desk, event: CheckEvent) -> dict[str, CheckWords] | None:
    sealed = {"": event.words} | event.parts
    try:
        return {n: desk.library.sealer.open(event.anchor, body, CheckWords) for n, body in sealed.items() if body}
    except Skippable:
        return None
