"""Columns of a council's children CSV, whatever their spelling and order. Nothing about what a record is.

Header names of the Department for Education's SUI Matcher (councils' batch files) and of FIELDS.md beside this file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from connectors.kit.identifiers import own_id
from connectors.kit.values import yes_no

_ALIASES = {
    "SourceID": "SourceID PersonID MosaicID LiquidlogicID ICSID CaseID",
    "LACode": "LACode LA LEA",
    "Forename": "Forename GivenName Given FirstName Forenames",
    "MiddleNames": "MiddleNames MiddleName",
    "Surname": "Surname Family FamilyName LastName",
    "Title": "Title",
    "PreferredForename": "PreferredForename KnownAs",
    "FormerSurname": "FormerSurname PreviousSurname MaidenName",
    "AliasForename": "AliasForename",
    "AliasSurname": "AliasSurname",
    "DOB": "DOB DateOfBirth BirthDate",
    "ExpectedDOB": "ExpectedDOB EDD ExpectedDateOfDelivery",
    "DateOfDeath": "DateOfDeath DOD",
    "Gender": "Gender Sex",
    "Ethnicity": "Ethnicity",
    "Language": "Language",
    "CommunicationNeed": "CommunicationNeed Interpreter",
    "SafeContact": "SafeContact",
    "NHSNumber": "NHSNumber NHSNo NHS",
    "UPN": "UPN",
    "FormerUPN": "FormerUPN",
    "ULN": "ULN UniqueLearnerNumber",
    "Address1": "Address1 AddressLine1",
    "Address2": "Address2 AddressLine2",
    "Address3": "Address3 AddressLine3",
    "Address4": "Address4 AddressLine4",
    "Address5": "Address5 AddressLine5",
    "PostCode": "PostCode",
    "UPRN": "UPRN",
    "AddressFrom": "AddressFrom",
    "AddressKind": "AddressKind",
    "AddressConfidential": "AddressConfidential",
    "Refuge": "Refuge",
    "NoFixedAbode": "NoFixedAbode NFA",
    "PreviousAddress": "PreviousAddress",
    "PreviousPostCode": "PreviousPostCode",
    "PreviousUPRN": "PreviousUPRN",
    "Phone": "Phone Telephone Mobile",
    "Email": "Email EmailAddress",
    "Role": "Role",
    "Restricted": "Restricted",
    "ImmigrationStatus": "ImmigrationStatus",
    "CPCategory": "CPCategory",
    "Worker": "Worker",
    "Team": "Team",
    "HistoryCPPlan": "HistoryCPPlan",
    "ContactID": "ContactID",
    "ContactDate": "ContactDate",
    "RecordedDate": "RecordedDate",
    "ContactReason": "ContactReason",
    "ReasonStatus": "ReasonStatus",
    "ReasonAttributes": "ReasonAttributes",
    "FirstHand": "FirstHand",
    "ContactSource": "ContactSource",
    "Outcome": "Outcome",
    "SeenDate": "SeenDate",
    "SeenBy": "SeenBy",
    "SeenAlone": "SeenAlone",
    "Narrative": "Narrative",
    "IncidentRef": "IncidentRef",
    "PromptedBy": "PromptedBy",
    "ReferrerName": "ReferrerName",
    "ReferrerRole": "ReferrerRole",
    "ReferrerOrganisation": "ReferrerOrganisation",
    "ReferrerContact": "ReferrerContact",
    "ReferrerAnonymous": "ReferrerAnonymous",
    "ReceiptTo": "ReceiptTo",
    "FamilyInformed": "FamilyInformed",
    "WhyNotInformed": "WhyNotInformed",
    "Operation": "Operation",
    "UpdatedAt": "UpdatedAt",
}
FLAGS = ("ActiveCIN", "ActiveCLA", "ActiveCP", "ActiveReferral", "ActiveEHM")
CONTACT = ("ContactID", "ContactDate")
_CASE = frozenset(
    {"Worker", "Team", "HistoryCPPlan", "ImmigrationStatus", "DateOfDeath"}
    | {f"{flag}{end}" for flag in FLAGS for end in ("", "Since", "Until")}
)
"""Columns of the child's entry on the case system."""
GROUPS = (
    "Parent", "Parent2", *(f"Sibling{n}" for n in range(1, 7)), *(f"Other{n}" for n in range(1, 5))
)  # fmt: skip
"""Prefixes of the family's columns."""
MEMBER = {
    "SourceID": "SourceID PersonID",
    "Forename": "Forename GivenName FirstName",
    "Surname": "Surname FamilyName LastName",
    "DOB": "DOB DateOfBirth",
    "Gender": "Gender Sex",
    "NHSNumber": "NHSNumber",
    "Phone": "Phone Telephone",
    "Relationship": "Relationship",
    "SameAddress": "SameAddress",
}
_PERSON = ("SourceID", "NHSNumber", "UPN", "Forename", "Surname", "DOB", "ExpectedDOB")
_IDS = frozenset({"SourceID", "ContactID", *(f"{group}SourceID" for group in GROUPS)})
_NAMING = ("Forename", "Surname")
_SHARE_KNOWN = 0.7
"""Share of a header's named columns that must be known for `auto` to take the file: councils add a few of their own."""
_FILLER = re.compile(r"column ?[0-9]+(?: \([0-9]+\))?")


