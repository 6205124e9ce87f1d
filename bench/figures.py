"""Figures of a benchmark: name, value, unit, machine; as a table for people and as JSON. Nothing is measured here."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; `aim` is what the project sets itself, in words; '' where it is only information."""

    name: str
    value: float
    unit: str
    aim: str = ""


@dataclass(slots=True)
class Figures:
    """All figures of one run."""

    rows: list[Figure] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str, aim: str = "") -> None:
        """Note a figure."""
        self.rows.append(Figure(name, round(value, 3), unit, aim))

    def write(self, path: Path) -> None:
        """Write them, each with the machine it was measured on, so that a figure taken out stands by itself."""
        path.parent.mkdir(parents=True, exist_ok=True)
        facts = machine()
        short = f"{facts['cores']} cores, {facts['memory_gb']} GB, {facts['system']}, Python {facts['python']}"
        document = {"machine": facts, "figures": [asdict(r) | {"machine": short} for r in self.rows]}
        path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")

    def show(self, console: Console) -> None:
        """Print them."""
        table = Table(title="Figures of this machine, one run", title_justify="left")
        for head in ("figure", "value", "unit", "aim"):
            table.add_column(head, justify="right" if head == "value" else "left")
        for row in self.rows:
            table.add_row(row.name, f"{row.value:,.3g}" if row.value < 1 else f"{row.value:,.0f}", row.unit, row.aim)
        console.print(table)


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    return {
        "cores": str(os.cpu_count()),
        "memory_gb": f"{psutil.virtual_memory().total / 1e9:.0f}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": f"{os.getloadavg()[0]:.1f}",
    }
