"""Jinja, set up once: escaping always on, a misspelt name an error, and the few filters that pages share."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.settings import LONDON
from streams.check.render.words import moment, plain
from triage import act_words

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


@cache
def environment() -> Environment:
    """The one environment of the desk's templates."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "moment": moment,
        "plain": plain,
        "away": away,
        "iso": iso,
        "clock": clock_time,
        "act": act_words.act,
        "outcome": act_words.outcome,
    }
    return made


def render(template: str, **context: Any) -> str:
    """A page."""
    return environment().get_template(template).render(**context)


def away(due: datetime, now: datetime) -> str:
    """How long until, or since, a moment: `2 h 10 min left`, `3 days overdue`."""
    seconds = int((due - now).total_seconds())
    return f"{span(abs(seconds))} {'left' if seconds >= 0 else 'overdue'}"


def span(seconds: float) -> str:
    """A length of time as people say it, two units at most."""
    whole = int(seconds)
    if whole < _HOUR:
        return f"{max(whole // _MINUTE, 1)} min"
    if whole < _DAY:
        hours, minutes = divmod(whole // _MINUTE, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(whole // _HOUR, 24)
    name = "day" if days == 1 else "days"
    return f"{days} {name} {hours} h" if hours and days < 3 else f"{days} {name}"  # noqa: PLR2004 - then hours matter no more


def iso(at: datetime) -> str:
    """For a `time` element."""
    return at.isoformat(timespec="seconds")


def clock_time(at: datetime) -> str:
    """London's time of day, with the day where it is another one than shown nearby."""
    return f"{at.astimezone(LONDON):%a %-d %b, %H:%M}"
