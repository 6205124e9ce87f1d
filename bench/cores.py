"""What each core costs a record, without Kafka: bytes in, bytes out, rows in memory. Where the pipeline's time goes.

    python -m bench.cores COUNTY [--profile identity]

COUNTY is a folder that `python -m bench.county` wrote.
"""

from __future__ import annotations

import cProfile
import pstats
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bench.county.feed import read_plan
from connectors.kit.api import Context, Unreadable
from connectors.kit.outcomes import outcomes
from connectors.registry import HEAD_BYTES, recognise
from hub import collector
from hub.avro import encode
from hub.ids import Pseudonyms
from hub.keystore import SqliteKeyStore
from hub.messages import AgencyRecord, Tick
from hub.sealing import Sealer, key_names, seal_record
from hub.state.api import Core, MessageMeta
from hub.state.batch import Inbound, run_batch
from hub.state.memo import Memo
from hub.state.memory import MemoryStore
from hub.state.rows import BatchStore
from packs import HERE as PACKS
from streams.identity.core import IdentityCore
from streams.identity.model import shipped_model
from streams.picture.evidence import EvidenceBox
from streams.picture.facts_core import FactsCore
from streams.picture.person_core import PersonCore
from streams.picture.rules.engine import load_engine

BATCH = 500
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Bench:
    """Times each step, and profiles one."""

    profiled: str = ""
    profile: cProfile.Profile = field(default_factory=cProfile.Profile)
    seconds: dict[str, float] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)


def timed(bench: Bench, name: str, count: int, work: Callable[[], list[bytes]]) -> list[bytes]:
    """Run a step and note its CPU time."""
    if bench.profiled == name:
        bench.profile.enable()
    start = time.process_time()
    result = work()
    bench.seconds[name] = time.process_time() - start
    bench.taken[name] = count
    if bench.profiled == name:
        bench.profile.disable()
    return result


def translated(county: Path) -> list[AgencyRecord]:
    """All records of the county's files, in the order of feeding."""
    found: list[AgencyRecord] = []
    for item in read_plan(county):
        path = county / item.path
        with path.open("rb") as stream:
            try:
                fmt = recognise(stream.read(HEAD_BYTES), path.name)
            except Unreadable:
                continue
            stream.seek(0)
            context = Context("bench", fmt.system, NOW, NOW)
            for outcome in outcomes(fmt, stream, context):
                found += outcome.records
    return found


def _into(records: list[AgencyRecord], found: list[AgencyRecord]) -> list[bytes]:
    records.extend(found)
    return []


def run_core(core: Core, values: Sequence[bytes], into: dict[str, list[bytes]]) -> list[bytes]:
    """Feed a core in batches; outputs by topic, encoded as they would travel."""
    store, memo, now, offset = MemoryStore(), Memo(), NOW, 0
    for start in range(0, len(values), BATCH):
        inbound = []
        for value in values[start : start + BATCH]:
            inbound.append(Inbound(MessageMeta(core.input_topic, 0, offset, NOW), None, value))
            offset += 1
        rows = BatchStore(store, memo)
        result = run_batch(core, rows, now, inbound)
        now = result.now
        into.setdefault(f"{core.name}-journal", []).extend(v or b"" for v in rows.changes.values())
        for output in result.outputs:
            into.setdefault(output.topic, []).append(output.value)
        for reject in result.rejects:
            into.setdefault("rejects", []).append(reject.reason.encode())
    return []


def main(
    county: Annotated[Path, typer.Argument(help="Folder of a county.")],
    profile: Annotated[str, typer.Option(help="Profile one step: translate | seal | identity | facts | person.")] = "",
) -> None:
    """Print microseconds of CPU a record, step by step."""
    collector.tune()
    bench, names = Bench(profile), Pseudonyms(b"bench", "bench")
    keys = SqliteKeyStore(Path(tempfile.mkdtemp()) / "keys.sqlite", b"k" * 32)
    sealer, sent = Sealer(keys), dict[str, list[bytes]]()
    records: list[AgencyRecord] = []
    timed(bench, "translate", 0, lambda: _into(records, translated(county)))
    count = len(records)

    def seal() -> list[bytes]:
        sealed = []
        for start in range(0, count, BATCH):
            batch = records[start : start + BATCH]
            sealer.ensure(set().union(*(key_names(r, names) for r in batch)))
            sealed += [encode(seal_record(r, names, sealer)) for r in batch]
        return sealed

    values = [encode(Tick(at=NOW)), *timed(bench, "seal", count, seal)]
    box = EvidenceBox(sealer, names, None)
    cores: list[Core] = [
        IdentityCore(names, sealer, shipped_model()),
        FactsCore(),
        PersonCore(load_engine(PACKS / "rules" / "default.yaml"), box),
    ]
    for core in cores:
        given = values if core.input_topic == "records" else [encode(Tick(at=NOW)), *sent.get(core.input_topic, [])]
        timed(bench, core.name, len(given), partial(run_core, core, given, sent))
    for name, seconds in bench.seconds.items():
        print(f"{name:10} {seconds / count * 1e6:8.0f} us a record   {bench.taken[name]:8,} messages")
    print(f"{'all':10} {sum(bench.seconds.values()) / count * 1e6:8.0f} us a record   {count:8,} records")
    for topic, sizes in sorted((t, [len(v) for v in values]) for t, values in sent.items()):
        print(f"{topic:16} {len(sizes) / count:6.2f} a record, {sum(sizes) / max(1, len(sizes)):6.0f} bytes each")
    if profile:
        pstats.Stats(bench.profile).sort_stats("tottime").print_stats(35)


if __name__ == "__main__":
    typer.run(main)
