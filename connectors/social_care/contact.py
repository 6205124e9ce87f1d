"""A council's children CSV as canonical records: the child's entry on the case system, and front-door contacts.

Sources: DfE SUI Matcher (batch CSV); Ofsted Annex A list 1 (contacts); CIN census (referral sources); FIELDS.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, BinaryIO

import yaml

from connectors.kit import people, values
from connectors.kit.api import Context, Native, Reject, Unreadable
from connectors.kit.csv_rows import WRONG_FORMAT, header_of, read_rows
from connectors.kit.records import common, no_subject, unmapped
from connectors.social_care import contact_people
from connectors.social_care.contact_columns import FLAGS, Row, is_children_list, names_persons
from hub.ids import derived_id
from hub.messages import AgencyRecord
from hub.messages.record import Fact, FactStatus, Identity, Operation, Reporter, Subject

_FLAG_FACTS = {
    "ActiveCIN": "cin.open", "ActiveCLA": "cla.open", "ActiveCP": "cp.plan", "ActiveReferral": "referral",
    "ActiveEHM": "early_help.open",
}  # fmt: skip
_OUTCOMES = {
    "nfa": "contact.nfa", "no further action": "contact.nfa", "closed": "contact.nfa",
    "referral": "referral", "assessment": "referral", "single assessment": "referral",
    "early_help": "early_help.open", "early help": "early_help.open", "ehm": "early_help.open",
    "strategy": "section47", "strategy discussion": "section47", "s47": "section47", "section 47": "section47",
    "information": "", "information and advice": "", "advice": "",
}  # fmt: skip
_INFORMED = frozenset({"informed", "agreed", "not_informed"})
_CODE = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)+")
_STATUSES = {s.value: s for s in FactStatus}
_OPERATIONS = {o.value: o for o in Operation}


class CouncilContacts:
    """A council's children and front-door contacts (CSV; see FIELDS.md)."""

    name = "social_care.contact.csv"
    agency = "social_care"
    system = "childrens_case_system"

    def sniff(self, head: bytes, file_name: str) -> bool:  # noqa: ARG002 - the content decides
        """Whether the header is that of a council's children list."""
        return is_children_list(header_of(head))

    def read(self, source: BinaryIO) -> Iterator[Native | Reject]:
        """Rows; `Native.value` is a dict of header to text.

        Raises:
            Unreadable: as `read_rows`, and `wrong-format` where no column tells a person.
        """
        if source.seekable():
            head = source.read(1 << 16)
            source.seek(-len(head), 1)
            headers = header_of(head)
            if headers and not names_persons(headers):
                raise _wrong()
        for native in read_rows(source):
            if isinstance(native, Native) and not names_persons(list(native.value)):
                raise _wrong()
            yield native

    def translate(self, native: Native, context: Context) -> list[AgencyRecord]:
        """The child's entry, the contact, or both.

        Raises:
            Unreadable: `no-subject`.
        """
        row = Row.of(native.value)
        if not row.names_somebody:
            raise no_subject()
        updated = values.read_moment(row["UpdatedAt"])
        if updated is None:
            row.keep("UpdatedAt")
        base = common(self, native, context, extracted_at=updated, area=row["LACode"])
        who = contact_people.identity(row)
        return _Records(row, who, base, updated).all()


