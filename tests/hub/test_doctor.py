"""The doctor: it names what is wrong and the remedy, and never falls ill itself."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import pytest

from hub.doctor import examine, kafka, machine
from hub.doctor.examine import Finding, _one
from hub.kafka import jars
from hub.kafka.embedded import free_port
from hub.secret_files import make_missing, master_file, pseudonym_file
from hub.settings import load


@pytest.fixture
def settings(tmp_path, monkeypatch):
    import os

    for name in list(os.environ):
        if name.startswith("HUB_"):
            monkeypatch.delenv(name)
    return load(data_dir=tmp_path / "var", metrics_port=0)


def test_a_machine_without_a_hub_is_well(settings):
    findings = examine(settings)
    assert len({finding.what for finding in findings}) == len(findings) == 13
    assert [finding for finding in findings if finding.state == "wrong"] == []
    assert not settings.data_dir.exists(), "the doctor made something"
    assert all(finding.remedy for finding in findings if finding.state != "ok")


def test_an_examination_that_fails_is_a_finding_that_quotes_nothing(settings):
    def broken(_settings):
        raise ValueError("Marigoldina Ztestling")

    found = _one("Thing", broken, settings)
    assert found == Finding("Thing", "wrong", "could not be examined (ValueError).", "Look at it by hand.")


def test_a_broker_that_does_not_answer(settings):
    away = settings.model_copy(update={"bootstrap": f"127.0.0.1:{free_port()}"})
    for examination in (kafka.broker, kafka.topics):
        found = _one("Kafka", examination, away)
        assert (found.state, "mash up" in found.remedy) == ("wrong", True)


def test_topics_that_are_missing_or_differ(settings, kafka_settings, monkeypatch):
    from hub.kafka.admin import admin, apply

    found = kafka.topics(kafka_settings)
    assert (found.state, found.remedy) == ("wrong", "Run `mash topics apply`.")
    with admin(kafka_settings.bootstrap) as client:
        apply(client, kafka_settings.topic_prefix, 2)
    assert kafka.topics(kafka_settings.model_copy(update={"partitions": 2})).state == "ok"
    differing = kafka.topics(kafka_settings.model_copy(update={"partitions": 3}))
    assert (differing.state, "2 partitions instead of 3" in differing.found) == ("wrong", True)


@pytest.fixture
def kafka_settings(settings, request):
    bootstrap, prefix = request.getfixturevalue("kafka"), request.getfixturevalue("topic_prefix")
    return settings.model_copy(update={"bootstrap": bootstrap, "topic_prefix": prefix})


def test_a_port_that_is_taken(settings):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        found = machine.ports(settings.model_copy(update={"kafka_port": port}))
    assert (found.state, str(port) in found.found) == ("wrong", True)


@pytest.mark.parametrize(
    ("free", "state"), [(machine.DISK_WRONG - 1, "wrong"), (machine.DISK_WARNING - 1, "warning"), (10**12, "ok")]
)
def test_disk(settings, monkeypatch, free, state):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert machine.disk(settings).state == state


def test_a_data_folder_that_cannot_be_written(settings, monkeypatch):
    def refuse(**_):
        raise PermissionError

    monkeypatch.setattr(machine.tempfile, "TemporaryFile", refuse)
    found = machine.data_folder(settings)
    assert (found.state, "HUB_DATA_DIR" in found.remedy) == ("wrong", True)


@pytest.mark.parametrize(
    ("state", "seconds", "finding"),
    [(0, 0.01, "ok"), (0, 1.5, "warning"), (machine.CLOCK_UNSYNCHRONISED, 0.0, "warning"), (-1, 0.0, "warning")],
)
def test_the_clock(state, seconds, finding):
    assert machine.judge_clock(state, seconds).state == finding


def test_the_clock_of_this_machine_can_be_read(settings):
    assert machine.clock(settings).what == "Clock"


def test_secrets_made_here_are_said_to_be_and_to_need_a_backup(settings):
    assert "to be made" in machine.secrets(settings).found
    make_missing(settings)
    found = machine.secrets(settings)
    assert (found.state, "Back them up" in found.remedy) == ("ok", True)
    pseudonym_file(settings).chmod(0o644)
    assert "chmod 600" in _one("Secrets", machine.secrets, settings).remedy
    pseudonym_file(settings).chmod(0o600)
    master_file(settings).unlink()
    lost = _one("Secrets", machine.secrets, settings)
    assert (lost.state, "backup" in lost.remedy) == ("wrong", True)


def test_jars_that_were_altered(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "46 of 46" in kafka.jar_cache(settings).found
    jars.jars_dir().mkdir(parents=True)
    (jars.jars_dir() / jars.read_lock()[0].file_name).write_bytes(b"altered")
    assert "SHA-256" in _one("Jars", kafka.jar_cache, settings).found


def test_a_variable_that_is_no_setting_is_named(settings, monkeypatch):
    monkeypatch.setenv("HUB_SERVICE_PORT_9092_TCP", "x")
    assert "HUB_SERVICE_PORT_9092_TCP" in machine.settings_file(settings).found
