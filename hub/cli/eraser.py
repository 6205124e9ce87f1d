"""`mash eraser`: the process that destroys the keys of erased persons."""

from __future__ import annotations

from contextlib import closing

import typer

from hub.cli.process import begin, stop_on_signal
from hub.clock import system_time
from hub.erasure.eraser import Eraser
from hub.erasure.ledger import Ledger
from hub.erasure.post import Post
from hub.erasure.progress import FLOW, Progress
from hub.kafka.clients import connection
from hub.secret_files import key_store
from hub.supervisor.plan import stage_names
from hub.worker.spec import find_stages

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: HUB_METRICS_PORT=0 mash eraser")
def eraser() -> None:
    """Destroy the keys of erased persons, and of expired dead letters, until stopped. `mash up` runs one."""
    settings = begin("eraser")
    stop = stop_on_signal()
    kafka, prefix = connection(settings), settings.topic_prefix
    with (
        Ledger(kafka, prefix) as ledger,
        Post(kafka, prefix) as post,
        closing(Progress(kafka, prefix, readers(prefix))) as progress,
        closing(key_store(settings)) as keys,
    ):
        Eraser(ledger, progress, keys, post.done, system_time).run(stop)


def readers(prefix: str) -> dict[str, str]:
    """Consumer group that reads each topic through which an erasure passes."""
    found = {spec.input_topic: f"{prefix}.{name}" for name in stage_names() for spec in find_stages(name)}
    return {name: found[name] for name in FLOW}