class _Records:
    """The records of one row."""

    def __init__(self, row: Row, who: Identity, base: dict[str, Any], updated: datetime | None) -> None:
        self.row = row
        self.who = who
        self.base = base
        self.updated = updated
        self.role = contact_people.role(row, who)
        self.restricted = contact_people.restricted(row)
        self.key = contact_people.record_key(row)
        self.operation = self._operation()

    def all(self) -> list[AgencyRecord]:
        """The entry first: it says who the child is."""
        row, records = self.row, []
        # Facts first: reading them notes on the row what cannot be used.
        entry = self._entry_facts() if row.tells_of_case or not row.is_contact else None
        contact = self._contact_facts() if row.is_contact else None
        relatives = contact_people.relatives(row, self.who.addresses[:1])
        if entry is not None:
            kin = [] if contact is not None else relatives
            last = contact is None
            key = f"child/{self.key}"
            records.append(self._record(key, "social_care.child", entry, kin, last=last, occurred_at=self.updated))
        if contact is not None:
            records.append(self._contact(contact, relatives))
        return records

    def _contact(self, facts: list[Fact], relatives: list[people.Relative]) -> AgencyRecord:
        row = self.row
        at = values.read_moment(row["ContactDate"])
        number = row["ContactID"] or derived_id("contact", self.key, row["ContactDate"], row["ContactReason"])
        informed = row["FamilyInformed"].lower().replace(" ", "_")
        if informed not in _INFORMED:
            row.keep("FamilyInformed")
        else:
            terms = {"family_informed": informed, "why_not_informed": row["WhyNotInformed"]}
            self.base["terms"] = self.base["terms"].model_copy(update=terms)
        return self._record(
            f"contact/{number}", "social_care.contact", facts, relatives, last=True, occurred_at=at,
            recorded_at=values.read_moment(row["RecordedDate"]), incident=row["IncidentRef"],
            prompted_by=row["PromptedBy"], narrative=row["Narrative"], reporter=self._reporter(),
        )  # fmt: skip

    def _record(
        self, key: str, kind: str, facts: list[Fact], relatives: list[people.Relative], *, last: bool, **more: Any
    ) -> AgencyRecord:
        child = Subject(
            ref="child", role=self.role, local_person_id=contact_people.person_id(self.row), identity=self.who,
            facts=facts, restricted=self.restricted,
        )  # fmt: skip
        subjects, relationships = people.with_relatives(child, relatives)
        return AgencyRecord(
            **self.base, local_id=key, kind=kind, operation=self.operation, subjects=subjects,
            relationships=relationships, unmapped=unmapped(self.row.rest()) if last else [], **more,
        )  # fmt: skip

    def _entry_facts(self) -> list[Fact]:
        facts = [fact for flag in FLAGS if (fact := self._flag(flag)) is not None]
        row = self.row
        if row["Worker"] or row["Team"]:
            facts.append(Fact(code="allocated.worker", value=row["Team"], note=row["Worker"]))
        if row.flag("HistoryCPPlan"):
            facts.append(Fact(code="history.cp_plan"))
        if self.who.death:
            facts.append(Fact(code="died", at=values.read_moment(self.who.death)))
        if row["ImmigrationStatus"]:
            facts.append(Fact(code="unmapped.ImmigrationStatus", value=row["ImmigrationStatus"]))
        return facts

    def _flag(self, flag: str) -> Fact | None:
        row = self.row
        yes, since, until = row.flag(flag), self._moment(f"{flag}Since"), self._moment(f"{flag}Until")
        if not (yes or since or until):
            return None
        value = row["CPCategory"].upper() if flag == "ActiveCP" else ""
        return Fact(code=_FLAG_FACTS[flag], value=value, status=FactStatus.CONFIRMED, at=since, until=until)

    def _contact_facts(self) -> list[Fact]:
        row = self.row
        outcome = row["Outcome"].lower()
        codes = [part.strip() for part in row["ContactReason"].split(";") if part.strip()]
        coded = [code for code in codes if _is_code(code)]
        free = "; ".join(code for code in codes if not _is_code(code))
        at = self._moment("ContactDate")
        attributes = {"outcome": outcome} if outcome else {}
        facts = [Fact(code="contact", value=row["ContactSource"], attributes=attributes, note=free, at=at)]
        facts += [self._reason(code) for code in coded]
        if (said := _OUTCOMES.get(outcome)) is None:
            row.keep("Outcome")
        elif said:
            facts.append(Fact(code=said, value=row["ContactSource"] if said == "referral" else "", at=at))
        if seen := self._moment("SeenDate"):
            # Who saw is a value of when: without a time there is no such fact.
            alone = row.flag("SeenAlone")
            said_alone = {} if alone is None else {"alone": values.as_yes_no(value=alone)}
            facts.append(Fact(code="seen", value=row["SeenBy"], at=seen, attributes=said_alone))
        self._moment("RecordedDate")
        return facts

    def _reason(self, code: str) -> Fact:
        said = self.row["ReasonStatus"].lower()
        status = _STATUSES.get(said, FactStatus.ALLEGED)
        if said and said not in _STATUSES:
            self.row.keep("ReasonStatus")
        pairs = [part.partition("=") for part in self.row["ReasonAttributes"].split(";")]
        if not all(equals for _, equals, _ in pairs):
            self.row.keep("ReasonAttributes")
        attributes = {name.strip(): value.strip() for name, equals, value in pairs if equals}
        first_hand = self.row.flag("FirstHand")
        return Fact(code=code, status=status, first_hand=first_hand, attributes=attributes)

    def _reporter(self) -> Reporter | None:
        row = self.row
        reporter = Reporter(
            name=row["ReferrerName"], role=row["ReferrerRole"], organisation=row["ReferrerOrganisation"],
            contact=row["ReferrerContact"], anonymous=row.flag("ReferrerAnonymous") is True,
            receipt_to=row["ReceiptTo"],
        )  # fmt: skip
        return reporter if reporter != Reporter() else None

    def _operation(self) -> Operation:
        said = self.row["Operation"].lower()
        if said and said not in _OPERATIONS:
            raise Unreadable(
                "The column Operation holds none of upsert, withdraw, erase, restrict.",
                "Mend the row: nobody can tell what has become of the record.", reason="unknown-operation",
            )  # fmt: skip
        return _OPERATIONS.get(said, Operation.UPSERT)

    def _moment(self, column: str) -> datetime | None:
        found = values.read_moment(self.row[column])
        if found is None:
            self.row.keep(column)
        return found


def _is_code(text: str) -> bool:
    """Whether text is a fact code. One of that shape that the catalogue lacks is passed on: it is kept and counted."""
    return bool(_CODE.fullmatch(text)) or text in _catalogue()


@cache
def _catalogue() -> frozenset[str]:
    return frozenset(yaml.safe_load(files("packs").joinpath("facts.yaml").read_text("utf-8"))["codes"])


CONTACT_CSV = CouncilContacts()


def _wrong() -> Unreadable:
    return Unreadable(
        "The file is not of this format: no column tells a person.",
        "Name the right format, or let `auto` find it.", reason=WRONG_FORMAT,
    )  # fmt: skip
