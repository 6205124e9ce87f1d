"""The embedded broker against its promises: real, durable over a kill, gone with its parent, verified."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from hub.errors import Fatal
from hub.kafka import embedded, jars
from hub.kafka.embedded import BrokerDidNotStart, EmbeddedKafka, FolderInUse, PortTaken, free_port
from hub.kafka.probe import cluster_id


def wait_until(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never became true"
        time.sleep(0.05)


def read_all(bootstrap, topic, count):
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, consumer_timeout_ms=20_000)
    try:
        consumer.assign([TopicPartition(topic, 0)])
        consumer.seek_to_beginning()
        return [next(consumer).value for _ in range(count)]
    finally:
        consumer.close()


def test_a_topic_that_was_not_made_is_not_made_by_a_send(kafka, topic_prefix):
    producer = KafkaProducer(bootstrap_servers=kafka, max_block_ms=1_000)
    with pytest.raises(KafkaError):
        producer.send(f"{topic_prefix}.absent", b"x").get(timeout=2)
    producer.close(timeout=1)
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    assert f"{topic_prefix}.absent" not in admin.list_topics()
    admin.close()


def test_clients_and_controller_never_get_one_port(monkeypatch):
    offered = iter([4711, 4711, 4712])
    monkeypatch.setattr(embedded, "_any_port", lambda: next(offered))
    assert free_port(besides=4711) == 4712


def test_a_folder_that_kafka_will_not_prepare_says_why(tmp_path, monkeypatch):
    broker = EmbeddedKafka(tmp_path / "kafka")
    monkeypatch.setattr(embedded, "free_port", lambda besides=0: besides or 4711)  # as if the system gave one twice
    monkeypatch.setattr(embedded, "can_bind", lambda _port: True)
    with pytest.raises(BrokerDidNotStart, match="two listeners on the same port"):
        broker.start()
    assert not broker.running


def test_what_was_acknowledged_is_there_after_kill_9_and_restart(own_kafka):
    admin = KafkaAdminClient(bootstrap_servers=own_kafka.bootstrap)
    admin.create_topics({"kept": {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    admin.close()
    producer = KafkaProducer(bootstrap_servers=own_kafka.bootstrap, acks="all")
    for future in [producer.send("kept", b"%d" % n) for n in range(100)]:
        future.get(timeout=10)
    producer.close()
    port = own_kafka.port
    own_kafka.kill()
    assert cluster_id(f"127.0.0.1:{port}") is None
    own_kafka.start()
    assert own_kafka.port == port
    assert read_all(own_kafka.bootstrap, "kept", 100) == [b"%d" % n for n in range(100)]


def test_a_second_broker_on_the_same_folder_is_refused_and_harms_nothing(own_kafka):
    second = EmbeddedKafka(own_kafka.data_dir)
    with pytest.raises(FolderInUse, match="Another Kafka runs"):
        second.start()
    assert second.pid is None
    assert cluster_id(own_kafka.bootstrap)


def test_a_port_that_is_taken_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        broker = EmbeddedKafka(tmp_path, port=port)
        with pytest.raises(PortTaken, match=f"Port {port}"):
            broker.start()
    assert broker.pid is None


@pytest.mark.kafka
def test_a_broker_that_cannot_start_says_what_it_said(tmp_path):
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "meta.properties").write_text("version=1\ncluster.id=x\nnode.id=7\n")
    broker = EmbeddedKafka(tmp_path)
    with pytest.raises(BrokerDidNotStart, match=r"(?s)ended while it started.*node id 7"):
        broker.start()
    assert broker.pid is None


PARENT = """
    import sys, time
    from pathlib import Path
    from hub.kafka.embedded import EmbeddedKafka
    broker = EmbeddedKafka(Path(sys.argv[1]))
    if sys.argv[2] == "ready":
        broker.start()
        print(broker.pid, flush=True)
        time.sleep(600)
    print("starting", flush=True)
    broker.start()
"""


def java_children(process):
    return [child for child in process.children(recursive=True) if "java" in child.name()]


@pytest.mark.kafka
def test_kill_9_of_the_parent_leaves_no_broker(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), str(tmp_path), "ready"], stdout=subprocess.PIPE
    )
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


@pytest.mark.kafka
def test_ctrl_c_while_it_starts_leaves_no_broker(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), str(tmp_path), "starting"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    parent.stdout.readline()
    found = []
    wait_until(lambda: found.extend(java_children(psutil.Process(parent.pid))) or found)
    os.kill(parent.pid, signal.SIGINT)
    assert parent.wait(30) != 0
    parent.stdout.close()
    wait_until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in found))


def test_every_jar_is_pinned_once_with_a_whole_checksum():
    locked = jars.read_lock()
    assert len({jar.file_name for jar in locked}) == len(locked) > 40
    assert all(len(jar.sha256) == 64 for jar in locked)
    assert {f"{j.group}:{j.artifact}:{j.version}" for j in locked} >= set(jars.ROOTS)


def test_a_jar_with_other_bytes_is_fatal_and_says_what_to_do(tmp_path):
    jar = jars.read_lock()[0]
    path = tmp_path / jar.file_name
    path.write_bytes(b"not this jar")
    with pytest.raises(jars.JarMismatch) as caught:
        jars.verify(jar, path)
    assert isinstance(caught.value, Fatal)
    assert jar.file_name in caught.value.what
    assert str(path) in caught.value.remedy


def test_a_damaged_cache_stops_the_start_before_java_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = jars.jars_dir()
    folder.mkdir(parents=True)
    for jar in jars.read_lock():
        (folder / jar.file_name).write_bytes(b"")
    broker = EmbeddedKafka(tmp_path / "data")
    with pytest.raises(jars.JarMismatch):
        broker.start()
    assert not Path(tmp_path / "data").exists()


@pytest.mark.parametrize("line", ["deadbeef", "deadbeef org.example:thing", "a b c"])
def test_a_damaged_lock_names_its_line(tmp_path, line):
    lock = tmp_path / "jars.lock"
    lock.write_text(f"# comment\n{line}\n")
    with pytest.raises(Fatal, match="line 2"):
        jars.read_lock(lock)
