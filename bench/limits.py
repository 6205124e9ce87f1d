"""The machine's own limits, beside which the hub's figures stand: bare clients, same broker, same run.

Produce (kafka-python, idempotent, acks=all), consume and decode (aiokafka, fastavro), and a Faust agent of no work.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from typing import Any

import fastavro
from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka import KafkaProducer
from kafka.admin import NewTopic

from hub.kafka.admin import admin

VALUE = fastavro.parse_schema(
    {"type": "record", "name": "Reading", "fields": [{"name": n, "type": "string"} for n in "abcdef"]}
)
SAMPLE = {n: n * 48 for n in "abcdef"}
"""About 300 bytes: a message of the trials that the design rests on."""


FAUST_S = 180.0
"""For the Faust child to start, join its group and read."""


def encoded() -> bytes:
    """The sample as Avro."""
    out = BytesIO()
    fastavro.schemaless_writer(out, VALUE, SAMPLE)
    return out.getvalue()


def make_topic(bootstrap: str, name: str) -> None:
    """A topic of one partition."""
    with admin(bootstrap) as client:
        client.create_topics([NewTopic(name, 1, 1)])


def produce_rate(bootstrap: str, topic: str, count: int) -> float:
    """Messages a second of one kafka-python producer, idempotent, acks=all."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", linger_ms=5)
    value = encoded()
    start = time.perf_counter()
    for _ in range(count):
        producer.send(topic, value=value, key=b"k")
    producer.flush()
    seconds = time.perf_counter() - start
    producer.close()
    return count / seconds


async def _consume(bootstrap: str, topic: str, count: int) -> float:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(topic, 0)])
    await consumer.seek_to_beginning()
    start, seen = time.perf_counter(), 0
    while seen < count:
        for messages in (await consumer.getmany(timeout_ms=1000, max_records=2000)).values():
            for message in messages:
                fastavro.schemaless_reader(BytesIO(message.value), VALUE, None)
            seen += len(messages)
    seconds = time.perf_counter() - start
    await consumer.stop()
    return seen / seconds


def consume_rate(bootstrap: str, topic: str, count: int) -> float:
    """Messages a second of one aiokafka consumer that decodes each with fastavro."""
    return asyncio.run(_consume(bootstrap, topic, count))


def faust_worker(bootstrap: str, topic: str, count: int) -> None:
    """Read `count` messages with a stock Faust agent that does nothing; print the rate. Ends the process."""
    import faust  # noqa: PLC0415 - only in the child that measures it

    app: Any = faust.App(
        f"bench-{topic}", broker=f"kafka://{bootstrap}", web_enabled=False, topic_disable_leader=True,
        key_serializer="raw", value_serializer="raw", consumer_auto_offset_reset="earliest",
        datadir=tempfile.mkdtemp(prefix="mash-bench-"), redirect_stdouts=False,
    )  # fmt: skip
    source = app.topic(topic, key_type=bytes, value_type=bytes)
    seen, start = 0, 0.0

    @app.agent(source)  # type: ignore[untyped-decorator]
    async def nothing(stream: Any) -> None:
        nonlocal seen, start
        async for _ in stream:
            start = start or time.perf_counter()
            seen += 1
            if seen == count:
                # Straight to the descriptor, and out: a stopping Faust worker writes and waits a while.
                os.write(1, f"\nrate {seen / (time.perf_counter() - start)}\n".encode())
                os._exit(0)

    sys.argv = ["faust", "worker", "-l", "error"]
    app.main()


def faust_rate(bootstrap: str, topic: str, count: int) -> float:
    """Messages a second of a stock Faust agent that does nothing, in a process of its own."""
    command = [sys.executable, "-m", "bench.limits", bootstrap, topic, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=FAUST_S, check=True)  # noqa: S603
    return float(done.stdout.rsplit("rate ", 1)[1])


def main() -> None:
    """The child that measures Faust: `python -m bench.limits BOOTSTRAP TOPIC COUNT`."""
    bootstrap, topic, count = sys.argv[1:4]
    faust_worker(bootstrap, topic, int(count))


if __name__ == "__main__":
    main()
