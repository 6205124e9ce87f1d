"""What of a message no map reads: whole fields, and of fields that are read the components and repeats that are not.

A field of a usual shape is told by one regular expression, because nearly all are and each message has some thirty.
Sources: HL7 v2.4 chapter 2A (CX, XPN, XAD, XTN, CE, TS).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.health import hl7_person, hl7_visit
from connectors.health.hl7_text import NULL, Marks, Message, Segment

_TRANSPORT = ("MSH", "EVN", "SFT")
"""Segments about the message, not the patient."""
_KNOWN = {
    "PID": hl7_person.PID_KNOWN, "PD1": hl7_person.PD1_KNOWN, "NK1": hl7_person.NK1_KNOWN, "PV1": hl7_visit.PV1_KNOWN,
    "PV2": frozenset({1, 3}), "DG1": frozenset({1, 2, 3, 4}), "MRG": frozenset({1, 7}), "OBX": frozenset(range(1, 7)),
    "AL1": frozenset({1, 3, 5}),
}  # fmt: skip
_USUAL = Marks()


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is read of a data type.

    Attributes:
        plain: components that are read up to their first subcomponent.
        whole: components that are read with their subcomponents, or that only say how the others are coded.
        repeats: whether each repeat is read, or only the first.
    """

    plain: frozenset[int]
    whole: frozenset[int] = frozenset()
    repeats: bool = True

    def pattern(self) -> re.Pattern[str]:
        """What the usual delimiters give where nothing is left."""
        last = max(self.plain | self.whole)
        classes = [r"[^~]*" if n in self.whole else r"[^~&]*" if n in self.plain else "" for n in range(1, last + 1)]
        classes = [c.replace("^~", r"^\^~") for c in classes]
        tail = r"\^*"
        for one in reversed(classes[1:]):
            tail = rf"(?:\^{one}{tail})?"
        repeat = classes[0] + tail
        return re.compile(rf"{repeat}(?:~{repeat})*" if self.repeats else repeat)


_CX = _Shape(frozenset({1}), frozenset({2, 3, 4, 5, 6}))
_XPN = _Shape(frozenset({1, 2, 3, 5, 7, 12, 13}), frozenset({8, 11}))
_XAD = _Shape(frozenset({2, 3, 4, 5, 7, 8, 13, 14}), frozenset({1}))
_XTN = _Shape(frozenset({1, 4, 5, 6, 7, 12}), frozenset({2, 3}))
_CODE = _Shape(frozenset({1}), frozenset({2, 3}), repeats=False)
_TEXT = _Shape(frozenset({1}), repeats=False)
_TIME = _Shape(frozenset({1, 2}), repeats=False)
_EPISODE = _Shape(frozenset({1}), frozenset({2, 3, 4, 5}), repeats=False)
_SHAPES = {
    "PID": {
        2: _CX, 3: _CX, 4: _CX, 5: _XPN, 7: _TIME, 8: _CODE, 9: _XPN, 10: _CODE, 11: _XAD, 13: _XTN, 14: _XTN,
        15: _CODE, 19: _TEXT, 22: _CODE, 29: _TIME,
    },
    "NK1": {2: _XPN, 4: _XAD, 5: _XTN, 6: _XTN, 15: _CODE, 16: _TIME, 20: _CODE, 31: _XTN, 33: _CX},
    "PV1": {2: _CODE, 19: _EPISODE, 44: _TIME, 45: _TIME},
    "DG1": {4: _TEXT},
    "MRG": {1: _CX, 7: _XPN},
}  # fmt: skip
_FITS = {name: {n: shape.pattern().fullmatch for n, shape in shapes.items()} for name, shapes in _SHAPES.items()}
_HOME = frozenset({"", "GB", "GBR", "UK", "ENG", "WLS", "SCT", "NIR", "UNITED KINGDOM", "ENGLAND", "WALES"})
"""Countries of an address that say nothing (XAD-6)."""
_COUNTRY = 6


def unread(message: Message) -> Iterator[tuple[str, str]]:
    """(path, text) of what no map reads, Z segments included: `PV1-10`, or `PID-5.4` for one component."""
    usual = message.header.marks == _USUAL
    for segment in message.segments:
        name = segment.name
        if name in _TRANSPORT:
            continue
        known, fits = _KNOWN.get(name, frozenset()), _FITS.get(name, {})
        for number, text in enumerate(segment.fields):
            if not text or not number:
                continue
            if number not in known:
                if text != NULL:
                    yield f"{name}-{number}", text
            elif number in fits and not (usual and fits[number](text)):
                yield from _parts(segment, number, _SHAPES[name][number])


def _parts(segment: Segment, number: int, shape: _Shape) -> Iterator[tuple[str, str]]:
    """Components, subcomponents and repeats of one field that are not read."""
    marks, path = segment.marks, f"{segment.name}-{number}"
    for at, repeat in enumerate(segment.raw(number).split(marks.repeat)):
        if at and not shape.repeats:
            if repeat and repeat != NULL:
                yield path, marks.plain(repeat)
            continue
        for component, text in enumerate(repeat.split(marks.component), start=1):
            if not text or text == NULL or component in shape.whole:
                continue
            if shape is _XAD and component == _COUNTRY and text.upper() in _HOME:
                continue
            if component not in shape.plain:
                yield f"{path}.{component}", marks.plain(text)
            elif marks.subcomponent in text and (rest := text.split(marks.subcomponent, 1)[1]).strip(
                marks.subcomponent
            ):
                yield f"{path}.{component}", marks.plain(rest)
