"""Children in need census (XML) as canonical records: one for each episode of a child.

The census is a yearly statement: a later one tells the same episode again, further on or closed. So an episode is the
record, keyed by child and referral date, and the later statement replaces the earlier. An episode that a later
statement leaves out is not withdrawn: closed episodes leave the census in the following year.

Sources: DfE children in need census, schemas 2017 to 2026.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from connectors.kit import values
from connectors.kit.api import Context, Native, Reject, Unreadable
from connectors.kit.csv_rows import WRONG_FORMAT
from connectors.kit.records import common, unmapped
from connectors.kit.xml_fields import Fields, attributes_of, leaves
from connectors.kit.xml_records import XmlRecord, read_records, sniffed
from connectors.social_care.cin_child import Child, read_child
from connectors.social_care.cin_episode import ADOPTED, read_episode
from connectors.social_care.contact_people import scoped
from hub.messages import AgencyRecord
from hub.messages.record import Fact, Role, Subject


class ChildrenInNeed:
    """Children in need census: an episode a record (XML; see the module)."""

    name = "social_care.cin"
    agency = "social_care"
    system = "childrens_case_system"

    def sniff(self, head: bytes, file_name: str) -> bool:  # noqa: ARG002 - the content decides
        """Whether it is a Message of the CIN collection, or of children with census identifiers."""
        root, head = sniffed(head)
        return root == "Message" and (b"LAchildID" in head or b"<Collection>CIN<" in b"".join(head.split()))

    def read(self, source: BinaryIO) -> Iterator[Native | Reject]:
        """Child elements; `Native.value` is an `XmlRecord` with the Header beside it.

        Raises:
            Unreadable: as `read_records`, and `wrong-format` where no child is in it.
        """
        natives = read_records(source, record="Child", root="Message", context=("Header",))
        first = next(natives, None)
        if first is None:
            raise Unreadable(
                "The file holds no child: it is no children in need census, or an empty one.",
                "Name the right format, or ask the sender for the file again.", reason=WRONG_FORMAT,
            )  # fmt: skip
        yield from itertools.chain((first,), natives)

    def translate(self, native: Native, context: Context) -> list[AgencyRecord]:
        """The child's episodes, each with who the child is; a child without any is a record of its own.

        Raises:
            Unreadable: `no-child-id`.
        """
        found: XmlRecord = native.value
        source = Fields(found.context.get("Header")).group("Source")
        lea = source.text("LEA")
        base = common(self, native, context, extracted_at=values.read_moment(source.text("DateTime")), area=lea)
        fields = Fields(found.element)
        child = read_child(fields, lea)
        details = [Fields(e, "CINdetails") for e in _sorted(found.element)]
        fields.texts("CINdetails")
        key = scoped(lea, child.local_id) or child.key
        about_child = fields.rest() + attributes_of(native)
        if not details:
            return [_record(base, f"cin/{key}", child, [], about_child, lea)]
        return _episodes(base, key, child, details, about_child, lea)


def _sorted(element: etree._Element) -> list[etree._Element]:
    """CINdetails in an order that the file's does not change."""
    details = [e for e in element if isinstance(e.tag, str) and e.tag.rpartition("}")[2] == "CINdetails"]
    return sorted(details, key=_in_order) if len(details) > 1 else details


def _in_order(detail: etree._Element) -> tuple[str, list[tuple[str, str]]]:
    return (Fields(detail).text("CINreferralDate"), sorted(leaves(detail)))


def _episodes(
    base: dict[str, Any], key: str, child: Child, details: list[Fields], about_child: list[tuple[str, str]], lea: str
) -> list[AgencyRecord]:
    records = []
    taken: dict[str, int] = {}
    for detail in details:
        episode = read_episode(detail)
        number = taken[episode.key] = taken.get(episode.key, 0) + 1
        local_id = f"cin/{key}/{episode.key}" + (f"/{number}" if number > 1 else "")
        restricted = "adoption" if episode.closed_because == ADOPTED else ""
        records.append(
            _record(
                base, local_id, child, episode.facts, about_child + detail.rest(), lea,
                restricted=restricted, occurred_at=episode.referred_at,
            )
        )  # fmt: skip
        about_child = []
    return records


def _record(
    base: dict[str, Any], local_id: str, child: Child, facts: list[Fact], left: list[tuple[str, str]], lea: str,
    *, restricted: str = "", **more: Any,
) -> AgencyRecord:  # fmt: skip
    unborn = child.identity.birth is not None and child.identity.birth.precision == "expected"
    subject = Subject(
        ref="child", role=Role.UNBORN if unborn else Role.CHILD, local_person_id=scoped(lea, child.local_id),
        identity=child.identity, facts=[*facts, *child.facts], restricted=restricted,
    )  # fmt: skip
    return AgencyRecord(
        **base, local_id=local_id, kind="social_care.cin", subjects=[subject], unmapped=unmapped(left), **more
    )


CIN = ChildrenInNeed()
