"""The facts of a police notice and on whom they stand (FIELDS.md says where). No identity is read here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from connectors.kit.values import as_yes_no
from connectors.police.cells import Cells
from hub.messages.record import Fact, FactStatus, Role

CHILDREN = frozenset({Role.CHILD, Role.UNBORN})
_GRADES = {
    "red": "red", "amber": "amber", "green": "green", "high": "red", "medium": "amber", "standard": "green",
    "low": "green", "r": "red", "a": "amber", "g": "green",
}  # fmt: skip
_DASH_GRADES = {"standard": "standard", "medium": "medium", "high": "high", "s": "standard", "m": "medium", "h": "high"}
_JUDGEMENTS = {"high": "high", "other": "other", "y": "high", "n": "other"}
_RISKS = {
    kind: kind
    for kind in ("registered_sex_offender", "mappa", "offender_against_children", "violence", "suspected")
} | {"rso": "registered_sex_offender"}  # fmt: skip
_DASH_MOST = 27
"""Questions of the DASH risk checklist."""
_SECONDS_AN_HOUR = 3600
_MARKERS = {
    "custody": ("custody.child", FactStatus.CONFIRMED),
    "custody_far_from_home": ("custody.child", FactStatus.CONFIRMED),
    "weapon_carrying": ("weapon.child", FactStatus.OBSERVED),
    "exploitation": ("exploitation.marker", FactStatus.OPINION),
    "exploitation_confirmed": ("exploitation.confirmed", FactStatus.CONFIRMED),
    "threat_to_kill": ("threat.to_kill", FactStatus.ALLEGED),
    "sexual_harm": ("sexual.harm", FactStatus.ALLEGED),
    "fgm": ("fgm.risk", FactStatus.ALLEGED),
    "honour_based_abuse": ("hba.risk", FactStatus.ALLEGED),
    "disclosure": ("disclosure", FactStatus.ALLEGED),
    "access_refused": ("access.refused", FactStatus.OBSERVED),
    "modern_slavery": ("slavery.cuckooing", FactStatus.ALLEGED),
    "self_neglect": ("selfneglect.severe", FactStatus.OBSERVED),
    "financial_abuse": ("financial.concern", FactStatus.ALLEGED),
    "mental_health_crisis": ("mh.crisis", FactStatus.OBSERVED),
    "adult_concern": ("adult.concern", FactStatus.ALLEGED),
}


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """Facts of the whole notice, each with the roles that it stands on."""

    placed: list[tuple[frozenset[Role], Fact]]

    def on(self, role: Role, present: frozenset[Role]) -> list[Fact]:
        """Those that stand on a subject of this role; where nobody has a role that a fact stands on, it stands on all.

        Args:
            role: the subject's.
            present: the roles of all subjects.
        """
        return [fact for roles, fact in self.placed if role in roles or not roles & present]


def of_notice(kind: str, cells: Cells) -> NoticeFacts:
    """Facts of a notice of this kind (child, adult, domestic, missing) that stand on more than one person."""
    placed: list[tuple[frozenset[Role], Fact]] = []
    victims = CHILDREN | {Role.VICTIM}
    incident = _attributes(cells, "strangulation", "weapon", "pregnant", "children_present")
    dash = _dash(cells)
    if kind == "domestic":
        fact = Fact(code="da.incident", status=FactStatus.ALLEGED, attributes=incident)
        placed.append((victims | {Role.SUSPECT}, fact))
    else:
        _keep(cells, incident)
    if dash:
        placed.append((victims, Fact(code="da.dash", status=FactStatus.OPINION, attributes=dash)))
    grade = cells.code("grade", _GRADES)
    graded = {"grade": grade} if grade else {}
    if kind == "child":
        placed.append((CHILDREN, Fact(code="notice.child", status=FactStatus.OPINION, attributes=graded)))
    elif kind == "adult":
        roles = frozenset({Role.ADULT, Role.VICTIM})
        placed.append((roles, Fact(code="notice.adult", status=FactStatus.OPINION, attributes=graded)))
    elif grade:
        cells.keep("grade")
    if cells.yes("order_breach"):
        placed.append((victims, Fact(code="order.breach", status=FactStatus.ALLEGED)))
    if cells.yes("police_protection"):
        placed.append((CHILDREN, Fact(code="s46.used", status=FactStatus.CONFIRMED)))
    return NoticeFacts(placed)


def _keep(cells: Cells, attributes: Iterable[str]) -> None:
    for name in attributes:
        cells.keep(name)


def _attributes(cells: Cells, *names: str) -> dict[str, str]:
    said = ((name, cells.yes_no(name)) for name in names)
    return {name: as_yes_no(value=value) for name, value in said if value is not None}


def _dash(cells: Cells) -> dict[str, str]:
    out = _attributes(cells, "marac")
    ticks = cells.whole("dash_ticks")
    if ticks is not None and ticks <= _DASH_MOST:
        out["dash_ticks"] = str(ticks)
    elif ticks is not None:
        cells.keep("dash_ticks")
    if grade := cells.code("dash_grade", _DASH_GRADES):
        out["police_grade"] = grade
    if judgement := cells.code("professional_judgement", _JUDGEMENTS):
        out["professional_judgement"] = judgement
    return out


def missing_roles(present: frozenset[Role]) -> frozenset[Role]:
    """Who is missing, where these roles are present: the children, else the adults, else all."""
    for roles in (CHILDREN, frozenset({Role.ADULT})):
        if roles & present:
            return roles
    return present


def missing(cells: Cells, age: int | None) -> Fact:
    """The missing episode of the person whom a `missing` notice is about.

    Args:
        cells: of the notice.
        age: in years on the day, where known.
    """
    since, until = cells.moment("missing_from"), cells.moment("returned_at")
    attributes = {} if age is None else {"age": str(age)}
    hours = cells.read("hours_missing", _hours)
    if hours is None and since and until and until >= since:
        hours = _plain((until - since).total_seconds() / _SECONDS_AN_HOUR)
    if hours is not None:
        attributes["hours"] = hours
    return Fact(code="missing.reported", status=FactStatus.OBSERVED, at=since, until=until, attributes=attributes)


def _hours(text: str) -> str | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return _plain(value) if 0 <= value < 1e6 else None  # noqa: PLR2004 - over a century missing is a mistake


def _plain(hours: float) -> str:
    return f"{hours:.1f}".removesuffix(".0")


def of_person(cells: Cells, role: Role, risk: str, at: datetime | None) -> list[Fact]:
    """Facts that one person's own cells hold: markers, risk, seen by an officer."""
    out = []
    for marker in cells.items("markers"):
        name = "_".join(marker.lower().replace("-", " ").split())
        if name in _MARKERS:
            code, status = _MARKERS[name]
            far = {"far_from_home": as_yes_no(value=name.endswith("far_from_home"))} if code == "custody.child" else {}
            out.append(Fact(code=code, status=status, attributes=far))
        elif marker:
            cells.unmapped.append((cells.path + "markers", marker))
    if risk:
        out.append(_risk(risk))
    if cells.yes("welfare_check"):
        out.append(Fact(code="seen", value="police", status=FactStatus.OBSERVED, first_hand=True, at=at))
    if role not in CHILDREN:
        cells.keep("present")
    return out


def risk_of(cells: Cells) -> str:
    """Why this person poses a risk; '' if not said."""
    return cells.code("risk_kind", _RISKS)


def risks_on_children(kinds: Iterable[str]) -> list[Fact]:
    """What stands on each child of a notice that names persons who pose a risk."""
    return [_risk(kind) for kind in sorted(set(kinds))]


def _risk(kind: str) -> Fact:
    status = FactStatus.ALLEGED if kind == "suspected" else FactStatus.CONFIRMED
    return Fact(code="person.risk.linked", status=status, attributes={"kind": kind})


def with_presence(facts: list[Fact], present: bool | None) -> list[Fact]:  # noqa: FBT001 - three-valued
    """Facts of a child, with whether this child was there (Operation Encompass) on the incident."""
    if present is None:
        return facts
    extra = {"present": as_yes_no(value=present)}
    return [
        fact.model_copy(update={"attributes": fact.attributes | extra}) if fact.code == "da.incident" else fact
        for fact in facts
    ]
