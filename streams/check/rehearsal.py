"""Everything that a command lacks, at once: its rule of procedure is asked again and again before it is sent.

The check itself says the first thing that it misses, and is right whatever is said here. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hub.messages import CheckCommand
from streams.check.actions import ACTIONS
from streams.check.situation import Desk, Refusal, Situation
from streams.check.state import Check

_LACKING = frozenset({"missing-code", "bad-code", "missing-words"})
_MOST = 30
"""More than any form has questions."""
_SOMETHING = b"\x00"
"""Words that are there: a rule never opens them."""


def lacking(desk: Desk, check: Check, command: CheckCommand, now: datetime, likely: Mapping[str, str]) -> list[Refusal]:
    """What the command lacks, in the order in which its rule asks for it.

    Args:
        desk: the partnership's rules.
        check: as whoever gives the command sees it.
        command: as it would be sent.
        now: when.
        likely: code -> a value that would be taken, so that what is asked after it comes to light too; a code that
            stands on no form is not asked for by anybody, and ends the rehearsal.
    """
    action = ACTIONS.get(command.action)
    found: list[Refusal] = []
    if action is None or check.state not in action.states:
        return []  # there is nothing to fill in that would help
    while len(found) < _MOST:
        try:
            action.act(Situation(desk, check, command, now))
        except Refusal as refusal:
            code = refusal.codes.get("code", "")
            if refusal.reason not in _LACKING or any(code == r.codes.get("code", "") for r in found):
                return found
            found.append(refusal)
            if refusal.reason == "missing-words":
                command = command.model_copy(update={"words": _SOMETHING})
            elif code in likely:
                command = command.model_copy(update={"codes": command.codes | {code: likely[code]}})
            else:
                return found
        else:
            return found
    return found
