"""The children in need census in XML: the council's open episodes, without names. No drawing of events.

Source: DfE, Children in need census, file specification 2025.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bench.county.places import LA_CODE, LA_NAME

FOOT = "</Children>\n</Message>\n"
_ASSESSED_IN = timedelta(days=40)
"""An assessment is authorised within 45 working days; these take 40 days."""


@dataclass(slots=True)
class Episode:
    """A child in need episode, as the census has it.

    Attributes:
        referred: date of the referral.
        source: DfE referral source code.
        need: primary need code.
        assessed: start of the assessment, if any.
        factors: assessment factors.
        section47: start of an enquiry, if any.
        plan: (start, category of abuse) of a child protection plan, if any.
        closed: closure date, if closed.
        nfa: the referral led to no further action.
    """

    referred: date
    source: str = "1A"
    need: str = "N5"
    assessed: date | None = None
    factors: tuple[str, ...] = ()
    section47: date | None = None
    plan: tuple[date, str] | None = None
    closed: date | None = None
    nfa: bool = False


def head(taken: date) -> str:
    """Everything before the first child, of an extract taken on a day."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Message>\n<Header><CollectionDetails><Collection>CIN</Collection>'
        f"<Year>{taken.year}</Year><ReferenceDate>{taken}</ReferenceDate></CollectionDetails><Source><SourceLevel>L</SourceLevel>"
        f"<LEA>{LA_CODE}</LEA><SoftwareCode>{LA_NAME}</SoftwareCode><Release>1</Release><SerialNo>001</SerialNo>"
        f"<DateTime>{taken}T23:30:00</DateTime></Source></Header>\n<Children>\n"
    )


def child(identifiers: Mapping[str, str], ethnicity: str, e: Episode) -> str:
    """A child's element; `identifiers` are LAchildID, UPN ('' if unknown), PersonBirthDate and Sex."""
    ids = "".join(f"<{name}>{value}</{name}>" for name, value in identifiers.items() if value)
    out = [
        f"<Child><ChildIdentifiers>{ids}</ChildIdentifiers>",
        f"<ChildCharacteristics><Ethnicity>{ethnicity}</Ethnicity></ChildCharacteristics>",
        f"<CINdetails><CINreferralDate>{e.referred}</CINreferralDate><ReferralSource>{e.source}</ReferralSource>",
        f"<PrimaryNeedCode>{e.need}</PrimaryNeedCode>",
    ]
    if e.closed:
        out.append(f"<CINclosureDate>{e.closed}</CINclosureDate><ReasonForClosure>RC8</ReasonForClosure>")
    if e.assessed:
        out.append(_assessment(e, e.assessed))
    if e.section47:
        out.append(f"<Section47><S47ActualStartDate>{e.section47}</S47ActualStartDate>")
        out.append(f"<ICPCnotRequired>{int(e.plan is None)}</ICPCnotRequired></Section47>")
    out.append(f"<ReferralNFA>{int(e.nfa)}</ReferralNFA>")
    if e.plan:
        start, category = e.plan
        out.append(f"<ChildProtectionPlans><CPPstartDate>{start}</CPPstartDate>")
        out.append(f"<InitialCategoryOfAbuse>{category}</InitialCategoryOfAbuse>")
        out.append(f"<LatestCategoryOfAbuse>{category}</LatestCategoryOfAbuse>")
        out.append("<NumberOfPreviousCPP>0</NumberOfPreviousCPP></ChildProtectionPlans>")
    out.append("</CINdetails></Child>")
    return "".join(out)


def _assessment(e: Episode, begun: date) -> str:
    factors = "".join(f"<AssessmentFactors>{factor}</AssessmentFactors>" for factor in e.factors)
    done = begun + _ASSESSED_IN
    authorised = (
        f"<AssessmentAuthorisationDate>{done}</AssessmentAuthorisationDate>" if e.closed and done <= e.closed else ""
    )
    return (
        f"<Assessments><AssessmentActualStartDate>{begun}</AssessmentActualStartDate>{authorised}"
        f"<FactorsIdentifiedAtAssessment>{factors}</FactorsIdentifiedAtAssessment></Assessments>"
    )
