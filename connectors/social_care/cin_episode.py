"""An episode of the children in need census as facts: referral, assessments, section 47, plans. Not who the child is.

Source: DfE children in need census specification (code sets of referral source, primary need, closure, factors, abuse).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connectors.kit import values
from connectors.kit.xml_fields import Fields
from hub.messages.record import Fact, FactStatus

ADOPTED = "RC1"
"""Reason for closure: adopted."""
FACTOR_FACTS = {
    "11A": "exploitation.marker", "12A": "exploitation.marker", "13A": "exploitation.marker",
    "24A": "exploitation.marker", "22A": "fgm.risk",
}  # fmt: skip
"""Assessment factors that are facts by themselves: sexual exploitation, trafficking, gangs, criminal exploitation; FGM.

The others (domestic violence, mental health ...) say that a concern was looked at, not that something happened: they
stay attributes of the assessment, where rules can read them.
"""


@dataclass(frozen=True, slots=True)
class Episode:
    """A CINdetails element.

    Attributes:
        key: the referral date, `undated` where there is none.
        referred_at: the same as a time.
        closed_because: ReasonForClosure.
        facts: what it says.
    """

    key: str
    referred_at: datetime | None
    closed_because: str
    facts: list[Fact]


def read_episode(fields: Fields) -> Episode:
    """An episode; dates that are none are left on `fields`."""
    referred, closed = _moment(fields, "CINreferralDate"), _moment(fields, "CINclosureDate")
    nfa = _yes(fields, "ReferralNFA")
    because = fields.text("ReasonForClosure")
    attributes = {"need": fields.text("PrimaryNeedCode"), "nfa": nfa}
    facts = [_fact("referral", fields.text("ReferralSource"), referred, attributes=attributes)]
    if nfa != "yes":
        reason = {"closed_because": because}
        facts.append(_fact("cin.open", "", referred, closed, attributes=reason))
    elif because:
        fields.keep("ReasonForClosure")
    if conference := _moment(fields, "DateOfInitialCPC"):
        facts.append(_fact("unmapped.initial_cpc", "", conference))
    for group in fields.groups("Assessments"):
        facts += _assessment(group)
    facts += [
        _fact("unmapped.cin_plan", "", _moment(group, "CINPlanStartDate"), _moment(group, "CINPlanEndDate"))
        for group in fields.groups("CINPlanDates")
    ]
    facts += [_section47(group) for group in fields.groups("Section47")]
    facts += [_plan(group) for group in fields.groups("ChildProtectionPlans")]
    key = values.iso_date(fields.text("CINreferralDate")) or "undated"
    return Episode(key, referred, because, sorted(facts, key=_order))


def _assessment(fields: Fields) -> list[Fact]:
    begun, done = _moment(fields, "AssessmentActualStartDate"), _moment(fields, "AssessmentAuthorisationDate")
    factors = fields.group("FactorsIdentifiedAtAssessment").texts("AssessmentFactors")
    attributes = {
        "factors": " ".join(sorted(set(factors))),
        "internal_review": _iso(fields, "AssessmentInternalReviewDate"),
    }
    meant = sorted({FACTOR_FACTS[factor] for factor in factors if factor in FACTOR_FACTS})
    return [
        _fact("assessment", "", begun, done, attributes=attributes),
        *(Fact(code=code, status=FactStatus.OPINION, at=done or begun) for code in meant),
    ]


def _section47(fields: Fields) -> Fact:
    attributes = {
        "icpc": _iso(fields, "DateOfInitialCPC"),
        "icpc_target": _iso(fields, "InitialCPCtarget"),
        "icpc_not_required": _yes(fields, "ICPCnotRequired"),
    }
    return _fact("section47", "", _moment(fields, "S47ActualStartDate"), attributes=attributes)


def _plan(fields: Fields) -> Fact:
    first, latest = fields.text("InitialCategoryOfAbuse"), fields.text("LatestCategoryOfAbuse")
    reviews = fields.group("Reviews").texts("CPPreviewDate")
    attributes = {
        "initial_category": first,
        "previous_plans": fields.text("NumberOfPreviousCPP"),
        "reviews": " ".join(sorted(reviews)),
    }
    begun, ended = _moment(fields, "CPPstartDate"), _moment(fields, "CPPendDate")
    return _fact("cp.plan", latest or first, begun, ended, attributes=attributes)


def _fact(
    code: str,
    value: str,
    at: datetime | None,
    until: datetime | None = None,
    *,
    attributes: dict[str, str] | None = None,
) -> Fact:
    said = {name: text for name, text in (attributes or {}).items() if text}
    return Fact(code=code, value=value, status=FactStatus.CONFIRMED, at=at, until=until, attributes=said)


def _order(fact: Fact) -> tuple[str, str, str, str]:
    """An order that the file's does not change."""
    return (str(fact.at or ""), fact.code, str(fact.until or ""), fact.value + str(sorted(fact.attributes.items())))


def _moment(fields: Fields, name: str) -> datetime | None:
    found = values.read_moment(fields.text(name))
    if found is None:
        fields.keep(name)
    return found


def _iso(fields: Fields, name: str) -> str:
    found = values.iso_date(fields.text(name))
    if found is None:
        fields.keep(name)
    return found or ""


def _yes(fields: Fields, name: str) -> str:
    """0/1 by the schema, true/false in many files."""
    found = values.yes_no(fields.text(name))
    if found is None:
        fields.keep(name)
        return ""
    return values.as_yes_no(value=found)
