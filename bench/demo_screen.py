"""What the demonstration shows: live progress, then the checks, one whole bundle, and whether the truth was met."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from bench.demo_hub import AGENCIES, STAGES, DemoHub
from bench.demo_outcome import Outcome
from bench.scrape import Samples

WIDTH_OF_FILES = 110
PLAIN_EVERY_S = 5.0
"""Where there is no terminal: one line so often."""
console = Console(width=None if sys.stdout.isatty() else WIDTH_OF_FILES, highlight=False)


@dataclass
class Screen:
    """Progress, as a live table on a terminal and as lines elsewhere."""

    hub: DemoHub
    live: Live | None
    said_at: float = -PLAIN_EVERY_S

    def update(self, elapsed: float) -> None:
        """Show where things are."""
        if self.live is not None:
            self.live.update(_table(self.hub, elapsed))
        elif elapsed - self.said_at >= PLAIN_EVERY_S:
            self.said_at = elapsed
            console.print(_line(self.hub, elapsed))


@contextmanager
def shown(hub: DemoHub) -> Iterator[Screen]:
    """Progress while the block runs."""
    if not console.is_terminal:
        yield Screen(hub, None)
        return
    with Live(console=console, refresh_per_second=4) as live:
        yield Screen(hub, live)


def _line(hub: DemoHub, elapsed: float) -> str:
    read = int(hub.samples.total("mash_records_in_total") - sum(_taken(hub, s) for s in STAGES))
    behind = ", ".join(f"{s} {int(hub.samples.total('mash_lag', stage=s)):,} behind" for s in STAGES)
    return f"{elapsed:5.0f} s  {hub.phase}: {max(read, 0):,} records read; {behind}"


def _taken(hub: DemoHub, stage: str) -> float:
    return hub.samples.total("mash_records_in_total", stage=stage)


def _table(hub: DemoHub, elapsed: float) -> Group:
    table = Table(title_justify="left", expand=False)
    for head in ("", "took", "set aside", "waiting", "99 in 100 within"):
        table.add_column(head, justify="left" if not head else "right")
    for agency in AGENCIES:
        port = hub.first_port + 6 + AGENCIES.index(agency)
        if agency in hub.processes.running:
            table.add_row(f"{agency.replace('_', ' ')}  →", *_connector(hub, port))
    for stage in STAGES:
        waiting = f"{int(hub.samples.total('mash_lag', stage=stage)):,}"
        late = hub.samples.quantile("mash_latency_seconds", 0.99, stage=stage)
        aside = f"{int(hub.samples.total('mash_dead_letters_total', stage=stage)):,}"
        table.add_row(stage, f"{int(_taken(hub, stage)):,}", aside, waiting, f"{late:.1f} s")
    proposals = int(hub.samples.total("mash_proposals_total"))
    words = Text(f"{elapsed:.0f} s  {hub.phase}; {proposals} proposals so far. Ctrl-C stops everything.")
    return Group(Text("A synthetic county goes through the hub", style="bold"), table, words)


def _connector(hub: DemoHub, port: int) -> tuple[str, str, str, str]:
    mine = hub.by_port.get(port, Samples())
    took, aside = mine.total("mash_records_in_total"), mine.total("mash_dead_letters_total")
    return f"{int(took):,}", f"{int(aside):,}", "", ""


def results(hub: DemoHub, outcome: Outcome, elapsed: float) -> None:
    """Checks, one bundle, and the comparison with the truth."""
    console.print(outcome.checks_table())
    outcome.show_bundle(console)
    outcome.show_verdict(console)
    console.print(f"From start to here {elapsed:.0f} s, of which records were on their way for {hub.fed_s:.0f} s.")


def invitation(hub: DemoHub, desk: str) -> None:
    """What to try while it stays up."""
    console.print(
        f"\nThe triage desk is open: [bold]{desk}[/]   (on this machine alone; choose who you are)\n"
        f"Try as well, in another terminal:\n"
        f"  export HUB_DATA_DIR={hub.hub_dir} HUB_PARTNERSHIP=demo HUB_TOPIC_PREFIX=demo\n"
        f"  .venv/bin/mash status\n  .venv/bin/mash check list\n"
        f"  curl http://127.0.0.1:{hub.first_port + 2}/metrics\n"
        f"Ctrl-C here stops everything."
    )