def _plain(header: str) -> str:
    return re.sub(r"[\s_\-]+", "", header).lower()


def _known() -> dict[str, str]:
    known = {_plain(alias): name for name, aliases in _ALIASES.items() for alias in aliases.split()}
    for flag in FLAGS:
        known |= {_plain(f"{flag}{end}"): f"{flag}{end}" for end in ("", "Since", "Until")}
    for group in GROUPS:
        known |= {_plain(group + a): group + name for name, aliases in MEMBER.items() for a in aliases.split()}
    return known


_KNOWN = _known()


@lru_cache(maxsize=64)
def layout(headers: tuple[str, ...]) -> tuple[str, ...]:
    """Each header's column of FIELDS.md, or '' for one that is not there; of two spellings the first counts."""
    out: list[str] = []
    for header in headers:
        name = _KNOWN.get(_plain(header), "")
        out.append(name if name not in out else "")
    return tuple(out)


def is_children_list(headers: list[str]) -> bool:
    """Whether a header is that of such a file: it names persons, and nearly all of it is known."""
    named = [h for h in headers if not _FILLER.fullmatch(h.strip().lower()) and h.strip()]
    if "nativeid" in map(_plain, named):
        return False  # a table of the school census, which has names and a source id too
    known = set(layout(tuple(headers))) - {""}
    return names_persons(headers) and len(known) >= _SHARE_KNOWN * len(named)


def names_persons(headers: list[str]) -> bool:
    """Whether a header has what a person can be told by."""
    known = set(layout(tuple(headers)))
    return "SourceID" in known or ("DOB" in known and not known.isdisjoint(_NAMING))


@dataclass(slots=True)
class Row:
    """One row by the columns of FIELDS.md, which notes what could not be used.

    Attributes:
        values: column to text, those that say something.
        left_over: (header or column, text) of what no column takes, or holds no value of its kind.
    """

    values: dict[str, str] = field(default_factory=dict)
    left_over: list[tuple[str, str]] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, cells: Mapping[str, str]) -> Row:
        """A row of a CSV."""
        row = cls()
        for (header, text), name in zip(cells.items(), layout(tuple(cells)), strict=True):
            if text and name:
                row.values[name] = text
            elif text:
                row.left_over.append((header, text))
        for column in _IDS.intersection(row.values):
            row._settle_id(column)
        return row

    def _settle_id(self, column: str) -> None:
        """An id as the system has it: `30021.0` went through a spreadsheet, and what is none is kept aside."""
        text = self.values[column]
        if not own_id(text):
            self.left_over.append((column, self.values.pop(column)))
        elif text.endswith(".0") and text[:-2].isdecimal():
            self.values[column] = text[:-2]

    def __getitem__(self, column: str) -> str:
        """A column's text, '' where it says nothing."""
        self.asked.add(column)
        return self.values.get(column, "")

    def keep(self, *columns: str) -> None:
        """Keep columns' texts as unmapped: they are no values of the columns' kind, or there is no place for them."""
        for column in columns:
            if (text := self.values.get(column, "")) and (column, text) not in self.left_over:
                self.left_over.append((column, text))

    def flag(self, column: str) -> bool | None:
        """A yes or no; other text is kept."""
        found = yes_no(self[column])
        if found is None:
            self.keep(column)
        return found

    def rest(self) -> list[tuple[str, str]]:
        """What is left over, columns that nobody asked for included, in an order that is not the file's."""
        self.keep(*(column for column in self.values if column not in self.asked))
        return sorted(self.left_over)

    @property
    def names_somebody(self) -> bool:
        """Whether the row is about anybody."""
        return any(column in self.values for column in _PERSON)

    @property
    def is_contact(self) -> bool:
        """Whether the row tells of a contact."""
        return any(column in self.values for column in CONTACT)

    @property
    def tells_of_case(self) -> bool:
        """Whether the row says how the child stands on the case system."""
        return not _CASE.isdisjoint(self.values)
