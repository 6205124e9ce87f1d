"""How many checks stand where, and who owes an answer: counts for metrics. Nothing is changed or decided here."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from hub.state.api import GaugeValues, Rows
from streams.check.rows import standing
from streams.check.state import ENDED, State

COUNTED = 10_000
"""Most open checks looked at: no partnership has as many, and records wait meanwhile (0.25 s at worst)."""


def gauges(store: Rows, now: datetime) -> GaugeValues:
    """Open checks by state, and unanswered requests of theirs that were due by `now`, by agency.

    A state without checks, and an agency that is asked and not late, say 0.
    """
    values: GaugeValues = {("checks_open", state.value): 0 for state in State if state not in ENDED}
    for check in islice(standing(store), COUNTED):
        values["checks_open", check.state.value] += 1
        for agency, due_at in check.awaited:
            label = ("returns_overdue", agency)
            values[label] = values.get(label, 0) + (due_at <= now)
    return values
