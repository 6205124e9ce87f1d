"""Turns drafts into numbered events, sees that no clock is missing, does what follows. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.ids import derived_id
from hub.messages import CheckEvent
from hub.state.api import Turn
from streams.check import clocks
from streams.check.effects import Effects, Tools
from streams.check.fold import apply
from streams.check.rows import Rows
from streams.check.situation import Desk, Draft
from streams.check.state import Check

_MOVES_NO_CLOCK = frozenset(
    {"bundled", "refused", "noted", "requested", "acknowledged", "delivered", "reporter_seen", "summary_read"}
)
"""Kinds after which no other clock has to run than before, or that start their own: they are many."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Who or what is behind events."""

    message_id: str
    at: datetime
    actor: str
    role: str = ""
    acts_for: str = ""


@dataclass(slots=True)
class Taker:
    """Takes drafts into one partition's checks."""

    desk: Desk
    rows: Rows
    turn: Turn
    tools: Tools

    def take(self, check: Check, drafts: Sequence[Draft], cause: Cause) -> None:
        """Number the drafts, note them, send them, and do what follows from them."""
        before = dict(check.clocks)
        effects = Effects(check, self.rows, self.turn, self.tools, cause.at)
        for draft in drafts:
            self._note(check, draft, cause, effects)
        if effects.wants_bundle:
            bundled = Draft("bundled", {"version": str(check.bundle + 1), "why": effects.wants_bundle})
            self._note(check, bundled, cause, effects)
        effects.finish()
        self.rows.save(check, before)

    def _note(self, check: Check, draft: Draft, cause: Cause, effects: Effects) -> None:
        event = self._event(check, draft, cause)
        if event.kind not in _MOVES_NO_CLOCK:
            trial = apply(Check.model_validate_json(check.model_dump_json()), event)  # a deep copy takes ten times that
            event = event.model_copy(
                update={"codes": self._versioned(event.codes | clocks.settle(self.desk, trial, cause.at))}
            )
        self.rows.add_event(event)
        self.turn.emit("check-events", check.anchor, event)
        apply(check, event)
        effects.follow(event)

    def _event(self, check: Check, draft: Draft, cause: Cause) -> CheckEvent:
        return CheckEvent(
            event_id=derived_id("event", check.check_id, str(check.seq + 1)),
            partnership=check.partnership,
            check_id=check.check_id,
            anchor=check.anchor,
            seq=check.seq + 1,
            kind=draft.kind,
            state=draft.state or check.state,
            at=cause.at,
            actor=cause.actor,
            role=cause.role,
            codes=self._versioned(dict(draft.codes)),
            words=draft.words,
            cause=cause.message_id,
            parts={name: sealed for name, sealed in draft.parts.items() if sealed},
            acts_for=cause.acts_for,
        )

    def _versioned(self, codes: dict[str, str]) -> dict[str, str]:
        """A due time names the version of the working calendar that it was reckoned by."""
        if any(name.startswith("due.") and value for name, value in codes.items()):
            return codes | {"calendar": self.desk.time.calendar_version}
        return codes
