"""Which ids an ADT merge couples: PID-3 with MRG-1. Nothing about records.

Source: HL7 v2.4, 3.5 (patient record links) and 3.3.40; HL7 UK A.3 (a list of ids in both).
"""

from __future__ import annotations

from connectors.health import hl7_types
from connectors.health.hl7_text import Message, Segment
from connectors.kit.api import Unreadable
from hub.messages.record import Identifier


def merged_ids(message: Message) -> list[tuple[str, str]]:
    """(id that goes on, id merged into it), coupled by authority and type; by position where MRG-1 gives no authority.

    Raises:
        Unreadable: `no-merge-id`.
    """
    facility = message.header.text(4)
    going_on = _local_ids(message.first("PID"), 3, facility)
    pairs = []
    for mrg in message.all("MRG"):
        for position, (issuer, kind, value, stated) in enumerate(_local_ids(mrg, 1, facility)):
            partner = next((g for g in going_on if stated and (g[0], g[1]) == (issuer, kind)), None)
            partner = partner or next((g for g in going_on if stated and g[0] == issuer), None)
            if partner is None and going_on:
                partner = going_on[min(position, len(going_on) - 1)]
            if partner is None:
                continue
            merged = value if stated else f"{partner[0]}/{value.rpartition('/')[2]}"
            if merged != partner[2] and (partner[2], merged) not in pairs:
                pairs.append((partner[2], merged))
    if not pairs:
        raise Unreadable(
            "A merge without a pair of ids (PID-3 and MRG-1).", "Ask the sender for it again.", reason="no-merge-id"
        )
    return pairs


def other_numbers(message: Message, known: list[Identifier]) -> list[tuple[str, str]]:
    """(path, value) of numbers of the merged patient that couple nothing and are not known: its NHS number."""
    facility = message.header.text(4)
    own = {(number.scheme, number.value) for number in known}
    out = []
    for mrg in message.all("MRG"):
        for cx in mrg.repeats(1):
            number, _ = hl7_types.cx_identifier(cx, facility)
            if number is None or (number.scheme != "hospital_number" and (number.scheme, number.value) not in own):
                out.append(("MRG-1", "^".join(cx)))
    return out


def _local_ids(segment: Segment, number: int, facility: str) -> list[tuple[str, str, str, bool]]:
    """(issuer, type, source's person id, whether the authority was stated) of each id that is no national number."""
    out = []
    for cx in segment.repeats(number):
        identifier, _ = hl7_types.cx_identifier(cx, facility)
        if identifier and identifier.scheme == "hospital_number":
            stated = len(cx) > 3 and bool(cx[3])  # noqa: PLR2004 - CX-4
            kind = cx[4].upper() if len(cx) > 4 else ""  # noqa: PLR2004 - CX-5
            out.append((identifier.issuer, kind, f"{identifier.issuer}/{identifier.value}", stated))
    return out
