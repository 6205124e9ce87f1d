"""Is there a Kafka at this address? Looks only; makes nothing and waits for no one longer than it is told to."""

from __future__ import annotations

import socket

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError


def cluster_id(bootstrap: str, timeout_seconds: float = 2.0) -> str | None:
    """The id of the Kafka cluster that answers an admin call at `host:port[,host:port]`, or None."""
    if not listens(bootstrap, timeout_seconds):
        return None  # cheaper than a client, and without its log lines
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap.split(","), bootstrap_timeout_ms=int(timeout_seconds * 1000)
        )
    except KafkaError:
        return None
    try:
        return str(admin.describe_cluster()["cluster_id"])
    except KafkaError:
        return None
    finally:
        admin.close()


def listens(bootstrap: str, timeout_seconds: float = 2.0) -> bool:
    """Whether anything accepts TCP connections at one of the addresses of `host:port[,host:port]`."""
    return any(_accepts(address, timeout_seconds) for address in bootstrap.split(","))


def _accepts(address: str, timeout_seconds: float) -> bool:
    host, _, port = address.strip().rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout_seconds):
            return True
    except (OSError, ValueError):
        return False
