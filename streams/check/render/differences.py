"""What differs between two versions of a bundle: what came, what went, what changed, each with its source. Pure.

Both versions are views that were opened with what may not be told now: an address that has become confidential since
stands in neither (`opening.Opener.also_withhold`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from streams.check.render.opening import ERASED
from streams.check.render.story import WITHDRAWN
from streams.check.render.view import BundleView, Difference, Line, Said

NEW, GONE, CHANGED = "new", "gone", "changed"
WORDS = {NEW: "New", GONE: "No longer there", CHANGED: "Changed"}
_TAKEN_BACK = ([WITHDRAWN], [ERASED])
"""Of a record that was withdrawn or erased, and of one that is gone, only that it was there is told."""
_ORDER = {NEW: 0, CHANGED: 1, GONE: 2}


@dataclass(frozen=True, slots=True)
class _Thing:
    """Something in a version.

    Attributes:
        what: what is said of it.
        by: by whom.
        same: what makes it unchanged.
        gone: what to say once it is gone; '' the same.
        missing: whether it is only asked for: nothing was said yet.
        hides: whether it stands where words were taken back: what was said before is not told again.
    """

    what: str
    by: str = ""
    same: str = ""
    gone: str = ""
    hides: bool = False
    missing: bool = False


def differences(before: BundleView, now: BundleView) -> list[Difference]:
    """Every difference, section by section, in the order of reading; what is new comes first in each.

    Args:
        before: the earlier version.
        now: the later one.
    """
    found: list[Difference] = []
    for section, read in _SECTIONS.items():
        earlier, later = read(before), read(now)
        found += sorted(_between(section, earlier, later), key=lambda d: _ORDER[d.how])
    return found


def _between(section: str, before: Mapping[str, _Thing], now: Mapping[str, _Thing]) -> Iterable[Difference]:
    for key, thing in now.items():
        if key not in before:
            if not thing.missing:
                yield Difference(section, NEW, thing.what, thing.by)
        elif before[key].same != thing.same:
            yield Difference(section, CHANGED, thing.what, thing.by, _before(before[key], thing))
    for key, thing in before.items():
        if key not in now:
            yield Difference(section, GONE, thing.gone or thing.what, thing.by)


def _before(earlier: _Thing, now: _Thing) -> str:
    """What was said before; of what only others say now, who said it."""
    if now.hides:
        return ""
    return earlier.what if earlier.what != now.what else earlier.by


def _worries(view: BundleView) -> dict[str, _Thing]:
    found = {}
    for worry in view.worries:
        whole = "\n".join((worry.worry, worry.reporter, *(f"{a.question}: {a.text}" for a in worry.said)))
        found[f"{worry.by} {worry.when}"] = _Thing(worry.worry, f"{worry.by}, {worry.when}", whole)
    return found


def _who(view: BundleView) -> dict[str, _Thing]:
    who = view.subject
    labelled = (("Name", who.names), ("Born", who.births), ("Number", who.identifiers), ("Address", who.addresses),
                ("Need", who.needs))  # fmt: skip
    return {
        f"{label} {said.what}": _Thing(f"{label}: {said.what}", said.by, f"{said.flag} {sorted(said.by.split(', '))}")
        for label, lines in labelled
        for said in lines
    }


def _why(view: BundleView) -> dict[str, _Thing]:
    return {why.rule: _Thing(f"{why.text} ({why.level})", f"rule {why.rule}", why.level) for why in view.why}


def _signs(view: BundleView) -> dict[str, _Thing]:
    return {
        f"{sign.text} {sign.through}": _Thing(
            f"{sign.text}, {sign.level}" + (f", through {sign.through}" if sign.through else ""),
            f"{sign.agencies}, {sign.span}",
            f"{sign.level} {sign.agencies} {sign.span}",
        )
        for sign in view.signs
    }


def _open_to(view: BundleView) -> dict[str, _Thing]:
    return _lines(view.open_to)


def _gaps(view: BundleView) -> dict[str, _Thing]:
    return {gap: _Thing(gap) for gap in view.gaps}


def _circle(view: BundleView) -> dict[str, _Thing]:
    return {
        tie.person: _Thing(
            ", ".join(part for part in (tie.name, tie.relation, *tie.risks) if part),
            "; ".join(record.short for record in tie.records),
            "\n".join((tie.name, tie.relation, *tie.risks)),
        )
        for tie in view.circle
    }


def _returns(view: BundleView) -> dict[str, _Thing]:
    return {
        f"{part.agency} {part.asked}": _Thing(
            f"{part.agency}: {part.status}",
            f"answered {part.answered}" if part.answered else f"due {part.due}",
            "\n".join((part.status, part.note, part.release, *(f"{a.question}: {a.text}" for a in part.answers))),
            missing=not part.answered,
        )
        for part in view.returns
    }


def _chronology(view: BundleView) -> dict[str, _Thing]:
    return {
        line.key: _Thing(
            _spoken(line),
            str(line.source),
            "\n".join((*line.what, line.narrative, line.release)),
            gone=f"{line.when}: {line.kind}",
            hides=line.what in _TAKEN_BACK,
        )
        for line in view.chronology
    }


def _spoken(line: Line) -> str:
    return f"{line.when}: {line.kind}: {'; '.join(line.what) or 'no details'}"


def _lines(lines: Iterable[Said]) -> dict[str, _Thing]:
    return {f"{said.what} {said.by}": _Thing(said.what, said.by, said.flag) for said in lines}


_SECTIONS = {
    "What referrers say": _worries,
    "Who": _who,
    "Why it was proposed": _why,
    "Signs in force": _signs,
    "Who works with them": _open_to,
    "Circle": _circle,
    "Returns": _returns,
    "Records": _chronology,
    "Gaps and doubts": _gaps,
}
