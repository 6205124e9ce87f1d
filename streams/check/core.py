"""The check stage without input or output: contacts, proposals, pictures, commands, returns and ticks in; events out.

Whatever happens becomes an event first; requests, bundles, receipts and watches follow from events. Every id derives
from the check, so that the same input gives the same ids. A command that can't be obeyed gets a `refused` event.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import BaseModel

from hub.errors import Skippable
from hub.ids import Pseudonyms, derived_id
from hub.messages import (
    AgencyReturn,
    CheckCommand,
    Contact,
    Known,
    LookUp,
    PictureUpdate,
    Proposal,
    Tick,
)
from hub.messages.picture import Snapshot
from hub.sealing import Sealer
from hub.state.api import GaugeValues, Turn
from hub.state.api import Rows as StoredRows
from streams.check import contacts, known, proposing, returns, ringing
from streams.check.actions import ACTIONS, obey
from streams.check.config import Config
from streams.check.effects import Tools
from streams.check.gauges import gauges
from streams.check.refused import about_no_check, addressed, refused
from streams.check.restricted import hides_something, picture_without, proposal_without
from streams.check.rows import Rows
from streams.check.situation import MANAGER, Desk, Refusal, Situation
from streams.check.state import Check
from streams.check.taking import Cause, Taker
from streams.check.working_time import WorkingTime

WORDS_LIMIT = 32_000
"""Sealed bytes of one return or command: with fifteen agencies a bundle of answers still fits a message of 1 MB."""
PARTS_LIMIT = 96_000
"""Sealed bytes of a command's further parts: its event stays below the 256 kB of a row."""
_NAME_LIMIT = 200
_FIRST_TICK = datetime(1971, 1, 1, tzinfo=UTC)
"""Before a partition's first tick its `now` stands at 1970; then the message's own time is taken."""


