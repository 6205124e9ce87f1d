"""Starts one worker process: settings, slot, topics, then Faust until a signal or a fault. No logic of stages here."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import suppress
from functools import partial

from mode import Worker

from hub import collector, log
from hub.errors import HubError
from hub.kafka.clients import connection
from hub.sealing import Sealer
from hub.secret_files import key_store
from hub.settings import Settings, load
from hub.state.slot import Slot, take_slot
from hub.topics import RECEIPTS, topic
from hub.worker.app import Stages, build, full_name
from hub.worker.ending import end_process
from hub.worker.preflight import ask
from hub.worker.spec import StageSpec, find_stages
from hub.worker.transport import StageApp


class _Process(Worker):
    """Faust's process frame without its logging, its redirection and its banner."""

    def __init__(self, app: StageApp, slot: Slot, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(app, override_logging=False, redirect_stdouts=False, quiet=True, loop=loop)
        self.slot = slot
        """Held for as long as the process lives."""


def run(name: str) -> None:
    """Run the worker called `name` until SIGTERM or SIGINT.

    The process exits with 0 after a clean stop, 75 (EX_TEMPFAIL) where starting it again is right, 78 (EX_CONFIG)
    where a person has to mend something first.

    Args:
        name: an entry of the entry point group `mash.stages`.
    """
    settings = load()
    log.configure(settings.log_level, process=f"worker-{name}")
    run_stages(name, find_stages(name), settings)


def run_stages(name: str, specs: list[StageSpec], settings: Settings) -> None:
    """As `run`, for stages in hand."""
    _quieten()
    try:
        process = _prepare(name, specs, settings)
    except HubError as error:
        end_process(error, "starting")
    collector.tune()
    try:
        process.execute_from_commandline()
    except SystemExit as ended:
        sys.exit(ended.code)


def _prepare(name: str, specs: list[StageSpec], settings: Settings) -> _Process:
    kafka = connection(settings)
    loop = _event_loop(encrypted=kafka.encrypted)
    topics = [full_name(settings, t) for spec in specs for t in (spec.input_topic, spec.journal_topic)]
    readers = {reader for spec in specs for reader in topic(spec.input_topic).readers}
    topics += [full_name(settings, t) for t in RECEIPTS if readers & set(topic(t).writers)]
    cluster = ask(kafka, topics)
    slot = take_slot(settings.data_dir / "workers" / name)
    stages = Stages(specs, settings, kafka, cluster, slot.folder / "state", Sealer(key_store(settings)))
    app = build(name, stages, settings, slot.folder, partial(end_process, doing="running"))
    return _Process(app, slot, loop)


def _quieten() -> None:
    """Libraries tell their whole day at `info`; what goes wrong comes at `warning`."""
    ours = (StageApp.__module__, __name__)  # Faust's services log under the module of their class
    for library in ("faust", "mode", "aiokafka", "kafka", *ours):
        logging.getLogger(library).setLevel(logging.WARNING)


def _event_loop(*, encrypted: bool) -> asyncio.AbstractEventLoop:
    """A loop of uvloop where there is one (a third faster here); Faust's consumer thread gets one of the same kind.

    Not over TLS: uvloop 0.23 takes 30 s to close a connection whose fetch is answered meanwhile, which is every
    journal that is read to its end, and its loop may then never close. asyncio's own takes half a second.
    """
    if not encrypted:
        with suppress(ImportError):  # not on every platform
            import uvloop  # noqa: PLC0415 - as above

            asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop
