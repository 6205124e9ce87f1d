"""What the identity tests are written with: people plainly made up, records of them, and a core over rows in memory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from hub.errors import Skippable
from hub.ids import Pseudonyms, birth_id
from hub.keys_in_memory import MemoryKeys
from hub.messages import (
    AgencyRecord,
    Circle,
    Erasure,
    IdentityCommand,
    Membership,
    Reassigned,
    SealedRecord,
    SubjectFacts,
)
from hub.messages.erasure import ErasureState
from hub.messages.record import (
    Address,
    BirthDate,
    Identifier,
    Identity,
    Name,
    Operation,
    Precision,
    Relationship,
    Role,
    SameAs,
    Subject,
    Whence,
)
from hub.sealing import Sealer, seal_record
from hub.state.memory import MemoryStore, MemoryTurnDriver
from streams.identity.core import IdentityCore

DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
PSEUDONYMS = Pseudonyms(bytes(32), "testshire")


def nhs(serial: int) -> str:
    """A valid number of the 999 test range; serials whose check digit would be ten are passed over."""
    found, number = -1, 999_000_000
    while True:
        digits = f"{number}"
        check = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            found += 1
            if found == serial:
                return f"{digits}{check % 11}"
        number += 1


def who(
    given: str = "",
    family: str = "",
    born: str = "",
    *,
    at: str = "12 Mill Lane|ZE9 9AA",
    nhs_number: str = "",
    phone: str = "",
    precision: Precision = Precision.DAY,
    **more: Any,
) -> Identity:
    """An identity; `at` is line|postcode."""
    line, _, postcode = at.partition("|")
    return Identity(
        names=[Name(given=given, family=family)] if given or family else [],
        birth=BirthDate(value=born, precision=precision) if born else None,
        addresses=more.pop("addresses", [Address(lines=[line], postcode=postcode)] if at else []),
        identifiers=more.pop("identifiers", [])
        + ([Identifier(scheme="nhs_number", value=nhs_number)] if nhs_number else []),
        telephones=[phone] if phone else [],
        **more,
    )


def subject(ref: str, identity: Identity, *, local: str = "", role: Role = Role.CHILD, restricted: str = "") -> Subject:
    return Subject(ref=ref, role=role, local_person_id=local, identity=identity, restricted=restricted)


class World:
    """A core over rows in memory, with the senders' side."""

    def __init__(self, *, keys: MemoryKeys | None = None, store: MemoryStore | None = None, **core: Any) -> None:
        self.keys = keys or MemoryKeys()
        self.sealer = Sealer(self.keys)
        self.driver = MemoryTurnDriver(IdentityCore(PSEUDONYMS, self.sealer, **core), store=store)

    @property
    def core(self) -> IdentityCore:
        core = self.driver.core
        assert isinstance(core, IdentityCore)
        return core

    @property
    def store(self) -> MemoryStore:
        return self.driver.store

    def record(
        self,
        local_id: str,
        *subjects: Subject,
        agency: str = "health",
        ties: Iterable[tuple[str, str, str]] = (),
        merges: Iterable[SameAs] = (),
        operation: Operation = Operation.UPSERT,
        version: int = 1,
        recorded: datetime = DAY,
        **more: Any,
    ) -> SealedRecord:
        """A sealed record of the agency's one system."""
        plain = AgencyRecord(
            partnership=more.pop("partnership", "testshire"),
            agency=agency,
            system="main",
            local_id=local_id,
            operation=operation,
            version=version,
            kind=more.pop("kind", f"{agency}.contact"),
            recorded_at=recorded,
            received_at=DAY,
            subjects=list(subjects),
            relationships=[Relationship(subject=a, kind=k, of=b) for a, k, b in ties],
            merges=list(merges),
            whence=Whence(connector="test", position="1"),
            **more,
        )
        return seal_record(plain, PSEUDONYMS, self.sealer)

    def plain(self, local_id: str, identity: Identity) -> AgencyRecord:
        """A record in clear of one person."""
        return AgencyRecord(
            partnership="testshire",
            agency="health",
            system="main",
            local_id=local_id,
            kind="health.contact",
            received_at=DAY,
            subjects=[subject("p", identity)],
            whence=Whence(connector="test", position="1"),
        )

    def mention(self, local: str, identity: Identity, *, agency: str = "health", **more: Any) -> SealedRecord:
        """A record `r-<local>` of one person whom the agency knows by `local`."""
        restricted = more.pop("restricted", "")
        one = subject("p", identity, local=local, restricted=restricted)
        return self.record(f"r-{local}", one, agency=agency, **more)

    def feed(self, *messages: Any, batch: int | None = None) -> list[Any]:
        sent: list[Any] = []
        for run in _runs(messages):
            sent += self.driver.feed(*run, batch=batch)
            self.end_erasures()
        assert not self.driver.rejects, self.driver.rejects
        return sent

    def pending(self) -> dict[str, str]:
        """Erasures that identity waits for, by the name of the key."""
        marks = [(key[1:].decode(), value.decode().split(" ")) for key, value in self.store.scan(b"E")]
        return {name: erasure_id for name, (erasure_id, state) in marks if state == "asked"}

    def end_erasures(self) -> None:
        """Be the eraser: say that the keys are gone."""
        for name, erasure_id in self.pending().items():
            done = Erasure(
                erasure_id=erasure_id, partnership="testshire", source_id=name, state=ErasureState.DONE, keys=[name],
                at=DAY,
            )  # fmt: skip
            self.driver.feed(done)

    def decide(
        self, a: str, b: str, decision: str, *, command: str = "c1", at: datetime = DAY, **more: Any
    ) -> list[Any]:
        message = IdentityCommand(
            command_id=command,
            partnership="testshire",
            source_a=a,
            source_b=b,
            decision=decision,
            actor=more.pop("actor", "s.tester"),
            at=at,
            **more,
        )
        return self.feed(message)

    def source(self, local: str, agency: str = "health") -> str:
        return PSEUDONYMS.source_id(agency, "main", local)

    def person(self, source_id: str) -> str:
        """The person of a source identity, as the last messages on topic facts have it."""
        for message in reversed(self.assigned()):
            if message.source_id == source_id:
                return message.person_id
        raise AssertionError("never assigned")

    def of(self, local: str, agency: str = "health") -> str:
        return self.person(self.source(local, agency))

    def together(self, *locals_: str) -> bool:
        """Whether these (local, or agency/local) are one person."""
        return len({self._of_path(p) for p in locals_}) == 1

    def _of_path(self, path: str) -> str:
        agency, _, local = path.rpartition("/")
        return self.of(local, agency or "health")

    def partition(self) -> set[frozenset[str]]:
        """Live members by person, as the last Membership of each has it."""
        last: dict[str, Membership] = {}
        for message in self.driver.sent("persons"):
            if isinstance(message, Membership):
                last[message.person_id] = message
        return {frozenset(m.source_id for m in said.members) for said in last.values() if said.members}

    def circle(self, person_id: str) -> Circle | None:
        said = [m for m in self.driver.sent("persons") if isinstance(m, Circle) and m.person_id == person_id]
        return said[-1] if said else None

    def reviews(self) -> dict[str, Any]:
        """Review id -> its last message."""
        return {m.review_id: m for m in self.driver.sent("reviews")}

    def assigned(self) -> list[SubjectFacts | Reassigned]:
        """What was said of whose source identities are."""
        return [m for m in self.driver.sent("facts") if isinstance(m, SubjectFacts | Reassigned)]

    def facts(self) -> list[SubjectFacts]:
        return [m for m in self.driver.sent("facts") if isinstance(m, SubjectFacts)]


def _runs(messages: Iterable[Any]) -> list[list[Any]]:
    """Runs of messages, each but the last with an erase record at its end."""
    runs: list[list[Any]] = [[]]
    for message in messages:
        runs[-1].append(message)
        if isinstance(message, SealedRecord) and message.operation is Operation.ERASE:
            runs.append([])
    return [run for run in runs if run]


__all__ = ["DAY", "PSEUDONYMS", "Address", "Skippable", "World", "birth_id", "nhs", "subject", "who"]
