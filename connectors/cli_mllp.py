"""`mash connector mllp`: hospital messages over the network into Kafka. Receiving is `connectors.health.mllp`."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path
from typing import Annotated

import typer

from connectors.health.adt import ADT
from connectors.kit.api import Context
from connectors.kit.outcomes import Outcome
from connectors.kit.site import opened, system_time
from connectors.kit.source import Source
from connectors.kit.tally import Gauges, Tally
from hub import log, metrics
from hub.cli.output import AsJson, console, write_json
from hub.cli.process import stop_on_signal
from hub.errors import Fatal
from hub.settings import load

EXAMPLE = "Example: mash connector mllp --port 2575 --system pas_north --metrics-port 9471"
_SHORT = 12


def mllp(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 2575,
    system: Annotated[str, typer.Option(help="Which system the messages come from.")] = "",
    agreement: Annotated[str, typer.Option(help="Id of the sharing agreement that admits the feed.")] = "",
    patience: Annotated[float, typer.Option(min=0.1, help="Seconds until a sender is told to send again.")] = 20.0,
    cert: Annotated[Path | None, typer.Option(help="Server certificate (PEM), for TLS.", exists=True)] = None,
    key: Annotated[Path | None, typer.Option(help="Its key (PEM).", exists=True)] = None,
    client_ca: Annotated[Path | None, typer.Option(help="CA of the senders' certificates (PEM).", exists=True)] = None,
    metrics_port: Annotated[int, typer.Option(min=0, max=65535, help="Serve /metrics there; 0 does not.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Receive HL7 v2 ADT messages over MLLP, and answer AA when Kafka has them.

    AE: set aside as a dead letter, with the reason's code. AR: not safe yet, send again. Ctrl-C or SIGTERM ends it.
    """
    from connectors.health.mllp import Listener, listen  # noqa: PLC0415 - slow to import, and every connector would

    settings = load()
    log.configure(settings.log_level, process="connector")
    metrics.serve(metrics_port, "connector", settings.metrics_host)
    stop, tally, gauges = stop_on_signal(), Tally(), Gauges(ADT.name, ADT.agency)
    tls = _tls(cert, key, client_ca)
    at = system_time()
    context = Context(settings.partnership, system or ADT.system, at, at, agreement=agreement)
    with opened(settings, stop) as site:
        publisher = site.publisher
        name = publisher.pseudonyms.name("file", f"mllp/{context.system}")[:_SHORT]
        source = Source(Path("mllp"), name, b"", 0, at)

        def publish(batch: list[Outcome]) -> None:
            publisher.publish(batch, ADT.name, source, tally, gauges)
            gauges.heard(system_time())

        def ready(chosen: int) -> None:
            if as_json:
                write_json({"listening": chosen})
                sys.stdout.flush()  # whoever waits for the port reads a pipe
            else:
                console().print(f"Listening on {host}:{chosen}; Ctrl-C ends it.")

        listen(Listener(context, system_time, host, port, patience, tls, ready), publish, stop)
    if as_json:
        write_json(tally.as_dict())
    else:
        console().print(f"{tally.published} records published, {sum(tally.rejected.values())} messages set aside.")


def _tls(cert: Path | None, key: Path | None, client_ca: Path | None) -> ssl.SSLContext | None:
    """TLS 1.2 or later; with a CA, senders must show a certificate of it."""
    if cert is None:
        if key or client_ca:
            raise Fatal("--key and --client-ca are of no use without --cert.", "Give --cert too, or leave them out.")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=client_ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(cert, key)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    return context
