"""What happened, agency by agency and day by day: chronology, holdings, who is involved, who has seen the person."""

from __future__ import annotations

from datetime import datetime

from hub.messages import Bundle
from hub.messages.picture import Entry
from hub.messages.record import Operation, Precision
from streams.check.config import Config
from streams.check.render.opening import ERASED, OpenEntry, Opener
from streams.check.render.people import Agency
from streams.check.render.view import Holding, Line, Said, Source
from streams.check.render.words import RELEASES, Catalogue, date_of, day, moment, plain

_ALSO_INVOLVED = frozenset({"early_help.open", "section47", "order.breach"})
"""Facts of open work beside those that the rule pack calls open to a worker."""
WITHDRAWN = "The agency has withdrawn this record"


def happened(entry: Entry) -> datetime:
    """When what a record tells of happened, as far as known."""
    return entry.occurred_at or entry.recorded_at or entry.received_at


def source_of(opened: OpenEntry, agency: Agency) -> Source:
    """The source record behind a line."""
    entry = opened.entry
    reference = opened.record.local_id if opened.record else ERASED
    when = happened(entry)
    date = date_of(when) if entry.occurred_precision is Precision.DAY else day(when, entry.occurred_precision)
    return Source(agency(entry.agency), entry.system, reference, date)


def chronology(
    bundle: Bundle, entries: list[OpenEntry], opener: Opener, catalogue: Catalogue, agency: Agency
) -> list[Line]:
    """Newest first."""
    first_of = _first_of_incidents(entries)
    lines = []
    for opened in sorted(entries, key=lambda e: (happened(e.entry), e.entry.record_id), reverse=True):
        entry = opened.entry
        lines.append(
            Line(
                when=day(happened(entry), entry.occurred_precision) if entry.occurred_at else _recorded(entry),
                agency=agency(entry.agency),
                kind=f"{catalogue.kind(entry.kind)} (as {plain(entry.role)})",
                what=_what(opened, opener, catalogue),
                narrative=_narrative(opened, opener),
                source=source_of(opened, agency),
                echo=_echo(entry, first_of, agency),
                release=RELEASES.get(entry.terms.release, entry.terms.release),
                new=bundle.version > 1 and entry.record_id in bundle.changed,
                key=f"{entry.record_id} {entry.source_id}",
            )
        )
    return lines


def _recorded(entry: Entry) -> str:
    if entry.recorded_at:
        return f"recorded {moment(entry.recorded_at)}"
    return f"received {moment(entry.received_at)}"


def _what(opened: OpenEntry, opener: Opener, catalogue: Catalogue) -> list[str]:
    if opened.entry.operation is Operation.WITHDRAW:
        return [WITHDRAWN]
    if opened.content is None:
        return [ERASED]
    return [opener.text(catalogue.fact(fact)) for fact in opened.content.facts]


def _narrative(opened: OpenEntry, opener: Opener) -> str:
    texts = [opened.record.narrative if opened.record else "", opened.content.narrative if opened.content else ""]
    return opener.text(" ".join(t for t in texts if t))


def _first_of_incidents(entries: list[OpenEntry]) -> dict[str, Entry]:
    first: dict[str, Entry] = {}
    for opened in sorted(entries, key=lambda e: (bool(e.entry.prompted_by), happened(e.entry), e.entry.record_id)):
        if opened.entry.incident_key:
            first.setdefault(opened.entry.incident_key, opened.entry)
    return first


def _echo(entry: Entry, first_of: dict[str, Entry], agency: Agency) -> str:
    """An agency that was told of something by another is no second witness."""
    origin = first_of.get(entry.prompted_by or entry.incident_key)
    if (
        origin is not None
        and origin.record_id != entry.record_id
        and (entry.prompted_by or origin.agency != entry.agency)
    ):
        return f"Echo of {agency(origin.agency)}'s record of {day(happened(origin))}: not counted twice"
    return "Prompted by another agency's notice: not counted twice" if entry.prompted_by else ""


def holdings(bundle: Bundle, entries: list[OpenEntry], config: Config, agency: Agency) -> list[Holding]:
    """Each agency that holds something: how much, from when to when, and its number."""
    agreement = config.agreement(bundle.partnership)
    by_agency: dict[str, list[Entry]] = {}
    for opened in entries:
        by_agency.setdefault(opened.entry.agency, []).append(opened.entry)
    found = []
    for name, held in sorted(by_agency.items()):
        times = [happened(e) for e in held]
        signatory = agreement.signatories.get(name) if agreement else None
        telephone = signatory.telephone if signatory else "not in the sharing agreement"
        records = len({e.record_id for e in held})
        found.append(Holding(agency(name), records, date_of(min(times)), date_of(max(times)), telephone))
    return found


def involved(entries: list[OpenEntry], opener: Opener, catalogue: Catalogue, agency: Agency) -> list[Said]:
    """Open workers, plans and orders."""
    facts = catalogue.signals.get("open_to_worker", frozenset()) | _ALSO_INVOLVED
    found: dict[str, Said] = {}
    for opened in entries:
        for fact in opened.content.facts if opened.content else []:
            if fact.code in facts and fact.until is None:
                text = opener.text(catalogue.fact(fact))
                found.setdefault(text, Said(text, str(source_of(opened, agency))))
    return list(found.values())
