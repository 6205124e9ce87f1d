"""The visit of an ADT message: PV1, PV2, DG1, OBX and AL1 as facts. Nothing about who the patient is.

Sources: HL7 v2.4 chapters 3 and 6; HL7 UK A.3 (episode id in PV1-19).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connectors.health.clinical import Meaning, clinical_codes
from connectors.health.hl7_text import Message, Segment
from connectors.kit import identifiers, values
from hub.messages.record import Fact

PV1_KNOWN = frozenset({1, 2, 19, 44, 45})
PV2_KNOWN = frozenset({1})
"""PV2-3 is known where its code has a meaning; else it is kept."""
EMERGENCY = "E"
_CLASSES = ("", "E", "I", "O", "P", "R", "B", "C", "N", "U")
"""HL7 table 0004."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What the visit segments say.

    Attributes:
        episode: episode id with its authority; '' where there is none.
        emergency: seen at an emergency department.
        began: admitted or arrived (PV1-44, else the event's own time).
        ended: discharged (PV1-45).
        reasons: clinical facts.
        left_over: (path, value) of codes without a meaning.
    """

    episode: str
    emergency: bool
    began: datetime | None
    ended: datetime | None
    reasons: list[Fact]
    left_over: list[tuple[str, str]]


def read_visit(message: Message, happened: datetime | None, local_person_id: str) -> Visit:
    """The visit.

    Args:
        message: the message.
        happened: when the event happened (EVN-6, EVN-2 or MSH-7).
        local_person_id: with the time of arrival it stands for an episode id where PV1-19 is empty.
    """
    pv1 = message.first("PV1")
    began = values.read_moment(pv1.text(44)) or happened
    left_over: list[tuple[str, str]] = []
    reasons = _reasons(message, began, left_over)
    if pv1.text(2).upper() not in _CLASSES:
        left_over.append(("PV1-2", pv1.raw(2)))
    if not identifiers.own_id(pv1.text(19)):
        left_over.append(("PV1-19", pv1.text(19)))
    times = [(f"PV1-{number}", pv1.text(number)) for number in (44, 45)]
    left_over += [(path, text) for path, text in times if text and values.read_moment(text) is None]
    return Visit(
        episode=_episode(pv1, message.header.text(4), local_person_id),
        emergency=pv1.text(2).upper() == EMERGENCY,
        began=began,
        ended=values.read_moment(pv1.text(45)),
        reasons=reasons,
        left_over=left_over,
    )


def _episode(pv1: Segment, facility: str, local_person_id: str) -> str:
    number = identifiers.own_id(pv1.text(19))
    if number:
        return f"{pv1.text(19, 4) or facility}/{number}".upper()
    arrived = values.read_moment(pv1.text(44))
    return f"{local_person_id}@{arrived:%Y%m%d%H%M}" if arrived and local_person_id else ""


def _reasons(message: Message, at: datetime | None, left_over: list[tuple[str, str]]) -> list[Fact]:
    """Facts of reason, diagnoses and observations, each fact once; further codes that say the same are kept."""
    mobile = _mobility(message, left_over)
    facts: dict[str, Fact] = {}
    for path, segment, number, told in _coded(message):
        found = _meaning(segment, number)
        words = "; ".join(dict.fromkeys(part for part in (segment.text(number, 2), told) if part))
        if found is None or found[0].fact in facts:
            if segment.raw(number) or told:
                left_over.append((path, " ".join(part for part in (segment.raw(number), told) if part)))
            continue
        meaning, code = found
        attributes = {"independently_mobile": mobile} if mobile and meaning.fact == "injury" else {}
        fact = Fact(
            code=meaning.fact, value=code, system=meaning.system, status=meaning.status, at=at, attributes=attributes,
            note=words or meaning.text,
        )  # fmt: skip
        facts[meaning.fact] = fact
    return [facts[code] for code in sorted(facts)]


def _coded(message: Message) -> list[tuple[str, Segment, int, str]]:
    """Where codes stand: (path, segment, field, free text beside it)."""
    coded = [("PV2-3", pv2, 3, "") for pv2 in message.all("PV2")]
    coded += [("DG1-3", dg1, 3, dg1.text(4)) for dg1 in message.all("DG1")]
    return [place for place in coded if place[1].raw(place[2]) or place[3]]


def _meaning(segment: Segment, number: int) -> tuple[Meaning, str] | None:
    """The first meaning among a CE's two codes, of any repeat."""
    codes = clinical_codes()
    for ce in segment.repeats(number):
        for at in (0, 3):
            code = ce[at] if len(ce) > at else ""
            system = ce[at + 2] if len(ce) > at + 2 else ""
            if code and (meaning := codes.meaning(code, system)):
                return meaning, code
    return None


def _mobility(message: Message, left_over: list[tuple[str, str]]) -> str:
    """Whether the patient moves about by itself, as an observation says; other observations and allergies are kept."""
    answer = ""
    for obx in message.all("OBX"):
        said = clinical_codes().independently_mobile(obx.text(3), obx.text(5) or obx.text(5, 2))
        answer = answer or said
        if not said:
            left_over.append((f"OBX {obx.text(3)}".strip(), _joined(obx, 3, 5, 6)))
    left_over += [("AL1-3", _joined(al1, 3, 5)) for al1 in message.all("AL1")]
    return answer


def _joined(segment: Segment, *numbers: int) -> str:
    return " ".join(text for number in numbers if (text := segment.raw(number)))
