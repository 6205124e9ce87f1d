"""Agreed actions, each with an owner and a date: they outlast the check. Nothing else is agreed here."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from streams.check.situation import Draft, Refusal, Situation

_NAMED = re.compile(r"action\.([1-9]\d?)(?:\.owner|\.due)?")
_LONGEST = timedelta(days=366)


def agreed(s: Situation) -> dict[str, str]:
    """Codes of the actions that a command names: `action.<n>.owner`, `action.<n>.due` (an ISO date), part `action.<n>`.

    Raises:
        Refusal: an action lacks its owner, its date or its words, or has a number that is taken.
    """
    named = (*s.command.codes, *s.command.parts)
    numbers = sorted({m[1] for m in map(_NAMED.fullmatch, named) if m})
    codes: dict[str, str] = {}
    for number in numbers:
        owner = s.name(f"action.{number}.owner")
        if not owner:
            raise Refusal("missing-code", code=f"action.{number}.owner")
        if number in s.check.tasks:
            raise Refusal("bad-code", code=f"action.{number}")
        if not s.command.parts.get(f"action.{number}") and not s.command.words:
            raise Refusal("missing-words")
        codes[f"action.{number}.owner"] = owner
        codes[f"due.action:{number}"] = _end_of(s, number).isoformat()
    return codes


def _end_of(s: Situation, number: str) -> datetime:
    """The end of the day agreed, in the partnership's time zone."""
    name = f"action.{number}.due"
    given = s.command.codes.get(name, "")
    if not given:
        raise Refusal("missing-code", code=name)
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise Refusal("bad-code", code=name) from None
    zone = ZoneInfo(s.desk.config.clocks.zone)
    end = datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)
    if not s.now < end <= s.now + _LONGEST:
        raise Refusal("bad-code", code=name)
    return end


def add_action(s: Situation) -> list[Draft]:
    """One more action, or several."""
    codes = agreed(s)
    if not codes:
        raise Refusal("missing-code", code="action.1.owner")
    return [Draft("action_added", codes, None, s.command.words, s.command.parts)]


def action_done(s: Situation) -> list[Draft]:
    """An action was done."""
    number = s.code("action", [n for n, task in s.check.tasks.items() if task.done_at is None])
    return [Draft("action_done", {"action": number, f"due.action:{number}": ""}, None, s.command.words)]
