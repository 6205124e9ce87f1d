"""Names: titles, particles, double surnames, placeholders. Each step is a function of words; no comparison here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from hub.messages.record import Name, NameKind
from streams.identity.clean.tables import Tables
from streams.identity.clean.text import fold

_REMEMBERED = 50_000
"""Names whose cleaning is remembered: about 15 MB; most people bear a name that others bear."""
_MOST = 6
"""Words of one name that are kept: the longest real ones have five or six; hostile ones have no end."""

_LONGEST_UNKNOWN = 3
"""Words of 'no first name'."""
_GLUED = re.compile(r"^(BABY|INFANT|TWIN|TRIPLET)(GIRL|BOY|[1-4A-D])$", re.ASCII)


@dataclass(frozen=True, slots=True)
class CleanName:
    """One name, cleaned; '' and () where missing.

    Attributes:
        first: the first given name.
        middles: the further ones.
        family: the family name, its words joined by one space.
        order: birth order that a placeholder told ('Twin 2').
    """

    first: str
    middles: tuple[str, ...]
    family: str
    order: int | None = None


def clean_name(name: Name, tables: Tables) -> CleanName:
    """All steps on one name."""
    first, middles, order = _given(name.given, tables)
    if name.kind is NameKind.PLACEHOLDER:
        first, middles = "", ()
    family, family_order = _family(name.family, tables)
    if first and not family and _newborn(fold(name.family).split(), tables):
        first, family = "", first  # in each other's place: 'Chowdhury, Baby Girl'
    return CleanName(first, middles, family, order or family_order)


@lru_cache(maxsize=_REMEMBERED)
def _given(text: str, tables: Tables) -> tuple[str, tuple[str, ...], int | None]:
    given, order = strip_placeholder(words(text, tables, initials=True), tables)
    return given[0] if given else "", tuple(given[1:_MOST]), order


@lru_cache(maxsize=_REMEMBERED)
def _family(text: str, tables: Tables) -> tuple[str, int | None]:
    family, order = strip_placeholder(words(text, tables), tables)
    return " ".join(family[:_MOST]).strip(), order


def words(text: str, tables: Tables, *, initials: bool = False) -> list[str]:
    """Folded words without titles, particles joined to what follows; single letters stay where they may be initials.

    Titles and particles go only where something follows, so that the family name 'Mac' or 'St' survives.
    """
    raw = fold(text).split()
    while len(raw) > 1 and raw[0] in tables.titles:
        raw = raw[1:]
    return join_particles(raw, tables, initials=initials)


def join_particles(raw: list[str], tables: Tables, *, initials: bool = False) -> list[str]:
    """'VAN DER BERG' -> 'VANDERBERG', 'O BRIEN' -> 'OBRIEN'; of given names, 'O HAYLEY' stays two."""
    joined: list[str] = []
    held = ""
    for at, word in enumerate(raw):
        if word in tables.particles and at + 1 < len(raw) and not (initials and len(word) == 1):
            held += word
        else:
            joined.append(held + word)
            held = ""
    return joined


def strip_placeholder(raw: list[str], tables: Tables) -> tuple[list[str], int | None]:
    """Missing where the words only stand for a name ('Baby Girl', 'Twin 1', 'Unknown'), with the order they told.

    What follows 'Unknown' stays in its place: of 'Unknown James' the first name is '', and James a further one.
    """
    if " ".join(raw) in tables.whole:
        return [], None
    raw = _split_glued(raw)
    if _newborn(raw, tables):
        return [], next((tables.orders[w] for w in raw if w in tables.orders), None)
    return _after_unknown(raw, tables), None


def _newborn(raw: list[str], tables: Tables) -> bool:
    """Whether the words stand for a child without a name ('Baby Girl', 'Second twin')."""
    return bool(raw) and (raw[0] in tables.begins or _stand_for_a_name(raw, tables))


def _split_glued(raw: list[str]) -> list[str]:
    found = _GLUED.match(raw[0]) if raw else None
    return [*found.groups(), *raw[1:]] if found else raw


def _stand_for_a_name(raw: list[str], tables: Tables) -> bool:
    """Whether all words do, in whatever order ('Second twin'); an order alone ('A') may be an initial."""
    return not tables.words.isdisjoint(raw) and all(w in tables.words or w in tables.orders for w in raw)


def _after_unknown(raw: list[str], tables: Tables) -> list[str]:
    for length in range(min(_LONGEST_UNKNOWN, len(raw) - 1), 0, -1):
        if " ".join(raw[:length]) in tables.before:
            further, _ = strip_placeholder(raw[length:], tables)
            return ["", *further] if further else []
    return raw


def placeholder_sex(name: Name, tables: Tables) -> str:
    """The sex that a placeholder tells ('Baby Girl'): F, M or ''."""
    return next((_sex(text, tables) for text in (name.given, name.family) if _sex(text, tables)), "")


@lru_cache(maxsize=_REMEMBERED)
def _sex(text: str, tables: Tables) -> str:
    raw = _split_glued(fold(text).split())
    if len(raw) < len(("BABY", "GIRL")) or not _newborn(raw, tables):
        return ""
    return next((_SEXES[word] for word in raw if word in _SEXES), "")


_SEXES = {"GIRL": "F", "FEMALE": "F", "DAUGHTER": "F", "BOY": "M", "MALE": "M", "SON": "M"}


def family_parts(family: str) -> tuple[str, ...]:
    """A double surname's parts; the whole where it is single."""
    return tuple(family.split())
