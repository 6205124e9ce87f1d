"""`mash worker`: the process that runs one registered stage package's workers."""

from __future__ import annotations

from importlib.metadata import entry_points

import typer

from hub.cli.process import begin
from hub.errors import Fatal
from hub.supervisor.plan import STAGES, stage_names

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: HUB_METRICS_PORT=0 mash worker identity")
def worker(stage: str) -> None:
    """Run the workers of STAGE until stopped. Start as many as there are partitions; `mash up` runs one."""
    settings = begin(f"worker-{stage}")
    found = [entry for entry in entry_points(group=STAGES) if entry.name == stage]
    if not found:
        raise Fatal(f"There is no stage {stage!r}.", f"Stages: {', '.join(stage_names())}.")
    from hub.state.worker import run  # noqa: PLC0415 - Faust is slow to import, and only workers need it

    run(found[0].load()(), settings)
