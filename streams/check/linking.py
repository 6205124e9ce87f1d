"""Checks that belong together: linked, each with its own bundle and decision; a duplicate is the only one that merges.

What is said to one check reaches the other as a command of the machine, whose effect stands in that check's history.
"""

from __future__ import annotations

from hub.messages import CheckEvent
from streams.check.situation import MACHINE, Draft, Refusal, Situation
from streams.check.state import State

_BACK = {"linked": "link", "unlinked": "unlink", "duplicate": "absorb"}
"""Event -> what the machine asks of the other check."""


def link(s: Situation) -> list[Draft]:
    """To a sibling's or a network's check."""
    codes = s.other_check() | s.optional("link", s.desk.config.decisions.links)
    if codes["check"] in s.check.linked and s.command.role == MACHINE:
        return []
    return [Draft("linked", codes)]


def unlink(s: Situation) -> list[Draft]:
    """The link was a mistake."""
    codes = s.other_check()
    if codes["check"] not in s.check.linked:
        if s.command.role == MACHINE:
            return []
        raise Refusal("not-linked")
    if codes["check"] in s.check.merged:
        raise Refusal("merged-stays")
    words = b"" if s.command.role == MACHINE else s.need_words()
    return [Draft("unlinked", codes, None, words)]


def absorb(s: Situation) -> list[Draft]:
    """A duplicate ended in this check: its referrer is owed an answer here, and what it held is to be read."""
    codes = s.other_check() | {"link": "duplicate"}
    if codes["check"] in s.check.merged:
        return []
    drafts = [Draft("absorbed", codes)]
    if s.check.ended:
        drafts.append(Draft("reopened", {"why": "duplicate"} | s.desk.due("response", s.now), State.REOPENED))
    elif s.check.state is State.DECISION_PENDING:
        drafts.append(Draft("bundle_ready", {"why": "duplicate"}, State.BUNDLE_READY))
    return drafts


def asks_of_the_other(event: CheckEvent) -> str:
    """Which command an event asks of the other check; '' for none."""
    return "" if event.role == MACHINE else _BACK.get(event.kind, "")
