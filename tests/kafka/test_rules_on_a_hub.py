"""`mash rules backtest --hub` and a followed shadow on a real records topic, sealed under the hub's own keys."""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
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
from packs import HERE
from streams.backtest.cli import app
from streams.backtest.history import DayOf
from streams.backtest.hub import RecordsTopic
from tests.backtest.made import family, record

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
    for number, one in enumerate(records):
        ours = one.model_copy(update={"partnership": settings.partnership})
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


def test_a_followed_shadow_tells_a_difference_as_its_record_comes(settings: Settings) -> None:
    today = datetime.now(UTC).date()
    born = today.replace(year=today.year - 13, day=1).isoformat()
    quiet = [record("Ben", (today - timedelta(days=40)).isoformat(), "education", "school.roll", born=born)]
    send(settings, quiet)
    shadow = HERE / "rules" / "thistlemere.yaml"
    command = [
        sys.executable,
        "-m",
        "hub.cli.main",
        "rules",
        "shadow",
        str(shadow),
        "--hub",
        "--days",
        "50",
        "--follow",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = iter(process.stdout)  # the test's own time limit ends a wait in vain
            assert any("began 0 episodes" in text for text in said), "the history is played"
            send(settings, [record("Ben", today.isoformat(), "police", "missing.reported", born=born)])
            line = json.loads(next(text for text in said if text.startswith("{")))
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    assert (line["how"], line["shadow_rules"]) == ("only shadow", ["CB01", "MI03"]), "under 14: level 4 in Thistlemere"
