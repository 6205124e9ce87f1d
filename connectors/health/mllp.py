"""Receives HL7 v2 over MLLP and answers only after Kafka has confirmed. What a message says is read by `adt`.

An AA is a promise that nothing is lost, so it goes out after the broker's confirmation and never before; a message that
cannot become a record is answered AE when its dead letter is confirmed; where the broker does not confirm in time, AR:
the sender keeps the message and sends it again, which has no second effect.
Source: HL7 Minimal Lower Layer Protocol, release 1.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from hl7.mllp import start_hl7_server
from hl7.mllp.streams import CARRIAGE_RETURN, END_BLOCK, START_BLOCK, HL7StreamReader, HL7StreamWriter

from connectors.health.ack import Answer, acknowledge
from connectors.health.adt import ADT
from connectors.health.hl7_files import MESSAGE_LIMIT, native
from connectors.kit.api import Context, Reject, Unreadable
from connectors.kit.outcomes import CONNECTOR_ERROR, Outcome, told
from hub.errors import HubError
from hub.log import get_logger

POSITION = "mllp"
"""Where a message stood: the same for one that is sent again, so that its dead letter is the same too."""
BATCH = 500
"""Messages of many senders that go to Kafka together."""
_FRAME_END = END_BLOCK + CARRIAGE_RETURN
_ROW_LIMIT = 1 << 22
"""Rows of `hub.ids.extract_version`."""

log = get_logger("mllp")

Publish = Callable[[list[Outcome]], None]
"""Puts outcomes on Kafka, and returns when all are confirmed; raises a HubError where they are not."""


@dataclass(frozen=True, slots=True)
class Listener:
    """How to listen.

    Attributes:
        context: of the run; the time received is the clock's at each message.
        now: the clock, UTC.
        host: address to listen on.
        port: 0 takes a free one.
        patience: seconds that a sender waits for Kafka before it is told to send again.
        tls: server side of mutual TLS, None for none (behind a gateway that has it).
        ready: told the port when listening.
    """

    context: Context
    now: Callable[[], datetime]
    host: str = "127.0.0.1"
    port: int = 2575
    patience: float = 20.0
    tls: ssl.SSLContext | None = None
    ready: Callable[[int], None] = lambda _port: None


def listen(listener: Listener, publish: Publish, stop: threading.Event) -> None:
    """Receive until told to stop.

    Raises:
        hub.errors.Fatal: Kafka refuses for good. The senders were told to send again.
        OSError: the port can't be opened.
    """
    asyncio.run(_listen(listener, publish, stop))


def understand(raw: bytes, row: int, context: Context) -> Outcome:
    """What a message becomes: records, or a reject with its bytes."""
    found = native(raw, POSITION, row)
    if isinstance(found, Reject):
        return Outcome(reject=found)
    try:
        return Outcome(found, records=tuple(ADT.translate(found, context)))
    except Unreadable as error:
        return Outcome(found, reject=Reject(raw, POSITION, error.reason, str(error)))
    except Exception as error:  # noqa: BLE001 - whatever a translation was led into by a message
        return Outcome(found, reject=Reject(raw, POSITION, CONNECTOR_ERROR, told(ADT, error, "translating")))


async def _listen(listener: Listener, publish: Publish, stop: threading.Event) -> None:
    desk = _Desk(listener, publish)
    server = await start_hl7_server(
        desk.serve, listener.host, listener.port, limit=MESSAGE_LIMIT, **({"ssl": listener.tls} if listener.tls else {})
    )
    intake = asyncio.create_task(desk.intake())
    stopped = asyncio.create_task(asyncio.to_thread(stop.wait))
    try:
        listener.ready(server.sockets[0].getsockname()[1])
        await asyncio.wait({intake, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if intake.done():
            intake.result()
    finally:
        stop.set()
        server.close()
        await desk.close()
        intake.cancel()
        await stopped
        with contextlib.suppress(asyncio.CancelledError, HubError):
            await intake


class _Desk:
    """Connections on one side, one writer to Kafka on the other."""

    def __init__(self, listener: Listener, publish: Publish) -> None:
        self._listener = listener
        self._publish = publish
        self._waiting: asyncio.Queue[tuple[Outcome, asyncio.Future[None]]] = asyncio.Queue()
        self._rows = itertools.count(1)
        self._connections: dict[asyncio.Task[None], HL7StreamWriter] = {}

    async def intake(self) -> None:
        """Batches to Kafka, one after another; each message's future tells whether it is confirmed.

        Raises:
            hub.errors.Fatal: Kafka refuses for good.
        """
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            try:
                await asyncio.to_thread(self._publish, [outcome for outcome, _ in batch])
            except HubError as error:
                for _, confirmed in batch:
                    if not confirmed.done():
                        confirmed.set_exception(error)
                if not error.retriable:
                    raise
            else:
                for _, confirmed in batch:
                    if not confirmed.done():
                        confirmed.set_result(None)

    async def serve(self, reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        """One connection: a message, its answer, the next."""
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            while (raw := await self._message(reader)) is not None:
                writer.writeblock(await self._answer(raw))
                await writer.drain()
        except asyncio.LimitOverrunError:
            writer.writeblock(
                await self._answer(b"", reject=_too_large())
            )  # where the next one begins, nobody can tell
        except (ConnectionError, asyncio.CancelledError):
            pass  # whoever has no answer sends again
        finally:
            self._connections.pop(task, None)
            writer.close()

    async def close(self) -> None:
        """End the connections, after the answers that are due at once."""
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _message(self, reader: HL7StreamReader) -> bytes | None:
        """The next message without its frame, None at the end; LimitOverrunError for one that is too large."""
        try:
            block: bytes = await reader.readuntil(_FRAME_END)
        except asyncio.IncompleteReadError as error:
            if error.partial.strip():
                log.warning("a sender hung up inside a message; it has no answer and sends it again")
            return None
        return block.removesuffix(_FRAME_END).lstrip(b"\r\n\t ").removeprefix(START_BLOCK)

    async def _answer(self, raw: bytes, reject: Reject | None = None) -> bytes:
        listener = self._listener
        at = listener.now()
        context = replace(listener.context, received_at=at, extracted_at=at)
        row = next(self._rows) % _ROW_LIMIT
        outcome = Outcome(reject=reject) if reject else understand(raw, row, context)
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((outcome, confirmed))
        try:
            await asyncio.wait_for(confirmed, listener.patience)
        except (TimeoutError, HubError):
            log.warning("kafka has not confirmed; the sender is asked to send again")
            return acknowledge(raw, Answer.AGAIN, "not-confirmed", listener.now())
        if outcome.reject is not None:
            return acknowledge(raw, Answer.ERROR, outcome.reject.reason, listener.now())
        return acknowledge(raw, Answer.ACCEPTED, "", listener.now())


def _too_large() -> Reject:
    detail = f"A message of more than {MESSAGE_LIMIT} bytes; none of it is kept here, the sender has it."
    return Reject(b"", POSITION, "too-large", detail)
