"""What a picture costs in the core: updates a second, a person with many records, a pack with many rules.

    python -m bench.pictures [--persons 2000]

An update is one record put to a person and all that follows: evidence, rules, summary, proposal. CPU time, rows in
memory, no Kafka; each case in turns with the one it is compared with, so that both meet the same machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from hub import collector
from hub.avro import encode
from hub.messages import FactPut, Identity, Membership, SubjectContent, Tick
from hub.messages.identity import Member
from hub.messages.picture import Entry
from hub.messages.record import BirthDate, Fact, Operation, Role, Terms
from hub.state.api import MessageMeta
from hub.state.batch import Inbound, run_batch
from hub.state.memo import Memo
from hub.state.memory import MemoryStore
from hub.state.rows import BatchStore
from packs import HERE as PACKS
from streams.picture.evidence import EvidenceBox
from streams.picture.person_core import PersonCore
from streams.picture.rules.engine import Engine, engine_of, load_engine
from streams.picture.rules.load import load_pack
from streams.picture.rules.pack import Indicator, RulePack
from streams.picture.stories import box_in_memory

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BATCH = 500
ROUNDS = 3
"""Of each case; the quickest counts: others on the machine only ever make it slower."""
CODES = ("da.incident", "concern.injury", "notice.child", "missing.episode", "school.exclusion")
CHILDHOOD = 18 * 365
"""Days over which a child's records lie; 37 has no factor in common with it, so that every day has its turn."""
FEW, MANY = 20, 20_000
DENSE = FEW / MANY
"""Part of a childhood in which the few lie as densely as the many do: rules look at what lies in their windows."""
ONE_BY_ONE = 100
"""Updates of each round that come in a batch of their own, as they do for a person of whom much is heard."""
YESTERDAY = 0.0
"""Part of a childhood in which a record lies that every rule's window reaches; an update's own is 38 days old."""
FEW_RULES, MANY_RULES = 50, 500
PACK: Path = PACKS / "rules" / "default.yaml"


@dataclass
class Stage:
    """The person stage on rows in memory."""

    engine: Engine
    box: EvidenceBox

    def __post_init__(self) -> None:
        """Begin empty."""
        self._core = PersonCore(self.engine, self.box)
        self.rows, self._memo, self._offset = MemoryStore(), Memo(), 0
        self.feed([encode(Tick(at=NOW))])

    def feed(self, values: Sequence[bytes], size: int = BATCH) -> float:
        """Handle messages in batches; CPU seconds that it took."""
        taken = 0.0
        for start in range(0, len(values), size):
            inbound = [self._inbound(value) for value in values[start : start + size]]
            begun = time.process_time()
            result = run_batch(self._core, BatchStore(self.rows, self._memo), NOW, inbound)
            taken += time.process_time() - begun
            if result.rejects:
                raise RuntimeError(f"set aside: {result.rejects[0].detail}")
        return taken

    def _inbound(self, value: bytes) -> Inbound:
        self._offset += 1
        return Inbound(MessageMeta("persons", 0, self._offset, NOW), None, value)


def put(box: EvidenceBox, person: int, number: int, held: int, within: float = 1.0) -> bytes:
    """One record of a child with one fact, of any day of a childhood, or of its newest part."""
    source, at = f"{person:032x}", NOW - timedelta(days=1 + number * 37 % CHILDHOOD * within)
    entry = Entry(
        source_id=source,
        record_id=f"{person:08x}{number:024x}",
        ref="child-1",
        role=Role.CHILD,
        agency=("police", "education", "health", "social_care")[number % 4],
        system="bench",
        operation=Operation.UPSERT,
        version=1,
        kind="bench",
        occurred_at=at,
        received_at=at,
        identity=box.sealer.seal(source, Identity(birth=BirthDate(value="2018-04-02"))),
        content=box.sealer.seal(source, SubjectContent(facts=[Fact(code=CODES[number % len(CODES)])])),
        terms=Terms(),
    )
    return encode(FactPut(partnership="p", person_id=f"person-{person}", assignment_seq=1, held=held, entry=entry))


