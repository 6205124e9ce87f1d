"""Review of identity: two records that the machine neither joins nor keeps apart, why, and a person's decision.

The waterfall says that two addresses agree, never what they are. Who the two are is shown only as far as an open check
that the visitor is designated to holds their records: nobody browses here.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hub.avro import decode_as
from hub.messages import Identity, IdentityCommand, ReviewItem
from streams.check.card import may_show
from streams.check.render.opening import open_bundle
from streams.check.render.people import birth, full_name
from streams.check.render.words import SCHEMES, plain
from streams.check.wire import NotConfirmed
from streams.identity.explain import sentence
from streams.identity.steps import Step
from triage.access import Visitor
from triage.desk import Desk
from triage.sql import queries
from triage.sql import tables as t
from triage.web.asking import Answer, Ask, Go, NotThere, Page

_SHOWN = 200
_MILLI = 1000
DECISIONS = {
    "same": "They are one person",
    "different": "They are two people",
    "cannot_tell": "It can't be told from what there is",
}
_BY_RECORDS = "records_say"
REASONS = {
    "document_seen": "A document was seen",
    "agency_asked": "An agency was asked and said so",
    "person_asked": "The person or family was asked and said so",
    _BY_RECORDS: "The records themselves say so",
}
"""Codes, for a reason in words could name somebody, and it travels unsealed."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of the waterfall: what it says, bits, and where its bar begins and ends (0 to 100)."""

    says: str
    bits: float
    total: float
    start: float
    width: float
    for_it: bool


def index(desk: Desk, ask: Ask) -> Answer:
    """What waits, the likeliest first."""
    with desk.engine.connect() as connection:
        chosen = select(t.reviews.c.body).where(t.reviews.c.state == "open").order_by(t.reviews.c.weight.desc())
        items = [decode_as(ReviewItem, body) for body in connection.scalars(chosen.limit(_SHOWN))]
    known, _ = _identities(desk, ask.visitor)
    rows = [(i, i.weight / _MILLI, {i.source_a, i.source_b} <= known.keys()) for i in items]
    return Page("reviews.html", {"rows": rows, "decided": ask.query.get("decided", "")})


def one(desk: Desk, ask: Ask) -> Answer:
    """One pair."""
    return Page("review.html", _context(desk, ask, [], str(uuid.uuid4())))


def decide(desk: Desk, ask: Ask) -> Answer:
    """A person's decision, which outranks every score; saved once the review has left the list."""
    item = _item(desk, ask)
    command_id = ask.said("command_id") or str(uuid.uuid4())
    decision, reason = ask.said("decision"), ask.said("reason")
    errors = [] if decision in DECISIONS else [("decision", "Choose what you decide")]
    errors += [] if reason in _reasons(desk, ask, item) else [("reason", "Choose on what it rests")]
    if errors:
        return Page("review.html", _context(desk, ask, errors, command_id), 422)
    command = IdentityCommand(
        command_id=command_id, partnership=item.partnership, source_a=item.source_a, source_b=item.source_b,
        decision=decision, actor=ask.visitor.account, reason=reason, at=ask.now,
    )  # fmt: skip
    try:
        state = desk.gateway.decide_identity(command, item.review_id)
    except NotConfirmed as error:
        told = [("", error.what), ("", error.remedy)]
        return Page("review.html", _context(desk, ask, told, command_id), 503)
    return Go("/reviews?decided=first" if state == "open" else "/reviews?decided=1")


def _context(desk: Desk, ask: Ask, errors: Sequence[tuple[str, str]], command_id: str) -> dict[str, Any]:
    item = _item(desk, ask)
    known, withheld = _identities(desk, ask.visitor)
    return {
        "item": item,
        "bits": item.weight / _MILLI,
        "bars": waterfall(item),
        "sides": [_side(known.get(source), withheld, item) for source in (item.source_a, item.source_b)],
        "decisions": DECISIONS,
        "first": DECISIONS.get(item.proposed, ""),
        "is_first": item.proposed_by == ask.visitor.account,
        "reasons": _reasons(desk, ask, item),
        "errors": errors,
        "bad": {name: text for name, text in errors if name},
        "typed": {name: ask.said(name) for name in ("decision", "reason")},
        "command_id": command_id,
    }


def _reasons(desk: Desk, ask: Ask, item: ReviewItem) -> dict[str, str]:
    """Nobody says that the records say so who has not both of them open before them."""
    known, _ = _identities(desk, ask.visitor)
    both = {item.source_a, item.source_b} <= known.keys()
    return {code: text for code, text in REASONS.items() if both or code != _BY_RECORDS}


def waterfall(item: ReviewItem) -> list[Bar]:
    """The steps in words, with bars that go on where the one before ended."""
    named = [(name.partition(": "), weight) for name, weight in item.steps.items()]
    steps = [Step(name, level, weight) for (name, _, level), weight in named]
    said = [sentence(step) for step in steps]
    if rest := item.weight - sum(step.weight for step in steps):  # the message names each kind of step once
        steps.append(Step("", "", rest))
        said.append("Further comparisons of the same kinds, such as of a second number.")
    total, ends = 0, [0]
    for step in steps:
        total += step.weight
        ends.append(total)
    low, reach = min(ends), max(max(ends) - min(ends), 1)
    return [
        Bar(
            words,
            step.weight / _MILLI,
            end / _MILLI,
            100 * (min(begun, end) - low) / reach,
            100 * abs(step.weight) / reach,
            step.weight >= 0,
        )
        for words, step, begun, end in zip(said, steps, ends, ends[1:], strict=False)
    ]


def _side(identity: Identity | None, withheld: set[str], item: ReviewItem) -> list[tuple[str, str]]:
    """What the record says of who it is; nothing where no open check of the visitor holds it."""
    if identity is None:
        return []
    rows = [("Name", full_name(identity) or "Not known")]
    rows += [("Born", birth(identity.birth, item.at))] if identity.birth else []
    rows += [(SCHEMES.get(i.scheme, plain(i.scheme)), i.value) for i in identity.identifiers]
    return rows + [("Address", ", ".join([*a.lines, a.postcode])) for a in identity.addresses if may_show(a, withheld)]


def _identities(desk: Desk, visitor: Visitor) -> tuple[dict[str, Identity], set[str]]:
    """Who is who in the bundles of open checks that the visitor is designated to, and addresses not to be told."""
    with desk.engine.connect() as connection:
        mine = [e.check for e in queries.open_entries(connection) if visitor.account in e.standing.designated]
        bundles = [bundle for check in mine if (bundle := queries.bundle_of(connection, check.check_id))]
    found: dict[str, Identity] = {}
    withheld: set[str] = set()
    for bundle in bundles:
        opener, entries = open_bundle(bundle, desk.library.sealer)
        withheld |= opener.withheld
        for opened in entries:
            found |= opened.others
            if opened.identity:
                found[opened.entry.source_id] = opened.identity
    return found, withheld


def _item(desk: Desk, ask: Ask) -> ReviewItem:
    with desk.engine.connect() as connection:
        body = connection.scalar(select(t.reviews.c.body).where(t.reviews.c.review_id == ask.path["review_id"]))
    if body is None:
        raise NotThere
    return decode_as(ReviewItem, body)
