"""What follows from events and leaves the stage: requests, bundles, receipts, watches. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from hub.errors import Skippable
from hub.ids import Pseudonyms, derived_id
from hub.messages import CheckCommand, CheckEvent, PictureUpdate, Receipt, Watch
from hub.sealing import Sealer
from hub.state.api import Turn
from streams.check import known, receipts
from streams.check.bundles import assemble
from streams.check.linking import asks_of_the_other, carried
from streams.check.outgoing import Outgoing
from streams.check.rows import Rows
from streams.check.situation import MACHINE, Desk
from streams.check.state import BEFORE_OPENING, Check

_MAKES_BUNDLE = frozenset(
    {
        "contacted",
        "proposed",
        "proposal_updated",
        "picture_updated",
        "gate_passed",
        "returned",
        "late_return",
        "bundle_ready",
        "absorbed",
        "linked",
        "reporter_released",
    }
)
_ACTED_ON = {"decided": "decision", "dismissed": "", "advised": "", "routed": "to", "pathway": "to", "duplicate": ""}
"""Events that end what a record was sent for -> the code that says how ('': the event's kind)."""
_TELLS_ANEW = frozenset(
    {"contacted", "proposed", "proposal_updated", "picture_updated", "reopened", "closed", "dismissed", "duplicate"}
) | {"accepted", "declined", "decided"}
"""Events after which the check may say something else of itself to those who look its person up."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What effects are made with."""

    desk: Desk
    sealer: Sealer
    hashes: Pseudonyms | None


class Effects:
    """What one message's events cause, for one check."""

    def __init__(self, check: Check, rows: Rows, turn: Turn, tools: Tools, at: datetime) -> None:
        """Of `check`, which is noted in place while the events go by."""
        self._check = check
        self._rows = rows
        self._turn = turn
        self._tools = tools
        self._sealer = tools.sealer
        self._at = at
        self._watch_before = watch_state(check) if check.seq else ""
        self._changed: list[str] = []
        self._tells = False
        self.wants_bundle = ""
        """Kind of the event that asks for a new version; '' for none."""

    def follow(self, event: CheckEvent) -> None:
        """Do what an event asks for, except bundle and watch, which come once at the end."""
        if event.kind in _MAKES_BUNDLE:
            self.wants_bundle = self.wants_bundle or event.kind
        self._tells = self._tells or event.kind in _TELLS_ANEW
        if asks_of_the_other(event):
            self._ask_the_other(event)
        if event.kind in _ACTED_ON:
            outcome = event.codes.get(_ACTED_ON[event.kind]) or event.kind
            self._send_receipts(receipts.acted_on(self._rows, self._check, outcome, self._at))
        doing: dict[str, Callable[[CheckEvent], None]] = {
            "contacted": self._contacted,
            "returned": self._returned,
            "late_return": self._returned,
            "requested": self._request,
            "hastened": self._request,
            "bundled": self._bundle,
            "read": self._read,
            "disseminated": self._disseminate,
        }
        if event.kind in doing:
            doing[event.kind](event)

    def finish(self) -> None:
        """Tell the picture whether somebody still watches, and look-ups how the check stands."""
        check = self._check
        now = watch_state(check)
        if now != self._watch_before:
            watch = Watch(
                partnership=check.partnership, check_id=check.check_id, anchor=check.anchor, state=now, seq=check.seq
            )
            self._turn.emit("facts", check.anchor, watch)
        if self._tells and self._tools.hashes is not None:
            self._tell_look_ups(self._tools.hashes)

    def _tell_look_ups(self, hashes: Pseudonyms) -> None:
        check, agreement = self._check, self._tools.desk.config.agreement(self._check.partnership)
        worker = known.worker_of(self._picture.snapshot, self._sealer)
        area = check.area or (agreement.area if agreement else "")
        person = known.key_of_person(check.person_id, hashes) if check.person_id else ""
        hidden = self._rows.is_hidden(check.check_id)
        keys = set() if hidden else known.keys_of(self._outgoing.identities, hashes)
        for word in known.tell(check, keys, person, worker, area, self._rows):
            self._turn.emit("checks", word.key, word)

    def _ask_the_other(self, event: CheckEvent) -> None:
        """A link stands on both sides: the machine tells the other check, by a command in its own history."""
        other = event.codes["check"]
        here = self._rows.check(other)
        anchor = event.codes.get("anchor") or (here.anchor if here else "")
        if not anchor or event.actor == MACHINE:  # what a proposal links is linked on both sides already
            return
        codes = {"check": self._check.check_id, "anchor": self._check.anchor}
        if event.kind == "linked" and event.codes.get("link"):
            codes["link"] = event.codes["link"]
        parts: dict[str, bytes] = {}
        if event.kind == "duplicate":
            more, parts = carried(self._check, self._event_of, lambda sealed: self._reseal(sealed, anchor))
            codes |= more
        command = CheckCommand(
            command_id=derived_id("other", event.event_id),
            partnership=self._check.partnership,
            check_id=other,
            anchor=anchor,
            action=asks_of_the_other(event),
            actor=MACHINE,
            role=MACHINE,
            codes=codes,
            parts=parts,
            at=self._at,
        )
        self._turn.emit("checks", anchor, command)

    def _event_of(self, seq: int) -> CheckEvent | None:
        return self._rows.event(self._check.check_id, seq)

    def _reseal(self, sealed: bytes, anchor: str) -> bytes:
        """What is sealed under this check's anchor, under another's; nothing where it was erased."""
        try:
            return self._sealer.seal_bytes(anchor, self._sealer.open_bytes(self._check.anchor, sealed))
        except Skippable:
            return b""

    @cached_property
    def _picture(self) -> PictureUpdate:
        return self._rows.picture(self._check.check_id)

    @cached_property
    def _outgoing(self) -> Outgoing:
        tools = self._tools
        return Outgoing(self._check, self._rows, self._picture.snapshot, tools.desk, tools.sealer, self._at)

    def _contacted(self, event: CheckEvent) -> None:
        self._changed.append(f"contact:{event.codes['contact']}")
        receipts.note_contacts(self._rows, self._check)
        self._send_receipts(receipts.in_check(self._check, event.codes["contact"], self._at))

    def _returned(self, event: CheckEvent) -> None:
        self._changed.append(event.codes["agency"])

    def _read(self, event: CheckEvent) -> None:
        self._send_receipts(receipts.seen(self._rows, self._check, int(event.codes["version"]), self._at))

    def _request(self, event: CheckEvent) -> None:
        request = self._outgoing.request(event)
        self._turn.emit("requests", request.request_id, request)

    def _disseminate(self, event: CheckEvent) -> None:
        for summary in self._outgoing.summaries(event):
            self._turn.emit("summaries", summary.summary_id, summary)

    def _bundle(self, _event: CheckEvent) -> None:
        check, rows = self._check, self._rows
        picture = self._picture.snapshot
        proposal = rows.proposal(check.check_id)
        fired = proposal.fired if proposal else []
        records = receipts.note_records(rows, check, picture)
        arrivals = {h.contact_id: rows.event(check.check_id, h.seq) for h in check.contacts.values()}
        bundle = assemble(
            check,
            fired=fired,
            picture=picture,
            words=self._answers(),
            contacts={contact_id: event for contact_id, event in arrivals.items() if event},
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
    """What the picture's rules know of a check: proposed | open | closed.

    A contact is a person's word: somebody is at work, and hears of what is new as in an open check.
    """
    if check.ended:
        return "closed"
    return "proposed" if check.state in BEFORE_OPENING and not check.contacts else "open"
