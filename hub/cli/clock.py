"""`mash clock`: the process that sends ticks."""

from __future__ import annotations

import typer

from hub.cli.process import begin, stop_on_signal
from hub.clock import Clock
from hub.kafka.clients import connection

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: HUB_METRICS_PORT=0 mash clock")
def clock() -> None:
    """Send the time to every stage, each second, until stopped. `mash up` runs one."""
    settings = begin("clock")
    stop = stop_on_signal()
    ticker = Clock(connection(settings), settings.topic_prefix)
    try:
        ticker.run(stop)
    finally:
        ticker.close()
