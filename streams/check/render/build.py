"""Bundle, check and history -> the view that every rendering shares. Opens sealed lines; changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.messages import Bundle, CheckEvent
from hub.messages.check import BundleCheck
from hub.sealing import Sealer
from streams.check.config import Config
from streams.check.proposing import slug
from streams.check.render import circle, history, people, sentences, story, worry
from streams.check.render.opening import OpenEntry, Opener, open_bundle
from streams.check.render.seen import last_seen
from streams.check.render.view import BundleView, Said, Sign, Source, Subject, Tie, Why
from streams.check.render.words import LEVELS, Catalogue, agency_name, date_of, iso_day, moment, plain
from streams.check.state import Check

_GRAVE = 4
_NO_BASIS = "-"
_POSES_RISK = "person_posing_risk"
_NEVER_CONTACT = "honour_based_harm"
_KINDS = {"child": "Child", "adult": "Adult at risk", "unborn": "Unborn child"}


@dataclass(frozen=True, slots=True)
class Library:
    """Everything that turns codes into words and opens seals."""

    config: Config
    catalogue: Catalogue
    sealer: Sealer


def build(bundle: Bundle, check: Check, events: Sequence[CheckEvent], library: Library, *, reader: str) -> BundleView:
    """The view of one version of a bundle, which is opened for it; as `view_of`."""
    opener, entries = open_bundle(bundle, library.sealer)
    return view_of(bundle, opener, entries, check, events, library, reader=reader)


def view_of(
    bundle: Bundle, opener: Opener, entries: list[OpenEntry], check: Check, events: Sequence[CheckEvent],
    library: Library, *, reader: str,
) -> BundleView:  # fmt: skip
    """The view of one version of a bundle.

    Args:
        bundle: the version.
        opener: has opened it.
        entries: its entries, open.
        check: the check as it stands now.
        events: its history, in order.
        library: packs and keys.
        reader: who reads, as it stands on the page (the reading is logged before this is called).
    """
    config, catalogue = library.config, library.catalogue

    def agency(code: str) -> str:
        return agency_name(code, config, bundle.partnership)

    sources = {e.entry.record_id: story.source_of(e, agency) for e in entries}
    subject = people.subject(bundle, entries, opener, agency)
    ties = circle.circle(bundle, entries, sources, catalogue)
    seen = last_seen(entries, events, catalogue, agency, bundle.made_at)
    return BundleView(
        check_id=bundle.check_id,
        reference=bundle.check_id[:8].upper(),
        version=bundle.version,
        made=moment(bundle.made_at),
        state=plain(check.state).capitalize(),
        rating=config.decisions.ratings.get(bundle.rating, "Not rated yet"),
        rating_code=bundle.rating or "none",
        kind=_KINDS.get(check.subject, check.subject),
        reader=reader,
        scripted=check.scripted,
        immediate=_immediate(bundle, check, subject, _who_poses_a_risk(bundle, ties)),
        subject=subject,
        why=_why(bundle, sources),
        signs=_signs(bundle, catalogue, agency),
        open_to=story.involved(entries, opener, catalogue, agency),
        last_seen=seen or [Said("No record says that a professional has seen the person", "")],
        circle=ties,
        named=circle.named(entries, sources, bundle.made_at),
        gaps=_gaps(bundle, check, subject, seen, entries, agency),
        chronology=story.chronology(bundle, entries, opener, catalogue, agency),
        holdings=story.holdings(bundle, entries, config, agency),
        returns=history.agency_parts(bundle, check, opener, config, agency),
        decision=_decision(check, config, agency),
        basis=sentences.basis_lines(check.gate, config),
        steps=history.steps(events, opener, config, agency, lambda rule: catalogue.rule(rule, rule)),
        linked=[_linked(c, config) for c in bundle.checks],
        worries=worry.worries(bundle, opener, config, agency, library.sealer),
        actions=history.actions(check, events, opener),
    )


def _linked(other: BundleCheck, config: Config) -> str:
    packs = config.decisions
    decision = packs.decisions.get(other.outcome)
    parts = (
        packs.links.get(other.link, "").lower(),
        f"began {iso_day(other.began)}" if other.began else "",
        other.rating,
        decision.text if decision else plain(other.outcome),
    )
    told = ", ".join(part for part in parts if part)
    return other.check_id[:8].upper() + (f" ({told})" if told else "")


def _who_poses_a_risk(bundle: Bundle, ties: list[Tie]) -> list[str]:
    """Only those of whom a record says so: whoever was harmed in an incident counts in the circle as well."""
    posing = {i.through for i in bundle.picture.indicators if slug(i.category) == _POSES_RISK}
    return [f"{t.name} ({t.relation})" for t in ties if t.person in posing]


def _why(bundle: Bundle, sources: dict[str, Source]) -> list[Why]:
    return [
        Why(
            rule=f.rule_id,
            level=LEVELS.get(f.level, f"Level {f.level}"),
            text=f.text,
            basis="" if f.basis == _NO_BASIS else f.basis,
            otherwise=f.otherwise,
            records=[sources[r] for r in f.records if r in sources],
        )
        for f in bundle.fired
    ]


def _signs(bundle: Bundle, catalogue: Catalogue, agency: people.Agency) -> list[Sign]:
    """The pieces that no agency sees alone: indicators in force, the gravest and latest first."""
    ordered = sorted(bundle.picture.indicators, key=lambda i: (-i.level, -i.last_at.timestamp(), i.rule_id))
    return [
        Sign(
            text=catalogue.rule(i.rule_id, i.category),
            level=f"Level {i.level}",
            agencies=", ".join(dict.fromkeys(agency(a) for a in i.agencies)),
            span=_span(date_of(i.first_at), date_of(i.last_at)),
            through=circle.spoken(i.path) if i.through else "",
        )
        for i in ordered
    ]


def _span(first: str, last: str) -> str:
    return last if first == last else f"{first} to {last}"


def _immediate(bundle: Bundle, check: Check, subject: Subject, risky: list[str]) -> list[str]:
    """What to know before anything else."""
    found = [f"{f.text.rstrip('.')} (rule {f.rule_id}, level 4)" for f in bundle.fired if f.level >= _GRAVE]
    if check.danger == "said":
        found.insert(0, "Immediate danger was said, and nobody has written down how it was answered")
    if check.protection_until:
        found.append(f"Police protection ends {moment(check.protection_until)}")
    found += [f"Person who may pose a risk: {who}" for who in risky]
    if check.strategy == "wanted":
        due = check.clocks.get("strategy")
        wanted = "A strategy discussion is wanted" + (f" by {moment(due)}" if due else "")
        found.append("The check ended without a strategy discussion on record" if check.ended else wanted)
    if _NEVER_CONTACT in check.categories:
        found.append("Honour-based harm suspected: do not contact the family")
    found += [f"{need.what} (says {need.by})" for need in subject.needs if need.what.startswith("Safe contact")]
    return found


def _is_over(kind: str, about: str, check: Check) -> bool:
    """Whether somebody has since done what a gap of this version says that nobody has."""
    if kind == "identity-changed":
        return not check.identity_pending
    return kind == "unread-contact" and about in check.contacts and check.contacts[about].read


def _gaps(
    bundle: Bundle, check: Check, subject: Subject, seen: list[Said], entries: list[OpenEntry], agency: people.Agency
) -> list[str]:
    """What is missing or in conflict: shown, never hidden."""
    known: dict[str, Callable[[str], str]] = {
        "no-answer": lambda about: f"No answer yet from {agency(about)}",
        "refused": lambda about: f"{agency(about)} refused to answer",
        "not-asked": lambda about: f"{agency(about)} was not asked",
        "omitted": lambda about: f"{about} older records are left out of this version for its size",
        "unread-contact": lambda _: "What a referrer said has not been read yet",
        "identity-changed": lambda _: "The person behind this check was merged or split; nobody has accepted that yet",
    }
    found = []
    for gap in bundle.gaps:
        kind, _, about = gap.partition(":")
        if _is_over(kind, about, check):
            continue
        found.append(known[kind](about) if kind in known else gap)
    found += [said.flag for said in (*subject.births[:1], *subject.addresses) if said.flag.startswith("Agencies")]
    found += [f"{subject.erased} records were erased: their words are gone"] if subject.erased else []
    found += [] if seen else ["No record says when a professional last saw the person"]
    found += [] if entries else ["The hub holds no record that may be shown"]
    return list(dict.fromkeys(found))


def _decision(check: Check, config: Config, agency: people.Agency) -> list[str]:
    if not check.decision:
        return []
    decision = config.decisions.decisions.get(check.decision)
    by = f"{check.decided_by} for {check.decided_for}, by delegation" if check.decided_for else check.decided_by
    found = [f"{decision.text if decision else check.decision}, by {by}, {moment(check.decided_at)}"]
    if check.took_part:
        found.append("Took part: " + ", ".join(agency(a) for a in check.took_part))
    if check.dissent:
        found.append("Did not agree: " + ", ".join(agency(a) for a in check.dissent))
    if check.service:
        known = config.decisions.decisions.get(check.service)
        found.append(f"Handed over to: {known.text if known else plain(check.service)}")
    return found
