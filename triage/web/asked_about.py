"""What a request tells whoever answers it: who it is about, what the concern is, and what nobody may be told.

Only what the request itself holds: each was cut to what its agency may know when it was sent.
"""

from __future__ import annotations

from typing import NamedTuple

from hub.errors import Skippable
from hub.messages import AgencyRequest, CheckWords, Identity
from streams.check.render.people import birth, full_name
from streams.check.render.words import SCHEMES, plain
from triage.desk import Desk

ERASED = "[erased]"
_UNTOLD = frozenset({"not_informed", "not_safe"})
_UNSAFE = "not_safe"

Rows = list[tuple[str, str]]


class Concern(NamedTuple):
    """Why an agency is asked.

    Attributes:
        kinds: the kinds of concern, in words.
        ask: what is to be looked at in particular; '' where nothing was written.
        family: whether the family, or the adult, knows.
        untold: whether they do not, so that nobody may speak of it to them.
        unsafe: whether it would not be safe.
    """

    kinds: list[str]
    ask: str
    family: str
    untold: bool
    unsafe: bool


def concern(desk: Desk, request: AgencyRequest) -> Concern:
    """The concern of a request, as it was sent."""
    return Concern(
        kinds=list(dict.fromkeys(plain(code).capitalize() for code in request.categories)),
        ask=words(desk, request, request.ask),
        family=desk.packs.decisions.family_informed.get(request.family, ""),
        untold=request.family in _UNTOLD,
        unsafe=request.family == _UNSAFE,
    )


def words(desk: Desk, request: AgencyRequest, sealed: bytes) -> str:
    """Words that were sealed for this request; '' where there are none."""
    if not sealed:
        return ""
    try:
        return desk.library.sealer.open(request.anchor, sealed, CheckWords).text
    except Skippable:
        return ERASED


def subject(desk: Desk, request: AgencyRequest) -> Rows:
    """Who is meant: what the agency needs to find the person, and nothing else."""
    return _rows(desk, request, request.subject)


def mother(desk: Desk, request: AgencyRequest) -> Rows:
    """Of an unborn child, its mother, by whom it is found; nothing where there is none to name."""
    return _rows(desk, request, request.mother) if request.mother else []


def _rows(desk: Desk, request: AgencyRequest, sealed: bytes) -> Rows:
    try:
        found = desk.library.sealer.open(request.anchor, sealed, Identity)
    except Skippable:
        return [("Name", ERASED)]
    rows = [("Name", full_name(found) or "Not known")]
    also = [" ".join(p for p in (n.given, n.family) if p) for n in found.names]
    rows += [("Also known as", ", ".join(name for name in dict.fromkeys(also) if name and name != rows[0][1]))]
    rows += [("Born", birth(found.birth, request.sent_at))] if found.birth else []
    rows += [(SCHEMES.get(i.scheme, plain(i.scheme)), i.value) for i in found.identifiers]
    rows += [("Address", ", ".join(p for p in (*a.lines, a.postcode) if p)) for a in found.addresses if not a.until]
    rows += [("Language", found.language)] if found.language else []
    rows += [("Communication", found.communication_need)] if found.communication_need else []
    rows += [("Safe contact", found.safe_contact)] if found.safe_contact else []
    return [(name[:1].upper() + name[1:], text) for name, text in dict.fromkeys(rows) if text]
