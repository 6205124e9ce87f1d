"""Features: what of a source identity can be compared. Union over its live records; no weight and no store here.

Compact by design: tuples of short strings, MessagePack when kept, and sealed under the source identity's key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from hub.messages.record import Address, Identity
from streams.identity import rows
from streams.identity.clean.contact import clean_email, clean_phone
from streams.identity.clean.dates import Birth, clean_birth
from streams.identity.clean.identifiers import CleanId, clean_identifier
from streams.identity.clean.names import clean_name, placeholder_sex
from streams.identity.clean.places import Place, clean_place
from streams.identity.clean.tables import Tables

_TWO = 2
MOST = 16
"""Values of one kind that are kept: hostile records carry any number, real ones rarely six. The first in order stay."""
_NOT_A_HOME = frozenset({"previous", "hospital", "school", "custody", "incident", "other"})
"""Kinds of address that help to match and make no household."""
_WHERE_IT_HAPPENED = "incident"
_HAUNTS = frozenset({_WHERE_IT_HAPPENED, "other"})
"""Kinds of address at which somebody was and does not live. Hospitals, schools and cells say nothing of who meets."""
CONFIDENTIAL: Final = 1
IN_REFUGE: Final = 2


class Features(NamedTuple):
    """What is compared. Each field is sorted and holds no doubles, so that equal content has equal bytes.

    `adult` and `child` are the first years ('' for never) in which a record gave somebody of this identity a
    grown-up's or a child's part; they come from records, not from the identity.
    """

    firsts: tuple[str, ...] = ()
    middles: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    births: tuple[Birth, ...] = ()
    sexes: tuple[str, ...] = ()
    orders: tuple[int, ...] = ()
    ids: tuple[CleanId, ...] = ()
    places: tuple[Place, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    adult: str = ""
    child: str = ""


class Home(NamedTuple):
    """An address at which the identity is said to live: household evidence. Dates are ISO or ''."""

    keys: tuple[str, ...]
    since: str
    until: str
    confidential: bool


class Haunt(NamedTuple):
    """A place at which the identity was, and does not live: where something happened, an address that is no home."""

    keys: tuple[str, ...]
    confidential: bool


class Contribution(NamedTuple):
    """What one version of an identity contributes.

    Attributes:
        hides: whether it gives a home as confidential, or a refuge: see the constants below.
    """

    features: Features
    homes: tuple[Home, ...]
    haunts: tuple[Haunt, ...] = ()
    hides: int = 0


_SETS = len(Features._fields) - 2
"""Fields that are sets: all but the two days."""
NOTHING = Features()
EMPTY = Contribution(NOTHING, ())
_parse: Final = rows.reader(Contribution)


def contribution_of(identity: Identity, tables: Tables) -> Contribution:
    """Clean one identity. Never raises on content: what can't be read is missing."""
    names = [clean_name(n, tables) for n in identity.names[:MOST]]
    said = identity.addresses[:MOST]
    places = [clean_place(a) for a in said]
    ids = [clean_identifier(i) for i in identity.identifiers[:MOST]]
    order = identity.birth_order
    birth = clean_birth(identity.birth)
    features = Features(
        firsts=_set([n.first for n in names]),
        middles=_set([m for n in names for m in n.middles]),
        families=_set([n.family for n in names]),
        births=(birth,) if birth else (),
        sexes=(identity.sex,)
        if identity.sex in {"F", "M"}
        else _set([placeholder_sex(n, tables) for n in identity.names]),
        orders=_set([order] if order and order > 0 else [n.order for n in names]),
        ids=_set(ids),
        places=_set([p for a, p in zip(said, places, strict=True) if a.kind != _WHERE_IT_HAPPENED]),
        phones=_set([clean_phone(t) for t in identity.telephones[:MOST]]),
        emails=_set([clean_email(e) for e in identity.emails[:MOST]]),
    )
    homes = _set([_home(a, p) for a, p in zip(said, places, strict=True)])
    return Contribution(features, homes, _haunts(said, places), _hides(said))


def _haunts(addresses: list[Address], places: list[Place | None]) -> tuple[Haunt, ...]:
    """Places of no home. What happened at one's own door says nothing of a place that is shared with others."""
    if all(a.kind not in _HAUNTS for a in addresses):
        return ()  # most identities
    named = [(a, p.names() if p else ()) for a, p in zip(addresses, places, strict=True)]
    homes = {name for a, names in named if a.kind not in _HAUNTS for name in names}
    return _set(
        [
            Haunt(names, a.confidential)
            for a, names in named
            if a.kind in _HAUNTS and names and not a.refuge and homes.isdisjoint(names)
        ]
    )


def _hides(addresses: list[Address]) -> int:
    if any(a.refuge for a in addresses):
        return IN_REFUGE
    return CONFIDENTIAL if any(a.confidential for a in addresses) else 0


def _home(address: Address, place: Place | None) -> Home | None:
    """A refuge makes no household: who else lives there is not this person's family, and must not be told."""
    if place is None or address.refuge or address.kind in _NOT_A_HOME:
        return None
    names = place.names()
    if not names:
        return None
    return Home(names, (address.since or "")[:10], (address.until or "")[:10], address.confidential)


def union(parts: Iterable[Features]) -> Features:
    """Everything that any of them says."""
    several = list(parts)
    if len(several) == 1:
        return several[0]
    fields: dict[str, Any] = {
        name: _set([v for f in several for v in getattr(f, name)]) for name in Features._fields[:_SETS]
    }
    return NOTHING._replace(**fields)


def encode(contribution: Contribution) -> bytes:
    """As a row holds it."""
    return rows.dumps(contribution)


def decode(data: bytes) -> Contribution:
    """What `encode` wrote."""
    return _parse(data)


def _set(values: list[Any]) -> tuple[Any, ...]:
    """Sorted, without doubles and blanks, at most MOST."""
    if not values:
        return ()
    found = {v for v in values if v}
    return tuple(found) if len(found) < _TWO else tuple(sorted(found)[:MOST])
