"""Common Transfer File (XML) as canonical records: one for each pupil. What a Pupil element's parts say is read beside.

A file of qualifier `partial` holds a part of what the school knows, so that it has a record of its own and does not
replace what a full file told. Sources: DfE Common Transfer File specifications, versions 15 to 25.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO

from lxml import etree

from connectors.education.ctf_facts import pupil_facts
from connectors.education.ctf_people import contacts, pupil_identity
from connectors.kit import identifiers, people, values
from connectors.kit.api import Context, Native, Reject, Unreadable
from connectors.kit.csv_rows import WRONG_FORMAT
from connectors.kit.records import common, no_subject, unmapped
from connectors.kit.xml_fields import Fields, attributes_of
from connectors.kit.xml_records import XmlRecord, read_records, sniffed
from hub.ids import derived_id
from hub.messages import AgencyRecord
from hub.messages.record import Fact, Identity, Role, Subject

UNKNOWN_DESTINATION = "XXXXXXX"
"""Where a pupil has gone is not known: the file goes to the lost pupils' database (CTF specification 2.4.2)."""
PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Header:
    """What the file's header says.

    Attributes:
        made_at: DateTime.
        qualifier: full or partial.
        lea: of the school that sends.
        school: its LEA and establishment number, else URN, else ''.
        destination: LEA and establishment number of the school it is for.
    """

    made_at: datetime | None
    qualifier: str
    lea: str
    school: str
    destination: str


class CommonTransferFile:
    """Common Transfer File: pupils with contacts, attendance, needs (XML; see the module)."""

    name = "education.ctf"
    agency = "education"
    system = "school_management"

    def sniff(self, head: bytes, file_name: str) -> bool:  # noqa: ARG002 - the content decides
        """Whether its root is CTfile."""
        return sniffed(head)[0] == "CTfile"

    def read(self, source: BinaryIO) -> Iterator[Native | Reject]:
        """Pupil elements; `Native.value` is an `XmlRecord` with the Header beside it.

        Raises:
            Unreadable: as `read_records`, and `wrong-format` where no pupil is in it.
        """
        natives = read_records(source, record="Pupil", root="CTfile", context=("Header",))
        first = next(natives, None)
        if first is None:
            raise Unreadable(
                "The file holds no pupil.", "Ask the school for the file again.", reason=WRONG_FORMAT,
            )  # fmt: skip
        yield from itertools.chain((first,), natives)

    def translate(self, native: Native, context: Context) -> list[AgencyRecord]:
        """One record.

        Raises:
            Unreadable: `no-subject`.
        """
        found: XmlRecord = native.value
        header, fields = read_header(found.context.get("Header")), Fields(found.element)
        upn = identifiers.own_id(fields.text("UPN"))
        identity = pupil_identity(fields)
        if not (upn or identity.names or identity.birth):
            raise no_subject()
        local = f"{header.school}/{upn}" if upn else ""
        facts = [*pupil_facts(fields, header.school), *_destination(header)]
        pupil = Subject(ref="pupil", role=Role.CHILD, local_person_id=local, identity=identity, facts=facts)
        subjects, relationships = people.with_relatives(pupil, contacts(fields, identity))
        key = f"pupil/{local or f'{header.school}/{_unnumbered(identity)}'}"
        if header.qualifier == PARTIAL:
            key = f"{key}/{PARTIAL}"
        return [
            AgencyRecord(
                **common(self, native, context, extracted_at=header.made_at, area=header.lea), local_id=key,
                kind="education.pupil", occurred_at=header.made_at, recorded_at=header.made_at, subjects=subjects,
                relationships=relationships, unmapped=unmapped([*fields.rest(), *attributes_of(native)]),
            )
        ]  # fmt: skip


@lru_cache(maxsize=8)
def read_header(element: etree._Element | None) -> Header:
    """The header, as far as there is one. A file's pupils share theirs, so it is read once."""
    fields = Fields(element)
    source, destination = fields.group("SourceSchool"), fields.group("DestSchool")
    return Header(
        made_at=values.read_moment(fields.text("DateTime")),
        qualifier=fields.text("DocumentQualifier").lower(),
        lea=source.text("LEA"),
        school=source.text("LEA") + source.text("Estab") or source.text("URN"),
        destination=destination.text("LEA") + destination.text("Estab"),
    )


def _destination(header: Header) -> list[Fact]:
    lost = header.destination.upper() == UNKNOWN_DESTINATION
    return [Fact(code="cme.opened", value=header.school, at=header.made_at)] if lost else []


def _unnumbered(identity: Identity) -> str:
    """A key for a pupil without a UPN: what the school tells the pupil by."""
    names = sorted(f"{n.family}|{n.given}".casefold() for n in identity.names if n.kind in ("current", "placeholder"))
    return "unnumbered-" + derived_id("pupil", *names, identity.birth.value if identity.birth else "")


CTF = CommonTransferFile()
