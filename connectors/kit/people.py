"""Persons as agencies describe them: placeholder names, relatives as subjects of a record. No field of any format.

A relative without an id of its own gets a source identity from whose relative it is, in what way, and name and birth
date, so that the order in which a source lists relatives means nothing (architecture: never an array index).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from hub.messages.record import Identity, Name, NameKind, Relationship, Role, Subject

_PLACEHOLDER = re.compile(
    r"(?:unknown|not known|unnamed|un-named|no name|unborn|anonymous|tba|n/?k|infant|newborn"
    r"|(?:male|female|baby|unborn)(?: (?:boy|girl|male|female|infant|child|baby))*"
    r"|(?:baby |unborn )?(?:twin|triplet)[ -]?(?:[a-d]|one|two|three|i{1,3}|[1-4])?"
    r"|(?:baby|infant|unborn)(?: (?:of|boy|girl|male|female))?(?: \S+)?)",
    re.IGNORECASE,
)
"""Given names that hospitals and councils write until there is one: Baby, Baby Girl, Twin A, Unborn Baby Smith."""

_WORDS = {
    "mother": "mother mum mummy mam mth mthr birth-mother natural-mother biological-mother",
    "father": "father dad daddy fth fthr birth-father natural-father biological-father",
    "parent": "parent par prn adoptive-parent adp natural-parent",
    "step_parent": "step-parent stp step-mother step-father stepmother stepfather stepparent step-mum step-dad",
    "parents_partner": "parents-partner parent's-partner mother's-partner mothers-partner father's-partner"
    " fathers-partner",
    "carer": "carer guardian grd cgv care-giver caregiver foster-parent foster-carer foster-mother foster-father fcr"
    " kinship-carer legal-guardian special-guardian",
    "sibling": "sibling sib brother sister bro sis twin",
    "half_sibling": "half-sibling half-brother half-sister step-brother step-sister stepbrother stepsister",
    "grandparent": "grandparent grp grandmother grandfather gran nan grandad gp-grandparent grn grm grf",
    "relative": "relative aunt uncle cousin ext family other-family-member other-relative fam extended-family",
    "partner": "partner spouse spo husband wife dom civil-partner hus wif cohabitee boyfriend girlfriend",
    "ex_partner": "ex-partner ex-husband ex-wife former-partner former-spouse",
    "household": "household household-member lodger housemate",
    "peer": "peer friend fnd frd",
    "child": "child chd fch son daughter dau nch natural-child step-child sch foster-child dep",
}  # fmt: skip
_KINDS = {word.replace("-", " "): kind for kind, words in _WORDS.items() for word in words.split()}
_ROLES = {
    "mother": Role.PARENT, "father": Role.PARENT, "parent": Role.PARENT, "step_parent": Role.PARENT,
    "parents_partner": Role.CARER, "carer": Role.CARER, "sibling": Role.SIBLING, "half_sibling": Role.SIBLING,
    "household": Role.HOUSEHOLD, "peer": Role.PEER, "child": Role.CHILD,
}  # fmt: skip
_PARENT_BY_SEX = {"F": "mother", "M": "father"}


def name(
    given: str,
    family: str,
    kind: NameKind = NameKind.CURRENT,
    *,
    title: str = "",
    since: str | None = None,
    until: str | None = None,
) -> Name | None:
    """A name; None where both halves are empty. A current name that is only a placeholder is marked as one."""
    given, family = " ".join(given.split()), " ".join(family.split())
    if not given and not family:
        return None
    if kind is NameKind.CURRENT and is_placeholder(given, family):
        kind = NameKind.PLACEHOLDER
    return Name(kind=kind, given=given, family=family, title=title, since=since, until=until)


@lru_cache(maxsize=4096)
def is_placeholder(given: str, family: str) -> bool:
    """Whether a name stands for one that is not known yet."""
    return bool(_PLACEHOLDER.fullmatch(given or family))


@lru_cache(maxsize=1024)
def relationship_kind(text: str) -> str:
    """The kind of `Relationship` that a word or HL7 code means (`MTH`, `Mum`, `step mother`); '' if none is known."""
    word = re.sub(r"[\s_\-]+", " ", text.strip().lower())
    return _KINDS.get(word, "")


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody related to the person whom a record is about.

    Attributes:
        kind: what the relative is to the person: a kind of `Relationship`, or `child` (the person is then the parent).
        identity: who.
        local_person_id: the system's id of the relative, '' if it gives none.
        role: where the record says more than the kind does.
    """

    kind: str
    identity: Identity
    local_person_id: str = ""
    role: Role | None = None


def with_relatives(person: Subject, relatives: list[Relative]) -> tuple[list[Subject], list[Relationship]]:
    """The person and the relatives as subjects, and how they are related. The order of `relatives` means nothing."""
    subjects, relationships = [person], []
    counts: Counter[str] = Counter()
    for relative in sorted({_sort_key(r): r for r in relatives}.items()):
        kin = relative[1]
        counts[kin.kind] += 1
        ref = kin.kind if counts[kin.kind] == 1 else f"{kin.kind}-{counts[kin.kind]}"
        role = kin.role or _ROLES.get(kin.kind, Role.OTHER)
        known = kin.local_person_id or _kin_id(person, kin)
        subjects.append(Subject(ref=ref, role=role, local_person_id=known, identity=kin.identity))
        if kin.kind == "child":
            parent = _PARENT_BY_SEX.get(person.identity.sex, "parent")
            relationships.append(Relationship(subject=person.ref, kind=parent, of=ref))
        else:
            relationships.append(Relationship(subject=ref, kind=kin.kind, of=person.ref))
    return subjects, relationships


def _sort_key(relative: Relative) -> tuple[str, ...]:
    identity = relative.identity
    names = sorted(f"{n.family}|{n.given}" for n in identity.names)
    numbers = sorted(f"{i.scheme}:{i.value}" for i in identity.identifiers)
    birth = identity.birth.value if identity.birth else ""
    return (relative.kind, birth, *names, relative.local_person_id, *numbers, *identity.telephones)


def _kin_id(person: Subject, relative: Relative) -> str:
    """A stable source identity for a relative without an id; '' where there is nothing to make one of."""
    names = sorted(f"{n.family} {n.given}".casefold().strip() for n in relative.identity.names)
    birth = relative.identity.birth.value if relative.identity.birth else ""
    if not person.local_person_id or not (names or birth):
        return ""
    return "/".join((person.local_person_id, relative.kind, names[0] if names else "", birth))
