"""`mash triage`: serves the desk, rebuilds its view from Kafka, fetches what its pages are drawn with."""

from __future__ import annotations

import threading

import typer

from hub import log
from hub.settings import load

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The triage desk: pages for people. Example: mash triage serve"
)
GRACE_SECONDS = 3
"""For answers on their way; open pages are let go of at once and come back by themselves."""

KEEP_ALIVE_SECONDS = 75
"""Longer than a proxy keeps a line (nginx: 60): one dropped just as a click comes shows an error."""


@app.command(epilog="Example: HUB_DESK_PORT=8460 mash triage serve   (then open http://127.0.0.1:8460)")
def serve() -> None:
    """Serve the desk until stopped. `mash up` does so as well."""
    import uvicorn  # noqa: PLC0415 - slow to import, needed here alone

    from triage import gauges  # noqa: PLC0415
    from triage.desk import open_desk  # noqa: PLC0415
    from triage.heads import keep_publishing  # noqa: PLC0415
    from triage.web.app import make_app  # noqa: PLC0415
    from triage.web.live import stop as let_go  # noqa: PLC0415

    settings = load()
    log.configure(settings.log_level, process="desk")
    desk = open_desk(settings)
    stop = threading.Event()
    gauges.serve(desk)
    web = make_app(desk)

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: object) -> None:
            stop.set()
            let_go()
            super().handle_exit(sig, frame)  # type: ignore[arg-type]

    following = desk.follow(stop)
    keep_publishing(desk, stop)
    desk.figuring.begin(desk.projector.caught_up, desk.now)
    configured = uvicorn.Config(
        web, host=settings.desk_host, port=settings.desk_port, log_level="warning", access_log=False,
        server_header=False, timeout_graceful_shutdown=GRACE_SECONDS, timeout_keep_alive=KEEP_ALIVE_SECONDS,
        proxy_headers=bool(settings.desk_url),
    )  # fmt: skip
    log.get_logger("desk").info("the desk listens", address=f"http://{settings.desk_host}:{settings.desk_port}")
    try:
        Server(configured).run()
    finally:
        stop.set()
        following.join(GRACE_SECONDS)
        desk.close()


@app.command(epilog="Example: mash triage rebuild")
def rebuild() -> None:
    """Empty the desk's SQL view and fill it from Kafka's beginning. Sessions and the audit stay as they are."""
    from triage.projector import Projector  # noqa: PLC0415 - imports Kafka
    from triage.sql.database import open_database  # noqa: PLC0415

    settings = load()
    count = Projector(settings, open_database(settings)).rebuild()
    typer.echo(f"Rebuilt from {count:,} messages.")


@app.command(epilog="Example: mash triage assets")
def assets() -> None:
    """Fetch GOV.UK and MOJ Frontend, htmx and a typeface from npm, and build the desk's style sheet."""
    from triage import assets as building  # noqa: PLC0415 - slow to import

    typer.echo(f"The desk's pages are drawn with {building.build()}.")