class CheckCore:
    """See the module.

    Args:
        config: the partnership's packs.
        sealer: opens the picture's identities and seals what an agency gets; opens what people wrote only to take an
            address out of a summary.
        hashes: keyed hashes, for look-ups; None answers none.
    """

    name = "check"
    input_topic = "checks"

    def __init__(self, config: Config, sealer: Sealer, hashes: Pseudonyms | None = None) -> None:
        """See the class."""
        self._desk = Desk(config, WorkingTime(config.clocks))
        self._tools = Tools(self._desk, sealer, hashes)

    def handle(self, message: BaseModel, turn: Turn) -> None:
        """See `hub.state.api.Core.handle`.

        Raises:
            Skippable: a picture for a check that does not exist, or a type that this stage does not read.
        """
        taker = Taker(self._desk, Rows(turn.store), turn, self._tools)
        match message:
            case Tick():
                self._ring(taker)
            case CheckCommand():
                self._obey(message, taker)
            case AgencyReturn():
                self._receive(message, taker)
            case Contact():
                self._contact(message, taker)
            case Proposal():
                self._propose(message, taker)
            case PictureUpdate():
                self._update(message, taker)
            case LookUp():
                known.answer(self._desk, message, taker.rows, turn, _now(turn, message.at), self._tools.sealer)
            case Known():
                known.learn(message, taker.rows, turn, turn.now)
            case _:
                raise Skippable(f"The check stage reads no {type(message).__name__}.", reason="wrong-type")

    def settle_one(self, key: bytes, turn: Turn) -> None:
        """Nothing waits for the end of a batch here: what a person did has its effect at once."""

    def gauges(self, store: StoredRows, now: datetime) -> GaugeValues:
        """See `streams.check.gauges`."""
        return gauges(store, now)

    def _contact(self, contact: Contact, taker: Taker) -> None:
        rows, turn = taker.rows, taker.turn
        check = rows.check(contact.earlier) if contact.earlier else None
        if check is None or (check.anchor, check.partnership) != (contact.anchor, contact.partnership):
            check = rows.check(contacts.check_id_of(contact.contact_id))
        check_id = check.check_id if check else contacts.check_id_of(contact.contact_id)
        if rows.is_done(check_id, contact.contact_id):
            return
        cause = Cause(contact.contact_id, _now(turn, contact.at), contact.actor[:_NAME_LIMIT] or "public", contact.role)
        try:
            _check_size(
                contact.words, {"reporter": contact.reporter, "identity": contact.identity, "mother": contact.mother}
            )
            contacts.valid(self._desk, contact)
        except Refusal as refusal:
            turn.emit("check-events", contact.anchor, about_no_check(contact, check_id, refusal, cause))
            return
        rows.set_done(check_id, contact.contact_id)
        drafts = contacts.arrive(self._desk, contact, check, cause.at)
        if check is None:
            check = Check(check_id=check_id, partnership=contact.partnership, anchor=contact.anchor)
            earlier = [c for c in rows.of_anchor(contact.anchor) if c != check_id]
            drafts += proposing.links(c for c in earlier if c not in contact.linked)
            rows.set_anchor(contact.anchor, check_id)
            rows.set_picture(_no_picture(contact, check_id, cause.at))
            self._link_back(earlier, check_id, cause, taker)
        taker.take(check, drafts, cause)

    def _propose(self, proposed: Proposal, taker: Taker) -> None:
        proposal, rows = proposal_without(proposed), taker.rows
        check_id = derived_id("check", proposal.proposal_id)
        if hides_something(proposed.snapshot):
            rows.hide(check_id)
        now = _now(taker.turn, proposal.at)
        check = rows.check(check_id)
        cause = Cause(proposal.proposal_id, now, "machine")
        if check is None:
            check = Check(check_id=check_id, partnership=proposal.partnership, anchor=proposal.anchor)
            earlier = rows.of_anchor(proposal.anchor)
            drafts = proposing.propose(self._desk, proposal, now) + proposing.links(earlier)
            rows.set_anchor(proposal.anchor, check_id)
            rows.set_picture(_as_update(proposal, check_id, seq=0))
            self._link_back(earlier, check_id, cause, taker)
        else:
            held = rows.picture(check_id)
            drafts = proposing.propose_again(self._desk, check, held, proposal, now)
            if drafts and proposing.is_later(held, proposal.snapshot):
                rows.set_picture(_as_update(proposal, check_id, seq=held.seq))
        if drafts:
            rows.set_proposal(check_id, proposal)
            taker.take(check, drafts, cause)

    @staticmethod
    def _link_back(earlier: list[str], check_id: str, cause: Cause, taker: Taker) -> None:
        """Open checks of the same person's record hear of the new one; what is closed stays as it was."""
        for other in map(taker.rows.check, earlier):
            if other is not None and not other.ended and check_id not in other.linked:
                taker.take(other, proposing.links([check_id]), cause)

    def _update(self, message: PictureUpdate, taker: Taker) -> None:
        check = taker.rows.check(message.check_id)
        if check is None:
            raise Skippable("A picture for a check that is not in this partition.", reason="unknown-check")
        shown = message.model_copy(update={"snapshot": picture_without(message.snapshot)})
        if hides_something(message.snapshot):
            taker.rows.hide(check.check_id)
        held = taker.rows.picture(check.check_id)
        if check.ended or not proposing.follows(held, shown):
            return
        drafts = proposing.update(check, held, shown)
        taker.rows.set_picture(shown)
        if drafts:
            taker.take(
                check, drafts, Cause(f"picture:{message.seq}", _now(taker.turn, message.snapshot.as_of), "machine")
            )

    def _obey(self, command: CheckCommand, taker: Taker) -> None:
        actor, instead_of = command.actor[:_NAME_LIMIT], command.acts_for[:_NAME_LIMIT]
        cause = Cause(command.command_id, _now(taker.turn, command.at), actor, command.role, instead_of)
        action = command.action if command.action in ACTIONS else ""
        check = addressed(command, command.command_id, cause, taker.rows, taker.turn, {"action": action})
        if check is None:
            return
        try:
            _check_size(command.words, command.parts)
            _check_name(command.actor)
            _check_stead(command)
            drafts = obey(Situation(self._desk, check, command, cause.at))
        except Refusal as refusal:
            drafts = [refused(refusal, {"action": action})]
        taker.take(check, drafts, cause)

    def _receive(self, answer: AgencyReturn, taker: Taker) -> None:
        cause = Cause(answer.return_id, _now(taker.turn, answer.at), answer.actor[:_NAME_LIMIT], answer.role)
        check = addressed(answer, answer.return_id, cause, taker.rows, taker.turn, {"action": "return"})
        if check is None:
            return
        try:
            _check_size(answer.words, {})
            _check_name(answer.actor)
            drafts = returns.receive(self._desk, check, answer, cause.at)
        except Refusal as refusal:
            drafts = [refused(refusal, {"action": "return"})]
        taker.take(check, drafts, cause)

    def _ring(self, taker: Taker) -> None:
        """Every clock that has run out, in the order of due times; what one starts may run out in the same tick."""
        rows = taker.rows
        while due := rows.next_due(taker.turn.now):
            check = rows.check(due.check_id)
            if check is None or check.clocks.get(due.clock) != due.at:
                rows.drop_due(due)
                continue
            drafts = ringing.ring(self._desk, check, due.clock, due.at)
            taker.take(check, drafts, Cause(f"clock:{due.clock}", due.at, "clock"))


def _check_size(words: bytes, parts: Mapping[str, bytes]) -> None:
    if len(words) > WORDS_LIMIT or sum(map(len, parts.values())) > PARTS_LIMIT:
        raise Refusal("words-too-long")


def _check_name(actor: str) -> None:
    if not actor.strip() or len(actor) > _NAME_LIMIT:
        raise Refusal("no-name")


def _check_stead(command: CheckCommand) -> None:
    """Only the duty manager's part is ever lent, and never to the manager."""
    if command.acts_for and (command.role != MANAGER or command.acts_for == command.actor):
        raise Refusal("not-lent")


def _no_picture(contact: Contact, check_id: str, at: datetime) -> PictureUpdate:
    """Matching runs beside screening, never before it: until it has run, the hub holds nothing of the person."""
    snapshot = Snapshot(
        person_id="", settled=True, as_of=at, members=[contact.anchor], entries=[], indicators=[], circle=[]
    )
    return PictureUpdate(
        partnership=contact.partnership, check_id=check_id, anchor=contact.anchor, seq=0, snapshot=snapshot
    )


def _as_update(proposal: Proposal, check_id: str, *, seq: int) -> PictureUpdate:
    """A proposal's picture as the one in hand; `seq` is that of the last update, which it does not move."""
    return PictureUpdate(
        partnership=proposal.partnership, check_id=check_id, anchor=proposal.anchor, seq=seq, snapshot=proposal.snapshot
    )


def _now(turn: Turn, at: datetime) -> datetime:
    return turn.now if turn.now > _FIRST_TICK else at
