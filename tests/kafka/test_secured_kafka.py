"""The hub on a Kafka that wants TLS, a password or a certificate: it works there, and what keeps it out is said."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from kafka import KafkaProducer

from hub.clock import Clock, ticked_topics
from hub.doctor import examine
from hub.doctor import kafka as doctor
from hub.kafka.admin import BrokerAway, NotAllowed, TooFewBrokers, admin, apply, status
from hub.kafka.clients import client_arguments, connection
from hub.kafka.embedded import HOST, EmbeddedKafka, free_port
from hub.kafka.probe import NotLetIn, cluster_id
from hub.settings import load
from hub.state.read import read_partition
from hub.topics import CATALOGUE, topic
from tests.kafka import secured
from tests.kafka.trial import Trial, watches

AT_ONCE = 5.0
"""Seconds in which a refusal must be said: Kafka's clients would try for 10 to 60."""
READY = 30.0
"""Seconds from a worker's start to its last record: 5 here; a close that waits for a farewell adds 30."""
WAYS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "certificate")


class Cluster(NamedTuple):
    """A Kafka with three doors."""

    plain: str
    sasl: str
    ssl: str
    folder: Path

    def variables(self, way: str, **changes: str) -> dict[str, str]:
        """The settings of a hub that comes in this way, as variables."""
        common = {"HUB_KAFKA_CA_FILE": str(self.folder / "ca.pem")}
        if way == "certificate":
            found = {
                "HUB_BOOTSTRAP": self.ssl,
                "HUB_KAFKA_SECURITY": "SSL",
                "HUB_KAFKA_CERT_FILE": str(self.folder / "client.pem"),
            }
        else:
            found = {
                "HUB_BOOTSTRAP": self.sasl,
                "HUB_KAFKA_SECURITY": "SASL_SSL",
                "HUB_KAFKA_SASL_MECHANISM": way,
                "HUB_KAFKA_USER": secured.USER,
                "HUB_KAFKA_PASSWORD": secured.PASSWORD,
            }
        return common | found | changes

    def settings(self, way: str, prefix: str, **changes: str):
        """The same as `Settings`."""
        fields = {
            name.removeprefix("HUB_").lower(): value for name, value in self.variables(way, **changes).items() if value
        }
        return load(find_running=False, topic_prefix=prefix, data_dir=self.folder / prefix, partitions=2, **fields)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    folder = tmp_path_factory.mktemp("secured")
    secured.make_files(folder)
    sasl, ssl = free_port(), free_port()
    with EmbeddedKafka(folder / "kafka", more_properties=secured.broker_properties(folder, sasl, ssl)) as broker:
        secured.make_users(broker.bootstrap)
        yield Cluster(broker.bootstrap, f"{HOST}:{sasl}", f"{HOST}:{ssl}", folder)


pytestmark = pytest.mark.kafka


@pytest.mark.parametrize("way", WAYS)
def test_every_client_gets_in(cluster, topic_prefix, way):
    secured.grant(cluster.plain, topic_prefix)
    settings = cluster.settings(way, topic_prefix)
    kafka = connection(settings)
    assert cluster_id(kafka) == cluster_id(cluster.plain)
    with admin(kafka) as client:
        assert len(apply(client, topic_prefix, 2)) == len(CATALOGUE)
        assert {found.state for found in status(client, topic_prefix, 2)} == {"ready"}
    clock = Clock(kafka, topic_prefix)
    try:
        assert clock.tick() == 2 * len(ticked_topics())
    finally:
        clock.close()
    name = topic("facts-journal").full_name(topic_prefix)
    producer = KafkaProducer(**client_arguments(kafka), acks="all", enable_idempotence=True)
    producer.send(name, b"value", key=b"row", partition=1).get(timeout=10)
    producer.close()
    assert dict(read_partition(kafka, name, 1).store.scan(b"")) == {b"row": b"value"}
    findings = {finding.what: finding for finding in examine(settings)}
    assert (findings["Kafka"].state, findings["Topics"].state) == ("ok", "ok")
    assert settings.kafka_security in findings["Kafka"].found


@pytest.mark.parametrize("way", ["SCRAM-SHA-512", "certificate"])
def test_a_worker_does_its_work_with_no_more_rights_than_the_guide_lists(cluster, topic_prefix, tmp_path, way):
    secured.grant(cluster.plain, topic_prefix)
    with Trial(cluster.plain, topic_prefix, tmp_path / "trial", 2, **cluster.variables(way)) as trial:
        trial.send(watches(0, 40))
        began = time.monotonic()
        trial.start("one")
        trial.run_to_the_end()
        assert time.monotonic() - began < READY, "a connection was slow to close"
        assert trial.stop("one") == 0
        trial.account()
        assert trial.ends == []


