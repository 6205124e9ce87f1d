"""The clock: a tick in every partition of every stage's input, confirmed; and none for anybody else."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaConsumer, TopicPartition

from hub.avro import decode
from hub.clock import Clock, TicksNotTaken, ticked_topics
from hub.kafka.admin import admin, apply
from hub.messages import Tick

START = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
"""A second before London's clocks go forward."""


def read_ticks(bootstrap, topic, partition, count):
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, consumer_timeout_ms=15_000)
    try:
        consumer.assign([TopicPartition(topic, partition)])
        consumer.seek_to_beginning()
        return [next(consumer) for _ in range(count)]
    finally:
        consumer.close()


def test_stages_that_have_a_clock():
    assert [topic.name for topic in ticked_topics()] == ["records", "facts", "persons", "checks"]


def test_every_partition_of_every_stage_hears_the_same_time(kafka, topic_prefix):
    with admin(kafka) as client:
        apply(client, topic_prefix, 2)
    times = iter([START, START + timedelta(seconds=1)])
    clock = Clock(kafka, topic_prefix, now=lambda: next(times))
    try:
        assert clock.tick() == clock.tick() == len(ticked_topics()) * 2
    finally:
        clock.close()
    for topic in ticked_topics():
        for partition in (0, 1):
            records = read_ticks(kafka, topic.full_name(topic_prefix), partition, 2)
            assert [decode(r.value) for r in records] == [Tick(at=START), Tick(at=START + timedelta(seconds=1))]
            headers = [dict(r.headers) for r in records]
            assert headers[0]["ce_type"] == b"mash.control.Tick"
            assert headers[0]["ce_id"] != headers[1]["ce_id"]


def test_topics_that_are_missing_end_the_clock(kafka, topic_prefix):
    clock = Clock(kafka, topic_prefix, patience=1.0)
    stop = threading.Event()
    try:
        with pytest.raises(TicksNotTaken, match=r"records\.v1"):
            clock.run(stop)
    finally:
        clock.close()
    assert TicksNotTaken.retriable
