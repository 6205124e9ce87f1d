"""The MLLP listener against a real Kafka: an AA is a promise that a kill cannot break."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hl7.client import MLLPClient

from hub.kafka.embedded import EmbeddedKafka
from tests.connectors.health.test_adt import FULL
from tests.connectors.health.test_mllp import NO_PID
from tests.kafka.connector_site import Site

MESSAGES = 20


@contextmanager
def listener(site: Site, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`mash connector mllp` as a process, and its port."""
    process = site.start("mllp", "--port", "0", "--json", *arguments)
    try:
        assert process.stdout is not None
        said = ""
        while not said.strip().endswith("}"):
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            said += line
        yield process, json.loads(said)["listening"]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def message(number: int) -> bytes:
    return (
        FULL.replace("H1001", f"H{number:04d}").replace("E900", f"E{number}").replace("|M1|", f"|M{number}|").encode()
    )


def test_what_was_accepted_is_on_the_topic_after_a_kill(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    site = Site(kafka, topic_prefix, tmp_path)
    with listener(site) as (process, port):
        with MLLPClient("127.0.0.1", port) as client:
            answers = [client.send_message(message(n)) for n in range(MESSAGES)]
            refused = client.send_message(NO_PID)
        process.kill()
        process.wait(timeout=60)
    assert all(b"MSA|AA|M%d" % n in text for n, text in enumerate(answers))
    assert b"MSA|AE|M2|no-pid" in refused
    keys = site.opened(site.records())
    assert {f"person/RXX/H{n:04d}" for n in range(MESSAGES)} <= set(keys)
    assert len(keys) == 3 * MESSAGES
    assert [letter.reason for letter in site.letters()] == ["no-pid"]


def test_a_broker_that_is_away_is_no_reason_to_say_yes(own_kafka: EmbeddedKafka, tmp_path: Path) -> None:
    site = Site(own_kafka.bootstrap, "t-mllp", tmp_path)
    with listener(site, "--patience", "1") as (_, port), MLLPClient("127.0.0.1", port) as client:
        assert b"MSA|AA|M1" in client.send_message(message(1))
        own_kafka.kill()
        assert b"MSA|AR|M2" in client.send_message(message(2))
        own_kafka.start()
        answer = b"MSA|AR|M2"
        while b"MSA|AR|M2" in answer:
            answer = client.send_message(message(2))
        assert b"MSA|AA|M2" in answer
    keys = site.opened(site.records())
    assert set(keys) >= {"person/RXX/H0001", "person/RXX/H0002"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(kafka: str, topic_prefix: str, tmp_path: Path, number: int) -> None:
    site = Site(kafka, topic_prefix, tmp_path)
    with listener(site) as (process, port), MLLPClient("127.0.0.1", port) as client:
        assert b"MSA|AA|M1" in client.send_message(message(1))
        process.send_signal(number)
        assert process.wait(timeout=60) == 0