def membership(person: int) -> bytes:
    """A person of one source identity."""
    members = [Member(source_id=f"{person:032x}", assignment_seq=1)]
    return encode(Membership(partnership="p", person_id=f"person-{person}", seq=1, members=members))


def known(stage: Stage, persons: int, records: int, within: float = 1.0) -> None:
    """Persons whose pictures are settled, with so many records each."""
    stage.feed([membership(person) for person in range(persons)])
    for person in range(persons):
        stage.feed([put(stage.box, person, n, records, within) for n in range(records)])


def updates(stage: Stage, persons: int, records: int, within: float = 1.0) -> float:
    """CPU microseconds an update: one more record of each person, all of them in batches of `BATCH`."""
    values = [put(stage.box, person, records, records + 1, within) for person in range(persons)]
    return stage.feed(values) / persons * 1e6


def one_by_one(stage: Stage, people: range, records: range, within: float = 1.0) -> float:
    """CPU microseconds an update, each in a batch of its own: records with these numbers, of these persons in turn."""
    values = [put(stage.box, person, n, n + 1, within) for n in records for person in people]
    return stage.feed(values, size=1) / len(values) * 1e6


def of_rules(count: int) -> Engine:
    """A pack of so many indicators: those of the default pack, again and again under other ids."""
    pack: RulePack = load_pack(PACK).pack
    made: list[Indicator] = []
    while len(made) < count:
        for rule in pack.indicators[: count - len(made)]:
            letters, digits = divmod(len(made), 100)
            made.append(rule.model_copy(update={"id": f"B{chr(65 + letters)}{digits:02d}", "replaces": []}))
    return engine_of(pack.model_copy(update={"indicators": made}))


def side_by_side(cases: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The quickest of `ROUNDS` of each, taken in turns."""
    best = dict.fromkeys(cases, float("inf"))
    for _ in range(ROUNDS):
        for name, case in cases.items():
            best[name] = min(best[name], case())
    return best


def main(persons: Annotated[int, typer.Option(help="Persons updated in a round.")] = 2_000) -> None:
    """Print the three figures."""
    collector.tune()
    box, default = box_in_memory(), load_engine(PACK)

    def updated(within: float = 1.0) -> Callable[[], float]:
        def case() -> float:
            stage = Stage(default, box)
            known(stage, persons, 1)
            return updates(stage, persons, 1, within)

        return case

    def with_records(persons: int, records: int, within: float = 1.0) -> Callable[[], float]:
        stage, each = Stage(default, box), ONE_BY_ONE // persons
        known(stage, persons, records, within)
        reached = iter(range(records, records + ROUNDS * each))

        def case() -> float:
            begin = next(reached)
            rest = [next(reached) for _ in range(each - 1)]
            return one_by_one(stage, range(persons), range(begin, begin + len(rest) + 1), within)

        return case

    def with_rules(count: int) -> Callable[[], float]:
        engine = of_rules(count)

        def case() -> float:
            stage = Stage(engine, box)
            known(stage, persons // 4, 1)
            return updates(stage, persons // 4, 1)

        return case

    found = side_by_side(
        {
            "update": updated(),
            "raises a rule": updated(YESTERDAY),
            f"{FEW} records": with_records(ONE_BY_ONE, FEW),
            f"{FEW} as dense": with_records(ONE_BY_ONE, FEW, DENSE),
            f"{MANY} records": with_records(1, MANY),
            f"{FEW_RULES} rules": with_rules(FEW_RULES),
            f"{MANY_RULES} rules": with_rules(MANY_RULES),
        }
    )
    for name, micros in found.items():
        print(f"{name:14} {micros:8.0f} us an update  {1e6 / micros:8,.0f} a second")
    for few in (f"{FEW} records", f"{FEW} as dense"):
        print(f"{MANY:,} records cost {found[f'{MANY} records'] / found[few]:.2f} times {few}")
    print(f"{MANY_RULES} rules cost {found[f'{MANY_RULES} rules'] / found[f'{FEW_RULES} rules']:.2f} times {FEW_RULES}")


if __name__ == "__main__":
    typer.run(main)
