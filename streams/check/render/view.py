"""What a page of a bundle says, as plain values: strings ready for a reader, in the order of reading.

Every line that comes from a record names its source: agency, system, the agency's own reference, date.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Source:
    """A source record."""

    agency: str
    system: str
    reference: str
    date: str

    def __str__(self) -> str:
        """As it stands behind a line."""
        return " · ".join(part for part in (self.agency, self.system, self.reference, self.date) if part)

    @property
    def short(self) -> str:
        """Where many stand together."""
        return f"{self.agency} {self.reference}"


@dataclass(frozen=True, slots=True)
class Said:
    """Something about the person, and who says so."""

    what: str
    by: str
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who it is."""

    title: str
    names: list[Said]
    births: list[Said]
    identifiers: list[Said]
    addresses: list[Said]
    needs: list[Said]
    sex: str = ""
    erased: int = 0


@dataclass(frozen=True, slots=True)
class Why:
    """A rule that fired."""

    rule: str
    level: str
    text: str
    basis: str
    otherwise: str
    records: list[Source]


@dataclass(frozen=True, slots=True)
class Sign:
    """An indicator in force: a piece of the jigsaw."""

    text: str
    level: str
    agencies: str
    span: str
    through: str = ""


@dataclass(frozen=True, slots=True)
class Tie:
    """Somebody around the person."""

    person: str
    name: str
    relation: str
    since: str
    risks: list[str]
    records: list[Source]


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody whom a record names beside the person: as the record says, whoever that may turn out to be."""

    name: str
    role: str
    born: str
    records: list[Source]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the chronology."""

    when: str
    agency: str
    kind: str
    what: list[str]
    narrative: str
    source: Source
    echo: str = ""
    release: str = ""
    new: bool = False
    key: str = ""
    """The record and its subject: the same line in another version of the bundle."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What an agency holds, and whom to ring."""

    agency: str
    records: int
    first: str
    last: str
    telephone: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and what the agency says."""

    question: str
    text: str


@dataclass(frozen=True, slots=True)
class Worry:
    """A contact: what a referrer says."""

    when: str
    by: str
    danger: str
    worry: str
    said: list[Answer]
    missing: list[str]
    reporter: str = ""
    attachments: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AgencyPart:
    """An agency's return, or the want of one."""

    agency: str
    status: str
    asked: str
    due: str
    answered: str
    by: str
    note: str
    release: str
    answers: list[Answer]
    missing: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step in the check's history."""

    when: str
    who: str
    what: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that differs from an earlier version.

    Attributes:
        section: where it stands.
        how: new, changed or gone (`differences.WORDS`).
        what: what is said now; of what is gone, what was said.
        by: source.
        before: of what changed, what was said before.
    """

    section: str
    how: str
    what: str
    by: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class BundleView:
    """A bundle, ready to be read."""

    check_id: str
    reference: str
    version: int
    made: str
    state: str
    rating: str
    rating_code: str
    kind: str
    reader: str
    scripted: bool
    immediate: list[str]
    subject: Subject
    why: list[Why]
    signs: list[Sign]
    open_to: list[Said]
    last_seen: list[Said]
    circle: list[Tie]
    named: list[Named]
    gaps: list[str]
    chronology: list[Line]
    holdings: list[Holding]
    returns: list[AgencyPart]
    decision: list[str]
    basis: list[str]
    steps: list[Step]
    linked: list[str] = field(default_factory=list)
    worries: list[Worry] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    since: int = 0
    """Earlier version that `differences` compares with; 0 none."""
    differences: list[Difference] = field(default_factory=list)
    marking: str = "OFFICIAL-SENSITIVE"
