"""The check stage without input or output: proposals, pictures, commands, returns and ticks in; events out.

Whatever happens becomes an event first; requests, bundles, receipts and watches follow from events. Every id derives
from the check, so that the same input gives the same ids. A command that can't be obeyed gets a `refused` event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel

from hub.errors import Skippable
from hub.ids import derived_id
from hub.messages import AgencyReturn, CheckCommand, CheckEvent, PictureUpdate, Proposal, Tick
from hub.sealing import Sealer
from hub.state.api import GaugeValues, Turn
from hub.state.api import Rows as StoredRows
from streams.check import proposing, returns, ringing
from streams.check.actions import ACTIONS, obey
from streams.check.config import Config
from streams.check.effects import Effects
from streams.check.fold import apply
from streams.check.gauges import gauges
from streams.check.restricted import picture_without, proposal_without
from streams.check.rows import Rows
from streams.check.situation import Desk, Draft, Refusal, Situation
from streams.check.state import Check
from streams.check.working_time import WorkingTime

WORDS_LIMIT = 32_000
"""Sealed bytes of one return or command: with fifteen agencies a bundle of answers still fits a message of 1 MB."""
_NAME_LIMIT = 200
_FIRST_TICK = datetime(1971, 1, 1, tzinfo=UTC)
"""Before a partition's first tick its `now` stands at 1970; then the message's own time is taken."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Who or what is behind events."""

    message_id: str
    at: datetime
    actor: str
    role: str = ""


