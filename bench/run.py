"""`make bench`: the hub's figures beside the machine's own limits, in one run. Writes bench/out/figures.json.

Everything runs as it would for anybody: real broker, real workers, real connectors on native files. Figures are
reported, never asserted.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console

from bench import limits
from bench.county import Config, generate
from bench.demo import environment, free_ports
from bench.demo_hub import AGENCIES, STAGES, DemoHub
from bench.figures import Figures
from bench.processes import Processes
from bench.scrape import Samples
from hub.kafka.embedded import EmbeddedKafka
from hub.supervisor import look

OUT = Path("bench/out")
MESSAGES = 50_000
ENGLAND_A_SECOND = 121
"""All of England on average (architecture, "Scale and budget")."""
PACED_RECORDS = 121 * 40
SCALE = 100
LOOK_S = 0.2
STEP_LIMIT_S = 3_600.0
console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)


def main(
    people: Annotated[int, typer.Option(help="People of the county whose throughput is measured.")] = 3_000,
    scale_from: Annotated[int, typer.Option(help="People of the small county; the large has 100 times as many.")] = 500,
    scale: Annotated[bool, typer.Option(help="Also compare with 100 times more people: some ten minutes.")] = True,  # noqa: FBT002 - typer's way
) -> None:
    """Measure.

    Example: python -m bench.run --people 3000 --no-scale
    """
    figures = Figures()
    with tempfile.TemporaryDirectory(prefix="mash-bench-") as name:
        folder = Path(name)
        _limits(figures, folder / "limits")
        _pipeline(figures, folder / "pipeline", people)
        if scale:
            _scale(figures, folder, scale_from)
    figures.write(OUT / "figures.json")
    figures.show(console)


def _limits(figures: Figures, folder: Path) -> None:
    console.print("the machine's own limits ...")
    with EmbeddedKafka(folder) as kafka:
        limits.make_topic(kafka.bootstrap, "limits")
        figures.add("kafka-python produces", limits.produce_rate(kafka.bootstrap, "limits", MESSAGES), "messages/s")
        rate = limits.consume_rate(kafka.bootstrap, "limits", MESSAGES)
        figures.add("aiokafka consumes, fastavro decodes", rate, "messages/s")
        rate = limits.faust_rate(kafka.bootstrap, "limits", MESSAGES)
        figures.add("a Faust agent that does nothing reads", rate, "messages/s")


def _pipeline(figures: Figures, folder: Path, people: int) -> None:
    console.print(f"a county of {people:,} people through the whole hub ...")
    with Processes(folder / "logs", environment(folder)) as processes:
        hub = DemoHub(processes, folder, free_ports(), screener=False)
        records = _fed(hub, people, seed=11)
        figures.add("records from file to picture, broker included", records / hub.fed_s, "records/s", "at least 800")
        _costs(figures, hub, records)
        _memory(figures, hub)
        _paced(figures, hub, folder)


def _fed(hub: DemoHub, people: int, seed: int) -> int:
    """Feed a county; returns how many canonical records went in."""
    hub.begin(people, seed)
    _until(hub)
    return int(hub.samples.total("mash_records_in_total", stage="identity"))


def _until(hub: DemoHub) -> None:
    deadline = time.monotonic() + STEP_LIMIT_S
    while not hub.step():
        if time.monotonic() > deadline:
            raise TimeoutError(hub.phase)
        time.sleep(LOOK_S)


def _costs(figures: Figures, hub: DemoHub, records: int) -> None:
    for name, port in _pages(hub).items():
        figures.add(f"CPU of {name}", _cpu(hub, port) / records * 1e6, "us a record")
    broker = _broker(hub)
    figures.add("CPU of kafka", sum(broker.cpu_times()[:2]) / records * 1e6, "us a record")


def _cpu(hub: DemoHub, port: int) -> float:
    """Seconds of CPU that a process took since feeding began."""
    now, before = hub.by_port.get(port, Samples()), hub.before.get(port, Samples())
    return now.total("process_cpu_seconds_total") - before.total("process_cpu_seconds_total")


def _pages(hub: DemoHub) -> dict[str, int]:
    names = {p.name: p.metrics_port for p in look.report(hub.hub_dir).processes if p.metrics_port}
    return names | {f"connector {a}": hub.first_port + 5 + n for n, a in enumerate(AGENCIES)}


def _broker(hub: DemoHub) -> psutil.Process:
    return next(psutil.Process(p.pid) for p in look.report(hub.hub_dir).processes if p.name == "kafka")


def _memory(figures: Figures, hub: DemoHub) -> None:
    for process in look.report(hub.hub_dir).processes:
        figures.add(f"memory of {process.name}", process.memory_bytes / 1e6, "MB")


def _paced(figures: Figures, hub: DemoHub, folder: Path) -> None:
    console.print(f"{ENGLAND_A_SECOND} records a second ...")
    more = folder / "more"
    generate(Config(more, 3_000, 12, (datetime.now(UTC) + timedelta(days=1)).date()))
    before = hub.samples
    arguments = ("connector", "run", "auto", str(more / "health"), "--rate", str(ENGLAND_A_SECOND), "--json")
    hub.processes.start("paced", *arguments)
    while not hub.processes.ended("paced"):
        hub.step()
        time.sleep(LOOK_S)
    hub.phase = "settling"
    _until(hub)
    during = hub.samples.minus(before)
    for stage in STAGES[:3]:
        late = during.quantile("mash_latency_seconds", 0.99, stage=stage)
        aim = "under 2" if stage == "person" else ""
        figures.add(f"at {ENGLAND_A_SECOND} a second, 99 in 100 are through {stage} within", late, "s", aim)


def _scale(figures: Figures, folder: Path, people: int) -> None:
    cost = {}
    for size in (people, people * SCALE):
        console.print(f"a county of {size:,} people, for the cost of a record ...")
        place = folder / f"scale-{size}"
        with Processes(place / "logs", environment(place)) as processes:
            hub = DemoHub(processes, place, free_ports(), screener=False)
            records = _fed(hub, size, seed=13)
            cost[size] = sum(_cpu(hub, port) for port in hub.ports) / records * 1e6
            figures.add(f"CPU of all processes but Kafka, {size:,} people", cost[size], "us a record")
            figures.add(f"records from file to picture, {size:,} people", records / hub.fed_s, "records/s")
        shutil.rmtree(place)
    figures.add(f"{SCALE} times more people cost", cost[people * SCALE] / cost[people], "times", "at most 2")


if __name__ == "__main__":
    typer.run(main)
