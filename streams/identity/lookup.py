"""Looks at identity's rows, folded from its journal, for the command line. Writes nothing and shows no personal data.

Restricted identities are not there for whoever asks here: existence-hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from hub.errors import Skippable
from hub.ids import derived_id
from hub.sealing import Sealer
from hub.secret_files import key_store, pseudonyms
from hub.settings import Settings
from hub.state.api import Store
from hub.topics import topic
from streams.identity import decisions, rows
from streams.identity.core import IdentityCore
from streams.identity.explain import Explanation, explain
from streams.identity.persons import resolve
from streams.identity.reviews import OPEN, reviews_of
from streams.identity.rows import Node, num_at
from streams.identity.stage import model_of

SHORT = 12
"""Digits of a keyed hash that tell it from others at a glance."""


class NotFound(Skippable):
    """No identity, or more than one, answers to that."""

    def __init__(self, what: str) -> None:
        """Name what was asked for: it is a keyed hash."""
        super().__init__(
            what, "Give more of the id; `mash identity review list` shows ids of pairs.", reason="not-found"
        )


class Found(NamedTuple):
    """A source identity and where it stands."""

    partition: int
    number: int
    node: Node


class ReviewLine(NamedTuple):
    """A review as the list shows it."""

    review_id: str
    source_a: str
    source_b: str
    weight: int
    state: str
    partition: int
    proposed: str
    proposed_by: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """Identity's partitions as they stand, each with a core to compare with."""

    stores: tuple[Store, ...]
    cores: tuple[IdentityCore, ...]

    def find(self, asked: str) -> Found:
        """A source identity by its id, or how it begins, or the senior of a person by the person's id.

        Raises:
            NotFound: none, several, or one that is hidden.
        """
        found = [f for at, store in enumerate(self.stores) for f in _matching(at, store, asked)]
        if len(found) != 1:
            raise NotFound(f"{len(found) or 'No'} source identities answer to {asked!r}.")
        return found[0]

    def explain(self, a: Found, b: Found) -> Explanation:
        """Why a pair is joined, or not.

        Raises:
            NotFound: they are of different regions: never compared.
        """
        if a.partition != b.partition or a.node.partnership != b.node.partnership:
            raise NotFound("They belong to different partnerships, and are never compared: together they")
        store = self.stores[a.partition]
        core = self.cores[a.partition]
        result = core.matcher.said_of(store, a.number, b.number)
        decision = decisions.decision_on(store, a.number, b.number)
        conflict = core.persons.conflicts(store).why(a.number, b.number)
        return explain(result, core.model, conflict=conflict, decision=decision.decision if decision else "")

    def members(self, found: Found) -> list[tuple[str, int, bool]]:
        """(source id, assignment, live) of the person that a source identity belongs to; hidden ones left out."""
        store = self.stores[found.partition]
        person = rows.get_person(store, found.node.person)
        nodes = [(rows.get_node(store, n), seq) for n, seq in person.members]
        return [(node.source_id, seq, node.live) for node, seq in nodes if node.restricted == rows.OPEN]

    def person_id(self, found: Found) -> str:
        """Id of the person that a source identity belongs to."""
        return self.cores[found.partition].persons.person_id(self.stores[found.partition], found.node.person)

    def reviews(self, *, state: str = OPEN) -> list[ReviewLine]:
        """All reviews in a state, heaviest first."""
        lines: dict[str, ReviewLine] = {}
        for at, store in enumerate(self.stores):
            for number in sorted({num_at(key, 1) for key, _ in store.scan(b"u")}):
                lines |= {line.review_id: line for line in _lines(at, store, number)}
        return sorted((r for r in lines.values() if r.state == state), key=lambda r: (-r.weight, r.review_id))

    def has_taken(self, partition: int, command_id: str) -> bool:
        """Whether a command has had its effect."""
        return self.stores[partition].get(rows.text_key(b"y", command_id)) is not None


def _lines(partition: int, store: Store, number: int) -> list[ReviewLine]:
    node = rows.get_node(store, number)
    lines = []
    for other, held in reviews_of(store, number).items():
        far = rows.get_node(store, other)
        if rows.OPEN == node.restricted == far.restricted:
            a, b = sorted((node.source_id, far.source_id))
            lines.append(
                ReviewLine(
                    derived_id("review", a, b),
                    a,
                    b,
                    held.weight,
                    held.state,
                    partition,
                    held.proposed,
                    held.proposed_by,
                )
            )
    return lines


def _matching(partition: int, store: Store, asked: str) -> list[Found]:
    whole = rows.number_of(store, asked)
    numbers = [whole] if whole is not None else rows.numbers_like(store, asked)
    if not numbers:
        try:
            resolved = resolve(store, asked)
        except ValueError:
            resolved = None
        numbers = [resolved[0]] if resolved else []
    found = [Found(partition, n, rows.get_node(store, n)) for n in numbers]
    return [f for f in found if f.node.restricted == rows.OPEN]


def open_lookup(settings: Settings) -> Lookup:
    """Fold the identity journal.

    Raises:
        Fatal, Retriable: there is no Kafka, no journal or no key store.
    """
    from hub.kafka.clients import connection  # noqa: PLC0415 - only where Kafka is asked
    from hub.state.read import read_partition  # noqa: PLC0415

    journal = topic("identity-journal")
    name, kafka = journal.full_name(settings.topic_prefix), connection(settings)
    count = journal.partitions(settings.partitions)
    stores = tuple(read_partition(kafka, name, partition).store for partition in range(count))
    names, sealer, model = pseudonyms(settings), Sealer(key_store(settings)), model_of(settings)
    return Lookup(stores, tuple(IdentityCore(names, sealer, model) for _ in stores))