KEPT_OUT = {
    "a wrong password": ({"HUB_KAFKA_PASSWORD": "wrong"}, NotLetIn, "does not let in the user 'hub-user'"),
    "an unknown user": ({"HUB_KAFKA_USER": "nobody"}, NotLetIn, "does not let in the user 'nobody'"),
    "another authority": ({"HUB_KAFKA_CA_FILE": "other-ca.pem"}, NotLetIn, "is not to be trusted"),
    "not encrypted": ({"HUB_KAFKA_SECURITY": "SASL_PLAINTEXT", "HUB_KAFKA_CA_FILE": ""}, BrokerAway, "SASL_PLAINTEXT"),
}


@pytest.mark.parametrize("mistake", KEPT_OUT)
def test_what_keeps_the_hub_out_is_said_at_once(cluster, topic_prefix, mistake):
    changes, kind, says = KEPT_OUT[mistake]
    if changes.get("HUB_KAFKA_CA_FILE"):
        changes = {"HUB_KAFKA_CA_FILE": str(cluster.folder / changes["HUB_KAFKA_CA_FILE"])}
    settings = cluster.settings("PLAIN", topic_prefix, **changes)
    began = time.monotonic()
    with pytest.raises(kind, match=says) as caught, admin(connection(settings)):
        pass
    assert time.monotonic() - began < AT_ONCE
    assert "HUB_KAFKA_" in caught.value.remedy
    assert secured.PASSWORD not in str(caught.value)
    assert cluster_id(connection(settings)) is None
    with pytest.raises(kind, match=says):
        read_partition(connection(settings), topic("facts-journal").full_name(topic_prefix), 0)
    with pytest.raises(kind, match=says):
        Clock(connection(settings), topic_prefix)
    found = [finding for finding in examine(settings) if finding.what in {"Kafka", "Topics"}]
    assert [(finding.state, finding.found) for finding in found] == [("wrong", caught.value.what)] * 2


def test_a_client_without_the_certificate_that_is_asked_for(cluster, topic_prefix):
    settings = cluster.settings("certificate", topic_prefix, HUB_KAFKA_CERT_FILE="")
    with pytest.raises(BrokerAway) as caught, admin(connection(settings)):
        pass
    assert "HUB_KAFKA_CERT_FILE" in caught.value.remedy


def test_an_open_door_is_none_for_a_hub_that_means_to_encrypt(cluster, topic_prefix):
    settings = cluster.settings("certificate", topic_prefix, HUB_BOOTSTRAP=cluster.plain)
    with pytest.raises(BrokerAway, match="does not answer a client that speaks SSL"), admin(connection(settings)):
        pass


def test_a_worker_with_a_wrong_password_waits_for_a_person(cluster, topic_prefix, tmp_path):
    changes = cluster.variables("PLAIN", HUB_KAFKA_PASSWORD="wrong")
    with Trial(cluster.plain, topic_prefix, tmp_path / "trial", **changes) as trial:
        assert trial.start("one").wait(60) == 78
        assert "does not let in the user" in trial.logs()
        assert "wrong" not in trial.logs()


def test_the_command_line_says_it_too(cluster, topic_prefix, tmp_path):
    variables = cluster.variables("PLAIN", HUB_KAFKA_PASSWORD="wrong", HUB_TOPIC_PREFIX=topic_prefix)
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli.main", "topics", "apply"],
        env={"PATH": "", "HUB_DATA_DIR": str(tmp_path)} | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "does not let in the user 'hub-user'" in done.stderr
    assert "HUB_KAFKA_PASSWORD" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_user_without_rights_is_told_where_they_are_listed(cluster, topic_prefix):
    settings = cluster.settings("PLAIN", topic_prefix, HUB_KAFKA_USER=secured.STRANGER)
    with pytest.raises(NotAllowed, match=secured.STRANGER) as caught, admin(connection(settings)) as client:
        apply(client, topic_prefix, 2)
    assert "A Kafka of your own" in caught.value.remedy


def test_more_copies_than_brokers_are_refused_and_one_broker_keeps_one(cluster, topic_prefix):
    facts = [topic("facts")]
    with admin(cluster.plain) as client:
        with pytest.raises(TooFewBrokers, match="3 copies"):
            apply(client, topic_prefix, 1, facts, copies=3)
        assert apply(client, topic_prefix, 1, facts) == [facts[0].full_name(topic_prefix)]
        assert [found.state for found in status(client, topic_prefix, 1, facts, copies=1)] == ["ready"]
        [wanting] = status(client, topic_prefix, 1, facts, copies=3)
        assert wanting.differences == ("1 copies instead of 3", "min.insync.replicas is 1 instead of 2")


def test_the_doctor_warns_of_a_line_that_is_not_encrypted(cluster, topic_prefix, monkeypatch):
    settings = cluster.settings("certificate", topic_prefix, HUB_BOOTSTRAP=cluster.plain)
    plain = settings.model_copy(update={"kafka_security": "PLAINTEXT", "kafka_ca_file": None, "kafka_cert_file": None})
    assert doctor.broker(plain).state == "ok"
    monkeypatch.setattr(type(settings), "on_this_machine", property(lambda _settings: False))
    assert doctor.broker(plain).state == "warning"
    assert doctor.broker(cluster.settings("certificate", topic_prefix)).state == "ok"
