"""What a report on fairness compares: sex, age, ethnicity, disability, area, as records say. Counts only leave here.

Nothing of this is ever seen by a rule, and no rule may ask for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final

from hub.avro import decode
from hub.keystore import Erased
from hub.messages import Identity, SealedRecord, SubjectContent
from hub.messages.record import Operation
from hub.messages.sealed import SealedSubject
from hub.sealing import Sealer
from hub.state.headers import micros
from streams.picture.evidence import birth_text
from streams.picture.rules.look import Person, person_of

NOT_RECORDED: Final = "not recorded"
TRAITS: Final = ("ethnicity", "sex", "age", "disability", "area")
AGES: Final = ((1, "under 1"), (5, "1 to 4"), (10, "5 to 9"), (16, "10 to 15"), (18, "16 and 17"))
"""Bands of the DfE's children in need statistics."""
_DISABILITY: Final = ("disability.", "unmapped.disability")
_SEX: Final = {"F": "female", "M": "male", "X": "other or indeterminate"}

ETHNIC_GROUPS: Final = {
    "white": "White", "mixed": "Mixed or multiple", "asian": "Asian or Asian British",
    "black": "Black, Black British, Caribbean or African", "other": "Other ethnic group",
}  # fmt: skip
"""The five groups of ONS' Census 2021, which all code sets map to."""
_NHS: Final = dict.fromkeys("ABC", "white") | dict.fromkeys("DEFG", "mixed") | dict.fromkeys("HJKLR", "asian") | dict.fromkeys("MNP", "black") | {"S": "other"}  # fmt: skip  # noqa: E501
"""NHS Data Dictionary, ethnic category code 2001 (R Chinese counts as Asian, as in the census)."""
_FIRST_LETTER: Final = {"W": "white", "M": "mixed", "A": "asian", "B": "black", "O": "other", "C": "asian"}
"""First letter of DfE's main codes (WBRI, AIND, CHNE ...) and of the police's 16+1 (W1, A3, O9 ...)."""
_REFUSED: Final = ("NOBT", "REFU", "NS", "Z", "X", "99")


def ethnic_group(code: str) -> str:
    """Group of a code of the NHS, the DfE or the police; NOT_RECORDED for none, refused or unknown."""
    plain = code.strip().upper()
    if not plain or plain.startswith(_REFUSED):
        return NOT_RECORDED
    name = _NHS.get(plain) if len(plain) == 1 else _FIRST_LETTER.get(plain[0])
    return ETHNIC_GROUPS[name] if name else NOT_RECORDED


def age_band(person: Person, at: int) -> str:
    """Band of the age at a time (microseconds)."""
    age = person.age(at)
    if age is None:
        return NOT_RECORDED
    if person.subject(at) == "unborn":
        return "unborn"
    return next((name for limit, name in AGES if age < limit), "18 and over")


@dataclass(slots=True)
class _Said:
    """What one source identity's records say; the newest that says something holds. Restricted: existence-hidden."""

    sex: str = ""
    ethnicity: str = ""
    area: str = ""
    birth: str = ""
    disabled: bool = False
    restricted: bool = False
    roles: set[str] = field(default_factory=set)
    outcomes: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Someone:
    """One person of the history.

    Attributes:
        traits: trait -> group, NOT_RECORDED where no record says.
        child: under 18, or unborn, on the last day.
        outcomes: when help or protection began, microseconds, sorted.
    """

    traits: dict[str, str]
    child: bool
    outcomes: tuple[int, ...]


class TraitBook:
    """Collects what records say of source identities, while they are played.

    Args:
        sealer: opens them.
        outcomes: fact codes that count as help or protection.
    """

    def __init__(self, sealer: Sealer, outcomes: Iterable[str]) -> None:
        """See the class."""
        self._sealer = sealer
        self._outcomes = frozenset(outcomes)
        self._said: dict[str, _Said] = {}
        self._known: dict[str, bytes] = {}
        self._of_record: dict[str, tuple[str, ...]] = {}

    def read(self, value: bytes) -> None:
        """Take a message of the records topic; decisions of people say nothing here."""
        message = decode(value)
        if isinstance(message, SealedRecord):
            happened = message.occurred_at or message.recorded_at or message.received_at
            for subject in message.subjects:
                self._subject(subject, happened)
            self._hide(message)

    def _hide(self, message: SealedRecord) -> None:
        """Whoever a restricted record is about must not show even in a count, whichever record says so when."""
        sources = self._of_record.setdefault(message.record_id, tuple(s.source_id for s in message.subjects))
        whole = message.operation is Operation.RESTRICT
        hidden = {s.source_id for s in message.subjects if s.restricted or whole}
        for source in (*hidden, *(sources if whole else ())):
            self._said[source].restricted = True

    def helped(self, source_id: str, at: datetime) -> None:
        """Help or protection began, by another source than a record."""
        self._said.setdefault(source_id, _Said()).outcomes.append(micros(at))

    def _subject(self, subject: SealedSubject, happened: datetime) -> None:
        said = self._said.setdefault(subject.source_id, _Said())
        said.roles.add(subject.role.value)
        try:
            if subject.identity and self._known.get(subject.source_id) != subject.identity_hash:
                self._known[subject.source_id] = subject.identity_hash
                self._identity(said, self._sealer.open(subject.source_id, subject.identity, Identity))
            if subject.content:
                content = self._sealer.open(subject.source_id, subject.content, SubjectContent)
                for fact in content.facts:
                    said.disabled |= fact.code.startswith(_DISABILITY)
                    if fact.code in self._outcomes:
                        said.outcomes.append(micros(fact.at or happened))
        except Erased:
            return

    @staticmethod
    def _identity(said: _Said, identity: Identity) -> None:
        said.sex = _SEX.get(identity.sex, said.sex)
        said.ethnicity = identity.ethnicity or said.ethnicity
        said.birth = (birth_text(identity.birth) if identity.birth else "") or said.birth
        home = next((a.postcode for a in identity.addresses if a.postcode and not (a.confidential or a.refuge)), "")
        said.area = home.split(" ", maxsplit=1)[0] or said.area

    def people(self, members: Iterable[tuple[str, ...]], last: date) -> list[tuple[tuple[str, ...], Someone]]:
        """Every person with members, as known on the last day; of a restricted one, what others than that say."""
        at = micros(datetime.combine(last, time(), UTC))
        open_ones = (tuple(s for s in sources if not self._hidden(s)) for sources in members)
        return [(sources, self._someone(sources, at)) for sources in open_ones if sources]

    def _hidden(self, source_id: str) -> bool:
        return source_id in self._said and self._said[source_id].restricted

    def _someone(self, sources: tuple[str, ...], at: int) -> Someone:
        said = [self._said[s] for s in sources if s in self._said]
        births: dict[str, int] = {}
        for one in said:
            if one.birth:
                births[one.birth] = births.get(one.birth, 0) + 1
        person = person_of(births, {role: 1 for one in said for role in one.roles})
        groups = (ethnic_group(one.ethnicity) for one in said)
        traits = {
            "sex": next((one.sex for one in said if one.sex), NOT_RECORDED),
            "age": age_band(person, at),
            "ethnicity": next((group for group in groups if group != NOT_RECORDED), NOT_RECORDED),
            # A record without a disability says nothing: absence is "not recorded", never "none".
            "disability": "recorded" if any(one.disabled for one in said) else NOT_RECORDED,
            "area": next((one.area for one in said if one.area), NOT_RECORDED),
        }
        outcomes = sorted({at for one in said for at in one.outcomes})
        return Someone(traits, person.subject(at) != "adult", tuple(outcomes))
