"""A decision maker's first sixty seconds on a check, in the order in which they matter. Pure: strings in, strings out.

What no record says is said as well: "no record says" is a finding, and an empty box would be a lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.messages.record import Role
from streams.check.render.differences import CHANGED, GONE, NEW
from streams.check.render.opening import OpenEntry, Opener
from streams.check.render.story import source_of
from streams.check.render.view import BundleView, Named, Said
from streams.check.state import Check
from triage.reading import Opened
from triage.signs import Signs

_ARRIVALS = ("household.joined", "person.risk.linked")
_OWN_WORDS = ("disclosure",)
_QUOTES = frozenset({"In the child's or adult's own words", "What they want to happen"})
_EARLIER = frozenset({"social_care.contact", "social_care.cin"})
_SHOWN = 6
_ELSEWHERE = frozenset({"Gaps and doubts"})
"""Has a box of its own."""
_HOW = {NEW: "", CHANGED: "Changed: ", GONE: "No longer there: "}
_SAFE_CONTACT = "Safe contact"
"""Stands above everything, in the banner, and not a second time among what calls for action."""


@dataclass(frozen=True, slots=True)
class Box:
    """One question that a decision maker has, and what is known.

    Attributes:
        title: the question.
        lines: what is known, with its source.
        none: what to say where nothing is.
        grave: whether it asks for action at once.
        more: how many lines are left to the long form below.
    """

    title: str
    lines: Sequence[Said]
    none: str
    grave: bool = False
    more: int = 0


@dataclass(frozen=True, slots=True)
class FirstLook:
    """Boxes in order, and what stands above all of them."""

    warnings: list[str]
    """Safe contact, what must not be told to whom."""
    worry: str
    boxes: list[Box]


def first_look(opened: Opened, signs: Signs, earlier: Sequence[Said], around: Sequence[Said]) -> FirstLook:
    """The boxes.

    Args:
        opened: the bundle.
        signs: which rules tell most.
        earlier: earlier checks of the same person, with what became of them.
        around: open checks of people around.
    """
    view, opener = opened.view, opened.opener
    warnings = [line.what for line in view.subject.needs if line.what.startswith(_SAFE_CONTACT)]
    warnings += [f"{p.agency}: {p.release}" for p in view.returns if p.release]
    warnings += list(dict.fromkeys(f"{line.agency}: {line.release}" for line in view.chronology if line.release))
    at_once = _at_once(view, opened.check, signs)
    own = _quoted(view) + _facts(opened.entries, opener, _OWN_WORDS)
    boxes = [
        Box(
            "Safe now?", [Said(line, "") for line in at_once],
            "Nothing here says that anybody is in immediate danger. That is not the same as safe.",
            grave=bool(at_once),
        ),
        Box("Their own words, and who has seen them", [*own, *view.last_seen[:3]],
            "" if own else "No record here holds their own words."),
        Box("Who works with them already", view.open_to, "No open worker, plan or order is known here."),
        Box("Brothers, sisters, adults, new arrivals",
            [*around, *alleged(view.named), *_people(view), *_facts(opened.entries, opener, _ARRIVALS)],
            "Nobody else is known here."),
        Box(_title_of_new(opened), _new(opened), f"Nothing since version {view.since}."),
        Box("Earlier contacts, and what became of them", [*earlier, *_contacts(opened)], "None is known here."),
        Box("Conflicts, gaps, doubts", [Said(gap, "") for gap in view.gaps], "None known."),
    ]  # fmt: skip
    told = {why.rule: why for why in view.why}
    order = signs.ordered(opened.check.rules)
    worry = next((told[rule].text for rule in order if rule in told), "No rule stands behind this check.")
    worry = view.worries[-1].worry if view.worries else worry
    return FirstLook(list(dict.fromkeys(warnings)), worry, [_short(box) for box in boxes])


def _at_once(view: BundleView, check: Check, signs: Signs) -> list[str]:
    """What calls for action; a combination that only says that there is a grave sign is left out beside the sign."""
    marks = {rule: f"(rule {rule}, level 4)" for rule in check.rules}
    lines = {rule: line for rule, mark in marks.items() for line in view.immediate if line.endswith(mark)}
    spoken = signs.indicators & lines.keys()
    echoes = {line for rule, line in lines.items() if spoken and rule not in spoken}
    return [line for line in view.immediate if line not in echoes and not line.startswith(_SAFE_CONTACT)]


def _short(box: Box) -> Box:
    left = max(0, len(box.lines) - _SHOWN)
    return Box(box.title, box.lines[:_SHOWN], box.none, box.grave, left)


def _quoted(view: BundleView) -> list[Said]:
    """What referrers quote, and what the person wants to happen."""
    return [
        Said(f"{answer.question}: {answer.text}", f"{worry.by}, {worry.when}")
        for worry in view.worries
        for answer in worry.said
        if answer.question in _QUOTES
    ]


def _facts(entries: Sequence[OpenEntry], opener: Opener, codes: Sequence[str]) -> list[Said]:
    found: dict[str, Said] = {}
    for entry in entries:
        for fact in entry.content.facts if entry.content else []:
            if fact.code in codes:
                source = source_of(entry, lambda code: code.replace("_", " ").capitalize())
                said = ": ".join(t for t in (_SENTENCES.get(fact.code, fact.code), fact.note or fact.value or "") if t)
                found.setdefault(said + str(source), Said(opener.text(said), str(source)))
    return list(found.values())


_SENTENCES = {
    "disclosure": "Disclosed abuse",
    "household.joined": "A new adult has joined the household",
    "person.risk.linked": "Somebody who poses a risk is linked to the household",
}


def alleged(named: Sequence[Named]) -> list[Said]:
    """Who is suspected in a record, of the circle or not: whoever calls has to know whom to ask about."""
    return [
        Said(f"{person.name}, born {person.born}" if person.born else person.name,
             "; ".join(r.short for r in person.records[:2]), "Suspect in a record")
        for person in named
        if person.role == Role.SUSPECT
    ]  # fmt: skip


def _people(view: BundleView) -> list[Said]:
    near = [tie for tie in view.circle if tie.risks] + [tie for tie in view.circle if not tie.risks]
    return [
        Said(f"{tie.name}, {tie.relation}" + (f", since {tie.since}" if tie.since else ""),
             "; ".join(r.short for r in tie.records[:2]), tie.risks[0] if tie.risks else "")
        for tie in near
    ]  # fmt: skip


def _title_of_new(opened: Opened) -> str:
    since = opened.view.since
    return f"What is new since version {since}" if since else "What is new"


def _new(opened: Opened) -> list[Said]:
    """What differs from the version that the reader knows, with its source; what came before what went."""
    view = opened.view
    if not view.since:
        return [Said("This is the first version of the bundle", f"made {view.made}")]
    found = [d for d in view.differences if d.section not in _ELSEWHERE]
    return [Said(f"{_HOW[d.how]}{d.what}", d.by) for how in _HOW for d in found if d.how == how]


def _contacts(opened: Opened) -> list[Said]:
    wanted = {e.entry.record_id for e in opened.entries if e.entry.kind in _EARLIER}
    sources = {str(source_of(e, lambda code: code)) for e in opened.entries if e.entry.record_id in wanted}
    tails = {source.partition(" · ")[2] for source in sources}
    return [
        Said(f"{line.when}: {'; '.join(line.what) or line.kind}", str(line.source))
        for line in opened.view.chronology
        if str(line.source).partition(" · ")[2] in tails
    ]