class CheckCore:
    """See the module.

    Args:
        config: the partnership's packs.
        sealer: opens the picture's identities and seals the card that an agency gets; opens nothing else.
    """

    name = "check"
    input_topic = "checks"

    def __init__(self, config: Config, sealer: Sealer) -> None:
        """See the class."""
        self._desk = Desk(config, WorkingTime(config.clocks))
        self._sealer = sealer

    def handle(self, message: BaseModel, turn: Turn) -> None:
        """See `hub.state.api.Core.handle`.

        Raises:
            Skippable: a picture for a check that does not exist, or a type that this stage does not read.
        """
        rows = Rows(turn.store)
        match message:
            case Tick():
                self._ring(rows, turn)
            case CheckCommand():
                self._obey(message, rows, turn)
            case AgencyReturn():
                self._receive(message, rows, turn)
            case Proposal():
                self._propose(message, rows, turn)
            case PictureUpdate():
                self._update(message, rows, turn)
            case _:
                raise Skippable(f"The check stage reads no {type(message).__name__}.", reason="wrong-type")

    def settle_one(self, key: bytes, turn: Turn) -> None:
        """Nothing waits for the end of a batch here: what a person did has its effect at once."""

    def gauges(self, store: StoredRows, now: datetime) -> GaugeValues:
        """See `streams.check.gauges`."""
        return gauges(store, now)

    def _propose(self, proposed: Proposal, rows: Rows, turn: Turn) -> None:
        proposal = proposal_without(proposed)
        check_id = derived_id("check", proposal.proposal_id)
        now = _now(turn, proposal.at)
        check = rows.check(check_id)
        cause = Cause(proposal.proposal_id, now, "machine")
        if check is None:
            check = Check(check_id=check_id, partnership=proposal.partnership, anchor=proposal.anchor)
            earlier = rows.of_anchor(proposal.anchor)
            drafts = proposing.propose(self._desk, proposal, now) + proposing.links(earlier)
            rows.set_anchor(proposal.anchor, check_id)
            rows.set_picture(_as_update(proposal, check_id, seq=0))
            self._link_back(earlier, check_id, cause, rows, turn)
        else:
            held = rows.picture(check_id)
            drafts = proposing.propose_again(self._desk, check, held, proposal, now)
            if drafts and proposing.is_later(held, proposal.snapshot):
                rows.set_picture(_as_update(proposal, check_id, seq=held.seq))
        if drafts:
            rows.set_proposal(check_id, proposal)
            self._take(check, drafts, cause, rows, turn)

    def _link_back(self, earlier: list[str], check_id: str, cause: Cause, rows: Rows, turn: Turn) -> None:
        """Open checks of the same person's record hear of the new one; what is closed stays as it was."""
        for other in map(rows.check, earlier):
            if other is not None and not other.ended:
                self._take(other, proposing.links([check_id]), cause, rows, turn)

    def _update(self, message: PictureUpdate, rows: Rows, turn: Turn) -> None:
        check = rows.check(message.check_id)
        if check is None:
            raise Skippable("A picture for a check that is not in this partition.", reason="unknown-check")
        shown = message.model_copy(update={"snapshot": picture_without(message.snapshot)})
        held = rows.picture(check.check_id)
        if check.ended or not proposing.follows(held, shown):
            return
        drafts = proposing.update(check, held, shown)
        rows.set_picture(shown)
        if drafts:
            cause = Cause(f"picture:{message.seq}", _now(turn, message.snapshot.as_of), "machine")
            self._take(check, drafts, cause, rows, turn)

    def _obey(self, command: CheckCommand, rows: Rows, turn: Turn) -> None:
        cause = Cause(command.command_id, _now(turn, command.at), command.actor[:_NAME_LIMIT], command.role)
        action = command.action if command.action in ACTIONS else ""
        check = self._known(command, command.command_id, cause, rows, turn, {"action": action})
        if check is None:
            return
        try:
            _check_words(command.words, command.actor)
            drafts = obey(Situation(self._desk, check, command, cause.at))
        except Refusal as refusal:
            drafts = [_refused(refusal, {"action": action})]
        self._take(check, drafts, cause, rows, turn)

    def _receive(self, answer: AgencyReturn, rows: Rows, turn: Turn) -> None:
        cause = Cause(answer.return_id, _now(turn, answer.at), answer.actor[:_NAME_LIMIT], answer.role)
        check = self._known(answer, answer.return_id, cause, rows, turn, {"action": "return"})
        if check is None:
            return
        try:
            _check_words(answer.words, answer.actor)
            drafts = returns.receive(self._desk, check, answer, cause.at)
        except Refusal as refusal:
            drafts = [_refused(refusal, {"action": "return"})]
        self._take(check, drafts, cause, rows, turn)

    def _known(
        self,
        message: CheckCommand | AgencyReturn,
        message_id: str,
        cause: Cause,
        rows: Rows,
        turn: Turn,
        codes: dict[str, str],
    ) -> Check | None:
        """The check that a person speaks to; None where that was answered already, or there is none."""
        check = rows.check(message.check_id)
        reason = ""
        if check is None:
            reason = "unknown-check"
        elif rows.is_done(message.check_id, message_id):
            return None
        elif check.partnership != message.partnership:
            reason = "wrong-partnership"
        elif check.anchor != message.anchor:
            reason = "wrong-anchor"
        if check is not None and not reason:
            rows.set_done(message.check_id, message_id)
            return check
        event = CheckEvent(
            event_id=derived_id("refused", message.check_id, message_id),
            partnership=message.partnership,
            check_id=message.check_id,
            anchor=message.anchor,
            seq=0,
            kind="refused",
            state="unknown",
            at=cause.at,
            actor=cause.actor,
            role=cause.role,
            codes={"reason": reason, **codes},
            cause=message_id,
        )
        turn.emit("check-events", message.anchor, event)
        return None

    def _ring(self, rows: Rows, turn: Turn) -> None:
        """Every clock that has run out, in the order of due times; what one starts may run out in the same tick."""
        while due := rows.next_due(turn.now):
            check = rows.check(due.check_id)
            if check is None or check.clocks.get(due.clock) != due.at:
                rows.drop_due(due)
                continue
            drafts = ringing.ring(self._desk, check, due.clock, due.at)
            self._take(check, drafts, Cause(f"clock:{due.clock}", due.at, "clock"), rows, turn)

    def _take(self, check: Check, drafts: Sequence[Draft], cause: Cause, rows: Rows, turn: Turn) -> None:
        """Number the drafts, note them, send them, and do what follows from them."""
        clocks = dict(check.clocks)
        effects = Effects(check, rows, turn, self._sealer, cause.at)
        for draft in drafts:
            self._note(check, draft, cause, rows, turn, effects)
        if effects.wants_bundle:
            check.bundle += 1
            bundled = Draft("bundled", {"version": str(check.bundle), "why": effects.wants_bundle})
            self._note(check, bundled, cause, rows, turn, effects)
        effects.finish()
        rows.save(check, clocks)

    def _note(self, check: Check, draft: Draft, cause: Cause, rows: Rows, turn: Turn, effects: Effects) -> None:
        codes = dict(draft.codes)
        if any(name.startswith("due.") and value for name, value in codes.items()):
            codes["calendar"] = self._desk.time.calendar_version
        event = CheckEvent(
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
            codes=codes,
            words=draft.words,
            cause=cause.message_id,
        )
        rows.add_event(event)
        turn.emit("check-events", check.anchor, event)
        apply(check, event)
        effects.follow(event)


def _refused(refusal: Refusal, codes: dict[str, str]) -> Draft:
    return Draft("refused", {"reason": refusal.reason, **codes, **refusal.codes})


def _check_words(words: bytes, actor: str) -> None:
    if len(words) > WORDS_LIMIT:
        raise Refusal("words-too-long")
    if not actor.strip() or len(actor) > _NAME_LIMIT:
        raise Refusal("no-name")


def _as_update(proposal: Proposal, check_id: str, *, seq: int) -> PictureUpdate:
    """A proposal's picture as the one in hand; `seq` is that of the last update, which it does not move."""
    return PictureUpdate(
        partnership=proposal.partnership, check_id=check_id, anchor=proposal.anchor, seq=seq, snapshot=proposal.snapshot
    )


def _now(turn: Turn, at: datetime) -> datetime:
    return turn.now if turn.now > _FIRST_TICK else at
