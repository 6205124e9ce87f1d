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

import typer
from rich.console import Console

from bench import costs, desk, desk_live, limits
from bench.county import Config, generate
from bench.demo import environment, free_ports
from bench.demo_hub import STAGES, DemoHub
from bench.figures import Figures
from bench.processes import Processes
from hub.kafka.embedded import EmbeddedKafka
from hub.supervisor import look

OUT = Path("bench/out")
MESSAGES = 50_000
ENGLAND_A_SECOND = 121
"""All of England on average (architecture, "Scale and budget")."""
PACED_RECORDS = 121 * 40
BUDGET_US = 2_500
"""CPU a record that 2 cores have at 800 records a second."""
SCALE = 100
WARM_PEOPLE = 500
DESK_CHECKS, DESK_PEOPLE, DESK_SECONDS = 20_000, 100, 40.0
console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)


def main(
    people: Annotated[int, typer.Option(help="People of the county whose throughput is measured.")] = 12_000,
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
        console.print(f"{DESK_PEOPLE} people at work at the triage desk ...")
        desk.measure(figures, DESK_CHECKS, DESK_PEOPLE, DESK_SECONDS)
        desk_live.measure(figures, DESK_CHECKS, DESK_PEOPLE)
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
        fed = costs.feed(hub, people, seed=11)
        rate = fed.records / hub.fed_s
        figures.add("records from file to picture, broker included", rate, "records/s", "at least 800")
        for name, micros in fed.micros.items():
            figures.add(f"CPU of {name}", micros, "us a record")
        figures.add("CPU of all", sum(fed.micros.values()), "us a record", f"at most {BUDGET_US:,}")
        _transactions(figures, hub)
        _memory(figures, hub)
        _paced(figures, hub, folder)


def _transactions(figures: Figures, hub: DemoHub) -> None:
    """How many messages a transaction held: the broker's work is by transaction more than by message."""
    for stage in STAGES[:3]:
        messages = hub.samples.total("mash_batch_records_sum", stage=stage)
        transactions = hub.samples.total("mash_batch_records_count", stage=stage)
        figures.add(f"messages in a transaction of {stage}", messages / max(transactions, 1), "messages")


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
        time.sleep(costs.LOOK_S)
    hub.phase = "settling"
    costs.until(hub)
    during = hub.samples.minus(before)
    for stage in STAGES[:3]:
        late = during.quantile("mash_latency_seconds", 0.99, stage=stage)
        aim = "under 2" if stage == "person" else ""
        figures.add(f"at {ENGLAND_A_SECOND} a second, 99 in 100 are through {stage} within", late, "s", aim)


def _scale(figures: Figures, folder: Path, people: int) -> None:
    """What a record costs in a county, and in one of 100 times more people.

    Starting up is no cost of a record, and would flatter the large county. So each hub takes a small county first,
    after which all is loaded, compiled and connected; and what the connectors took to start, and what the hub takes
    with nothing to do, is taken off.
    """
    cost = {}
    for size in (people, people * SCALE):
        console.print(f"a county of {size:,} people, for the cost of a record ...")
        place = folder / f"scale-{size}"
        with Processes(place / "logs", environment(place)) as processes:
            hub = DemoHub(processes, place, free_ports(), screener=False)
            costs.feed(hub, WARM_PEOPLE, seed=17)
            starting = costs.start_seconds(hub, place / "empty")
            idle = costs.idle_rate(hub)
            fed = costs.feed_another(hub, place / "measured", size, seed=13)
            cost[size] = (sum(fed.cpu.values()) - starting - idle * fed.seconds) / fed.records * 1e6
            figures.add(f"CPU of all, {size:,} people, start-up and idling left out", cost[size], "us a record")
            figures.add(f"records from file to picture, {size:,} people", fed.records / hub.fed_s, "records/s")
        shutil.rmtree(place)
    figures.add(f"{SCALE} times more people cost", cost[people * SCALE] / cost[people], "times", "at most 2")


if __name__ == "__main__":
    typer.run(main)
