"""What follows from events and leaves the stage: requests, bundles, receipts, watches. Decides nothing."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from hub.messages import AgencyRequest, CheckEvent, Identity, PictureUpdate, Receipt, Watch
from hub.sealing import Sealer
from hub.state.api import Turn
from streams.check import receipts
from streams.check.bundles import assemble
from streams.check.card import card
from streams.check.gate import basis_of
from streams.check.rows import Rows
from streams.check.state import Check, State

_MAKES_BUNDLE = frozenset(
    {"proposed", "proposal_updated", "picture_updated", "gate_passed", "returned", "late_return", "bundle_ready"}
)
_ACTED_ON = {"decided": "decision", "dismissed": "", "advised": "", "routed": "to", "duplicate": ""}
"""Events that end what a record was sent for -> the code that says how ('': the event's kind)."""


class Effects:
    """What one message's events cause, for one check."""

    def __init__(self, check: Check, rows: Rows, turn: Turn, sealer: Sealer, at: datetime) -> None:
        """Of `check`, which is noted in place while the events go by."""
        self._check = check
        self._rows = rows
        self._turn = turn
        self._sealer = sealer
        self._at = at
        self._watch_before = watch_state(check) if check.seq else ""
        self._changed: list[str] = []
        self.wants_bundle = ""
        """Kind of the event that asks for a new version; '' for none."""

    def follow(self, event: CheckEvent) -> None:
        """Do what an event asks for, except bundle and watch, which come once at the end."""
        if event.kind in _MAKES_BUNDLE:
            self.wants_bundle = self.wants_bundle or event.kind
        if event.kind in {"returned", "late_return"}:
            self._changed.append(event.codes["agency"])
        if event.kind in {"requested", "hastened"}:
            self._request(event)
        elif event.kind == "bundled":
            self._bundle()
        elif event.kind == "read":
            self._send_receipts(receipts.seen(self._rows, self._check, int(event.codes["version"]), self._at))
        elif event.kind in _ACTED_ON:
            outcome = event.codes.get(_ACTED_ON[event.kind]) or event.kind
            self._send_receipts(receipts.acted_on(self._rows, self._check, outcome, self._at))

    def finish(self) -> None:
        """Tell the picture whether somebody still watches."""
        check = self._check
        now = watch_state(check)
        if now != self._watch_before:
            watch = Watch(
                partnership=check.partnership, check_id=check.check_id, anchor=check.anchor, state=now, seq=check.seq
            )
            self._turn.emit("facts", check.anchor, watch)

    @cached_property
    def _picture(self) -> PictureUpdate:
        return self._rows.picture(self._check.check_id)

    @cached_property
    def _card(self) -> Identity:
        return card(self._picture.snapshot, self._sealer)

    def _request(self, event: CheckEvent) -> None:
        check, request = self._check, self._check.requests[event.codes["request"]]
        message = AgencyRequest(
            request_id=request.request_id,
            partnership=check.partnership,
            check_id=check.check_id,
            anchor=check.anchor,
            agency=request.agency,
            rating=check.rating,
            questions=request.questions,
            question_set=request.question_set,
            basis=basis_of(check.gate),
            agreement=request.agreement,
            sent_at=request.sent_at,
            due_at=request.due_at,
            subject=self._sealer.seal(check.anchor, self._card),
        )
        self._turn.emit("requests", request.request_id, message)

    def _bundle(self) -> None:
        check, rows = self._check, self._rows
        picture = self._picture.snapshot
        fired = rows.proposal(check.check_id).fired
        records = receipts.note_records(rows, check, picture)
        bundle = assemble(
            check,
            fired=fired,
            picture=picture,
            words=self._answers(),
            changed=records + sorted(set(self._changed)) if check.bundle > 1 else [],
            made_at=self._at,
        )
        self._turn.emit("bundles", check.check_id, bundle)
        behind = {record for rule in fired for record in rule.records}
        self._send_receipts(receipts.proposed(rows, check, behind, self._at))

    def _answers(self) -> dict[str, bytes]:
        answered = [r for r in self._check.requests.values() if r.answer_seq]
        events = {r.request_id: self._rows.event(self._check.check_id, r.answer_seq) for r in answered}
        return {request_id: event.words for request_id, event in events.items() if event}

    def _send_receipts(self, found: list[Receipt]) -> None:
        for receipt in found:
            self._turn.emit("receipts", f"{receipt.agency}/{receipt.system}", receipt)


def watch_state(check: Check) -> str:
    """What the picture's rules know of a check: proposed | open | closed."""
    if check.ended:
        return "closed"
    return "proposed" if check.state is State.SCREENING else "open"
