"""Acknowledgements of HL7 v2 messages as text. No socket, no Kafka; nothing of the patient goes into one.

Source: HL7 v2.4, 2.14.1 (original mode), tables 0008 and 0357. What an answer says to a sender:

- AA: the message is safe; forget it.
- AE: the message cannot become a record; it is set aside with the reason, and sending it again will not help.
- AR: the message is not safe; send it again later.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from connectors.health.hl7_text import Segment, parse
from connectors.kit.api import Unreadable
from connectors.kit.values import LONDON


class Answer(StrEnum):
    """HL7 table 0008."""

    ACCEPTED = "AA"
    ERROR = "AE"
    AGAIN = "AR"


_CONDITIONS = {
    Answer.ERROR: "100^Segment sequence error^HL70357",
    Answer.AGAIN: "207^Application internal error^HL70357",
}
_DELIMITERS = "|^~\\&"


def acknowledge(raw: bytes, answer: Answer, reason: str, at: datetime) -> bytes:
    """The acknowledgement of a message.

    Args:
        raw: the message; where its header can't be read, the answer names no message.
        answer: what is said.
        reason: code of a reject (`no-pid` ...), '' for none: never text of the message.
        at: now.
    """
    header = _header(raw)
    event = header.text(9, 2)
    kind = f"ACK^{event}" if event else "ACK"
    msh = [
        "MSH", _DELIMITERS[1:], header.raw(5), header.raw(6), header.raw(3), header.raw(4),
        at.astimezone(LONDON).strftime("%Y%m%d%H%M%S%z"), "", kind, f"A{at:%Y%m%d%H%M%S%f}", header.raw(11) or "P",
        header.raw(12) or "2.4",
    ]  # fmt: skip
    segments = ["|".join(msh), "|".join(("MSA", answer, header.raw(10), reason)).rstrip("|")]
    if answer in _CONDITIONS:
        segments.append(f"ERR|||{_CONDITIONS[answer]}|E||||{reason}")
    return ("\r".join(segments) + "\r").encode("utf-8")


def _header(raw: bytes) -> Segment:
    """MSH of a message, rewritten where its delimiters are not the usual ones; empty where there is none."""
    try:
        header = parse(raw.split(b"\r", 1)[0].split(b"\n", 1)[0]).header
    except Unreadable:
        return Segment("MSH", [], parse(b"MSH" + _DELIMITERS.encode()).header.marks)
    marks = header.marks
    usual = str.maketrans({marks.component: "^", marks.repeat: "~", marks.subcomponent: "&", marks.field: "|"})
    return Segment("MSH", [field.translate(usual) for field in header.fields], parse(b"MSH|^~\\&").header.marks)
