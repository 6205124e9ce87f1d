"""Who the check is about, put together from what the agencies say, and what of it may leave: no confidential address.

Used where an agency is asked and where a person reads. An address that one agency marks confidential is withheld
wherever else it stands, for the agency that did not know must not be the one that tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from hub.errors import Skippable
from hub.messages import Identity
from hub.messages.picture import Entry, Snapshot
from hub.messages.record import Address, Operation, Precision, Role
from hub.sealing import Sealer

_T = TypeVar("_T")


class Opened(NamedTuple):
    """An entry with its opened identity; None where it was erased or can't be opened."""

    entry: Entry
    identity: Identity | None
    others: dict[str, Identity]
    """Co-subjects of the record by source identity, as far as they can be opened."""


def open_identities(entries: Iterable[Entry], sealer: Sealer) -> list[Opened]:
    """Each entry with its identity and its co-subjects', as far as keys still exist."""
    return [
        Opened(e, _open(e.source_id, e.identity, sealer), _open_others(e, sealer))
        for e in entries
        if e.operation is Operation.UPSERT
    ]


def _open_others(entry: Entry, sealer: Sealer) -> dict[str, Identity]:
    found = {o.source_id: _open(o.source_id, o.identity, sealer) for o in entry.others}
    return {source_id: identity for source_id, identity in found.items() if identity}


def _open(source_id: str, sealed: bytes, sealer: Sealer) -> Identity | None:
    if not sealed:
        return None
    try:
        return sealer.open(source_id, sealed, Identity)
    except Skippable:
        return None


def confidential(opened: Iterable[Opened]) -> list[Address]:
    """Every address that some agency marks confidential or a refuge, for the person or for somebody beside them."""
    identities = [i for o in opened for i in (o.identity, *o.others.values()) if i]
    return [a for i in identities for a in i.addresses if a.confidential or a.refuge]


def address_keys(address: Address) -> set[str]:
    """What makes two addresses the same: UPRN, or postcode with the first line."""
    keys = {f"uprn:{address.uprn.lstrip('0')}"} if address.uprn else set()
    if address.postcode and address.lines:
        keys.add(f"post:{_squeeze(address.postcode)}:{_squeeze(address.lines[0])}")
    elif address.lines:
        keys.add(f"lines:{_squeeze(' '.join(address.lines))}")
    return keys


def _squeeze(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def keys_of(addresses: Iterable[Address]) -> set[str]:
    """Keys of all of them."""
    return {key for address in addresses for key in address_keys(address)}


def may_show(address: Address, withheld: set[str]) -> bool:
    """Whether an address may be shown at all."""
    return not (address.confidential or address.refuge or address_keys(address) & withheld)


def card(picture: Snapshot, sealer: Sealer, told: Iterable[Identity] = (), *, addresses: bool = True) -> Identity:
    """What an agency needs to find the person; of addresses only those that may be told.

    Args:
        picture: as it stands.
        sealer: opens its identities.
        told: identities as referrers gave them: a contact is asked about before its record was matched.
        addresses: False for an agency that works with those who may have harmed the person.
    """
    opened = open_identities(picture.entries, sealer)
    found = [*(o.identity for o in opened if o.identity), *told]
    withheld = keys_of([*confidential(opened), *(a for i in told for a in i.addresses if a.confidential or a.refuge)])
    shown = [a for i in found for a in i.addresses if may_show(a, withheld)] if addresses else []
    births = [i.birth for i in found if i.birth and i.birth.precision is not Precision.PLACEHOLDER]
    return Identity(
        names=_distinct([n for i in found for n in i.names]),
        birth=max(births, key=births.count, default=None),
        sex=next((i.sex for i in found if i.sex), ""),
        identifiers=_distinct([n for i in found for n in i.identifiers]),
        addresses=_distinct(shown),
        language=next((i.language for i in found if i.language), ""),
        communication_need=next((i.communication_need for i in found if i.communication_need), ""),
        safe_contact="; ".join(_distinct([i.safe_contact for i in found if i.safe_contact])),
    )


class Mother(NamedTuple):
    """Of an unborn child: who she is, and the agency that says so ('' a referrer without one)."""

    identity: Identity
    agency: str


def mother_of(picture: Snapshot, sealer: Sealer) -> Mother | None:
    """The mother whom the records of an unborn child name: the only way to find the child. No confidential address.

    She is who a stated relationship says is the mother, else a woman among the parents, else the only parent who may be
    one. Where that leaves two, none is named: agencies would look for a father under the mother's name.
    """
    opened = open_identities(picture.entries, sealer)
    withheld = keys_of(confidential(opened))
    said = {
        picture.circle_members[e.person_id]: e.relation
        for e in picture.circle
        if e.kind == "relationship" and e.person_id in picture.circle_members
    }
    for one in opened:
        parents = {co.source_id for co in one.entry.others if co.role is Role.PARENT}
        found = _mother_among({s: i for s, i in one.others.items() if s in parents}, said)
        if found is not None:
            shown = [a for a in found.addresses if may_show(a, withheld)]
            return Mother(found.model_copy(update={"addresses": shown}), one.entry.agency)
    return None


def _mother_among(parents: dict[str, Identity], said: dict[str, str]) -> Identity | None:
    stated = [i for source_id, i in parents.items() if said.get(source_id) == "mother"]
    women = [i for i in parents.values() if i.sex == "F"]
    others = [
        i for source_id, i in parents.items() if i.sex != "M" and said.get(source_id) in {None, "mother", "parent"}
    ]
    return next((found[0] for found in (stated, women, others) if len(found) == 1), None)


def _distinct(items: Sequence[_T]) -> list[_T]:
    kept: list[_T] = []
    for item in items:
        if item not in kept:
            kept.append(item)
    return kept
