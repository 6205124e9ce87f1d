"""What leaves for agencies: requests and summaries, each without what its recipient may not know. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property

from hub.errors import Skippable
from hub.messages import AgencyRequest, CheckEvent, Identity, Summary
from hub.messages.picture import Snapshot
from hub.messages.record import Address
from hub.sealing import Sealer
from streams.check import release
from streams.check.card import Mother, Opened, card, confidential, keys_of, may_show, mother_of, open_identities
from streams.check.gate import basis_of
from streams.check.rows import Rows
from streams.check.situation import Desk
from streams.check.state import Check


class Outgoing:
    """Makes what leaves.

    Args:
        check: as it stands when something is made.
        rows: hold its events.
        picture: in hand.
        desk: the partnership's rules.
        sealer: opens identities, and seals what each recipient gets.
        at: time of the event in hand.
    """

    def __init__(self, check: Check, rows: Rows, picture: Snapshot, desk: Desk, sealer: Sealer, at: datetime) -> None:
        """See the class."""
        self._check = check
        self._rows = rows
        self._picture = picture
        self._desk = desk
        self._sealer = sealer
        self._at = at

    @cached_property
    def _told(self) -> list[tuple[str, Identity]]:
        """Who the person is, as referrers say: their agency, and what they say."""
        found = []
        for held in self._check.contacts.values():
            event = self._rows.event(self._check.check_id, held.seq)
            if event is None or not event.parts.get("identity"):
                continue
            try:
                told = self._sealer.open(self._check.anchor, event.parts["identity"], Identity)
            except Skippable:
                continue
            found.append((event.codes.get("agency", ""), told))
        return found

    @cached_property
    def identities(self) -> list[Identity]:
        """Who the person is, as agencies and referrers say."""
        return [identity for _, identity in self._said]

    @cached_property
    def _said(self) -> list[tuple[str, Identity]]:
        return [*((o.entry.agency, o.identity) for o in self._opened if o.identity), *self._told]

    @cached_property
    def _opened(self) -> list[Opened]:
        return open_identities(self._picture.entries, self._sealer)

    @cached_property
    def _cards(self) -> tuple[Identity, Identity]:
        """With addresses that may be told, and without any."""
        full = card(self._picture, self._sealer, [identity for _, identity in self._told])
        told = release.without_addresses(full.safe_contact, release.confidential_of(self._addresses))
        bare = release.without_addresses(full.safe_contact, self._addresses)
        shown = full.model_copy(update={"safe_contact": told})
        return shown, full.model_copy(update={"addresses": [], "safe_contact": bare})

    def _card_for(self, recipient: str, bare: bool) -> Identity:  # noqa: FBT001 - as `release.summaries` asks
        numbers = release.numbers_for(recipient, ((a, n) for a, i in self._said for n in i.identifiers))
        return self._cards[bare].model_copy(update={"identifiers": numbers})

    @cached_property
    def _addresses(self) -> list[Address]:
        """Every address of the person, told or not, and those of others that nobody is told."""
        known = [*self.identities, *([self._mother.identity] if self._mother else [])]
        return [*(a for identity in known for a in identity.addresses), *confidential(self._opened)]

    def request(self, event: CheckEvent) -> AgencyRequest:
        """What one agency is asked, at the time of a `requested` or `hastened` event."""
        check, request = self._check, self._check.requests[event.codes["request"]]
        agreement = self._desk.agreement(check, self._at)
        bare = "addresses" in release.withheld_from(check, agreement, request.agency)
        gate = self._rows.event(check.check_id, check.gate_seq)
        asks = gate.parts if gate else {}
        ask = asks.get(f"ask.{request.agency}") or asks.get("ask", b"")
        hidden = self._addresses if bare else release.confidential_of(self._addresses)
        return AgencyRequest(
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
            subject=self._sealer.seal(check.anchor, self._card_for(request.agency, bare)),
            mother=self._found_by(request.agency, bare=bare),
            categories=sorted({*check.categories, *check.concern}),
            family=check.gate.get("family", ""),
            ask=release.without(ask, check.anchor, hidden, self._sealer),
            by=request.by,
            ring=agreement.out_of_hours_number(request.agency) if agreement and request.by != "desk" else "",
        )

    def _found_by(self, agency: str, *, bare: bool) -> bytes:
        """Of an unborn child: by whom an agency finds it; without addresses as on the card."""
        if self._mother is None:
            return b""
        mother, said_by = self._mother
        withheld = keys_of(release.confidential_of(self._addresses))
        shown = [] if bare else [a for a in mother.addresses if may_show(a, withheld)]
        numbers = release.numbers_for(agency, ((said_by, n) for n in mother.identifiers))
        found = mother.model_copy(update={"addresses": shown, "identifiers": numbers})
        return self._sealer.seal(self._check.anchor, found)

    @cached_property
    def _mother(self) -> Mother | None:
        """Of an unborn child, as a referrer says, else as the records say."""
        check = self._check
        if check.subject != "unborn":
            return None
        arrivals = [self._rows.event(check.check_id, held.seq) for held in check.contacts.values()]
        told = [event for event in arrivals if event and "mother" in event.parts]
        try:
            found = self._sealer.open(check.anchor, told[0].parts["mother"], Identity) if told else None
        except Skippable:
            found = None
        if found is not None:
            return Mother(found, told[0].codes.get("agency", ""))
        return mother_of(self._picture, self._sealer)

    def summaries(self, event: CheckEvent) -> Iterable[Summary]:
        """What each recipient of a `disseminated` event is told."""
        agreement = self._desk.agreement(self._check, self._at)
        return release.summaries(self._check, event, agreement, self._card_for, self._addresses, self._sealer)
