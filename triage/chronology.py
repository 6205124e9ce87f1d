"""The chronology's filter: by agency, by kind of record, by whom a record names. Pure; the timeline follows it.

An address holds no name: a person stands in it as a token that only this session can tell.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from streams.check.render.view import BundleView, Line

_LETTERS = 16


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person whom records name beside the one that the check is about.

    Attributes:
        token: theirs, in this session.
        name: as the records have it, with the role.
        sources: the records, in words as they stand behind their lines.
    """

    token: str
    name: str
    sources: frozenset[str]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The lines that are wanted, and what to choose from."""

    lines: Sequence[Line]
    agencies: Sequence[str]
    kinds: Sequence[str]
    people: Sequence[Somebody]
    agency: str
    kind: str
    person: str

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the lines, for the timeline."""
        return frozenset(line.key for line in self.lines)

    @property
    def filtered(self) -> bool:
        """Whether anything is left out by choice."""
        return bool(self.agency or self.kind or self.person)


def choose(view: BundleView, query: Mapping[str, str], secret: str) -> Chosen:
    """The chronology as somebody wants it; what is not among the choices leaves all.

    Args:
        view: the bundle.
        query: `agency`, `kind`, `person`.
        secret: of the session.
    """
    people = _people(view, secret)
    agencies = sorted({line.agency for line in view.chronology})
    kinds = sorted({line.kind for line in view.chronology})
    agency = _known(query.get("agency", ""), agencies)
    kind = _known(query.get("kind", ""), kinds)
    person = next((p for p in people if p.token == query.get("person")), None)
    lines = [
        line
        for line in view.chronology
        if (not agency or line.agency == agency)
        and (not kind or line.kind == kind)
        and (person is None or str(line.source) in person.sources)
    ]
    return Chosen(lines, agencies, kinds, people, agency, kind, person.token if person else "")


def _known(value: str, choices: Sequence[str]) -> str:
    return value if value in choices else ""


def _people(view: BundleView, secret: str) -> list[Somebody]:
    """Everybody around whom records tell of, first those of the circle."""
    found: dict[str, tuple[str, set[str]]] = {}
    for tie in view.circle:
        sources = {str(record) for record in tie.records}
        found.setdefault(tie.name, (f"{tie.name}, {tie.relation}", set()))[1].update(sources)
    for named in view.named:
        sources = {str(record) for record in named.records}
        found.setdefault(named.name, (f"{named.name}, {named.role}", set()))[1].update(sources)
    return [
        Somebody(hmac.new(secret.encode(), name.encode(), hashlib.sha256).hexdigest()[:_LETTERS], text, frozenset(of))
        for name, (text, of) in found.items()
        if of
    ]
