"""`mash rules backtest --hub` and a followed shadow on a real records topic, sealed under the hub's own keys."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer
from typer.testing import CliRunner

from hub.avro import encode
from hub.kafka.admin import admin, apply
from hub.messages import AgencyRecord, CheckEvent
from hub.sealing import Sealer, seal_record
from hub.secret_files import key_store, pseudonyms
from hub.settings import Settings
from hub.topics import topic
from streams.backtest.cli import app
from streams.backtest.history import DayOf
from streams.backtest.hub import RecordsTopic
from tests.backtest.made import family

PARTITIONS = 2


@pytest.fixture
def settings(kafka: str, topic_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A hub whose records topic exists, and its secrets."""
    for name in ("pseudonym", "master"):
        path = tmp_path / "var" / "secrets" / f"{name}.key"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), "ascii")
    given = {"BOOTSTRAP": kafka, "TOPIC_PREFIX": topic_prefix, "PARTITIONS": str(PARTITIONS)}
    for name, value in (given | {"DATA_DIR": str(tmp_path / "var")}).items():
        monkeypatch.setenv(f"HUB_{name}", value)
    with admin(kafka) as client:
        apply(client, topic_prefix, PARTITIONS, [topic("records"), topic("check-events")])
    return Settings()


def send(settings: Settings, records: list[AgencyRecord]) -> None:
    names, sealer = pseudonyms(settings), Sealer(key_store(settings))
    producer = KafkaProducer(bootstrap_servers=settings.bootstrap)
    for number, record in enumerate(records):
        ours = record.model_copy(update={"partnership": settings.partnership})
        value = encode(seal_record(ours, names, sealer))
        producer.send(topic("records").full_name(settings.topic_prefix), value, partition=number % PARTITIONS)
    producer.flush()
    producer.close()


def decide(settings: Settings, who: str, decision: str) -> None:
    anchor = pseudonyms(settings).source_id("education", "made", who)
    event = CheckEvent(
        event_id=decision, partnership=settings.partnership, check_id="c", anchor=anchor, seq=1, kind="decided",
        state="DECIDED", at=datetime(2026, 3, 24, 12, tzinfo=UTC), codes={"decision": decision},
    )  # fmt: skip
    producer = KafkaProducer(bootstrap_servers=settings.bootstrap)
    producer.send(topic("check-events").full_name(settings.topic_prefix), encode(event), partition=0)
    producer.flush()
    producer.close()


def backtest() -> dict[str, Any]:
    result = CliRunner().invoke(app, ["backtest", "--hub", "--json"], catch_exceptions=False)
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def test_a_hubs_records_are_a_history_and_its_decisions_a_yield(settings: Settings) -> None:
    send(settings, [r for r in family() if r.agency != "social_care"])
    decide(settings, "Ada", "nfa")
    report = backtest()
    assert [day for day, n in report["by_day"].items() if n] == ["2026-03-20"]
    assert (report["children"], report["outcomes"]) == (2, [1, 0]), "no further action is no yield"
    decide(settings, "Ada", "section_17")
    assert backtest()["outcomes"] == [1, 1]


def test_what_comes_later_is_read_once_and_alone(settings: Settings) -> None:
    records = family()
    send(settings, records[:6])
    reading, notes = RecordsTopic(settings, "recorded", Counter()), list[DayOf]()
    reading.read(notes.append)
    assert len(notes) == 6
    send(settings, records[6:])
    reading.read(notes.append)
    reading.read(notes.append)
    assert len(notes) == len(records)
    assert len({entry.value for entry in notes}) == len(records)
