"""The fenced producer's way with errors, over a stand-in for aiokafka; the real one is used in `tests/kafka`."""

from __future__ import annotations

import asyncio
import gc

from aiokafka.errors import ProducerFenced

from hub.kafka.clients import Connection
from hub.state.transaction import BATCH_BYTES, FencedProducer, Send


class Batch:
    """Takes one record."""

    def __init__(self):
        self.full = False

    def append(self, **_record):
        taken = None if self.full else object()
        self.full = True
        return taken

    def close(self):
        pass


class Fenced:
    """Hands the first batch over, is fenced, and so refuses the second."""

    def __init__(self):
        self.first: asyncio.Future | None = None

    def create_batch(self):
        return Batch()

    async def send_batch(self, _batch, _topic, *, partition):
        if self.first is None:
            self.first = asyncio.get_running_loop().create_future()
            return self.first
        self.first.set_exception(ProducerFenced())
        raise ProducerFenced


def test_a_batch_that_nobody_waits_for_any_more_leaves_no_overlooked_error():
    overlooked = []

    async def test():
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: overlooked.append(context["message"]))
        producer = FencedProducer(Connection("nowhere:9092"), "facts.0")
        producer._producer = Fenced()
        try:
            await producer._send(("facts", 0), [Send("facts", 0, b"a", b"x" * BATCH_BYTES)] * 2)
        except ProducerFenced:
            pass
        else:
            raise AssertionError("it was not fenced")
        producer._producer = None
        gc.collect()
        await asyncio.sleep(0)

    asyncio.run(test())
    gc.collect()
    assert overlooked == []
