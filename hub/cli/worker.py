"""`mash worker`: the process that runs the stages of one registered app."""

from __future__ import annotations

import typer

from hub.cli.process import begin
from hub.supervisor.plan import stage_names
from hub.worker.spec import find_stages

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: HUB_METRICS_PORT=0 mash worker identity")
def worker(name: str = typer.Argument(help=f"One of: {', '.join(stage_names())}.")) -> None:
    """Run the stages of NAME until stopped. Start as many as there are partitions; `mash up` runs one."""
    specs = find_stages(name)
    settings = begin(f"worker-{name}")
    from hub.worker.main import run_stages  # noqa: PLC0415 - Faust is slow to import, and only this needs it

    run_stages(name, specs, settings)
