"""Every metric of the hub, in one place. Nothing may be measured under a name that is not here.

All names begin with `mash_`. Labels have few values (stage, connector, topic-partition, reason code): never an id
of a record or a person. The reference page and the alert rules are checked against `CATALOGUE`.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from hub.errors import Fatal

Kind = Literal["counter", "gauge", "histogram"]

LATENCY_BUCKETS = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds. Four hops aim at 0.3 s and must stay under 2 s, so the resolution is there; 300 s is an incident."""
TRANSACTION_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds. A transaction is meant to close every 0.05 s."""
BATCH_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Records. A batch closes at 500 by default."""


DESK_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 30.0)
"""Seconds. Nineteen pages of twenty are to come within 0.2 s; nobody waits for 30."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as the reference page shows it."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...]
    unit: str


CATALOGUE: list[Metric] = []


def _note(kind: Kind, name: str, text: str, labels: tuple[str, ...], unit: str) -> None:
    CATALOGUE.append(Metric(name + ("_total" if kind == "counter" else ""), kind, text, labels, unit))


def _counter(name: str, text: str, *labels: str, unit: str) -> Counter:
    _note("counter", name, text, labels, unit)
    return Counter(name, text, labels)


def _gauge(name: str, text: str, *labels: str, unit: str) -> Gauge:
    _note("gauge", name, text, labels, unit)
    return Gauge(name, text, labels)


def _histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str, unit: str) -> Histogram:
    _note("histogram", name, text, labels, unit)
    return Histogram(name, text, labels, buckets=buckets)


RECORDS_IN = _counter(
    "mash_records_in",
    "Native records read by a connector, or messages taken by a stage.",
    "stage", "connector", unit="records",
)  # fmt: skip
REJECTS = _counter(
    "mash_rejects",
    "Records or messages that could not be processed, by reason code.",
    "stage", "connector", "reason", unit="records",
)  # fmt: skip
DEAD_LETTERS = _counter(
    "mash_dead_letters",
    "Dead letters written and confirmed by Kafka: equals mash_rejects_total unless one is on its way.",
    "stage", "connector", "reason", unit="records",
)  # fmt: skip
OUTPUTS = _counter("mash_outputs", "Messages committed to a topic.", "stage", "topic", unit="messages")
LAG = _gauge(
    "mash_lag",
    "Messages in a stage's input partition not yet applied, but for ticks in hand.",
    "stage",
    "topic",
    "partition",
    unit="messages",
)
LATENCY = _histogram(
    "mash_latency_seconds",
    "From a record's publication by its connector to the commit of what this stage made of it.",
    LATENCY_BUCKETS,
    "stage", "connector", unit="seconds",
)  # fmt: skip
BATCH_RECORDS = _histogram(
    "mash_batch_records", "Messages in one transaction.", BATCH_BUCKETS, "stage", unit="messages"
)
TRANSACTION_SECONDS = _histogram(
    "mash_transaction_seconds",
    "From a transaction's begin to its commit.",
    TRANSACTION_BUCKETS,
    "stage",
    unit="seconds",
)
STATE_ROWS = _gauge("mash_state_rows", "Rows in a partition's local store.", "stage", "partition", unit="rows")
RESTORE_SECONDS = _gauge(
    "mash_restore_seconds", "How long the last rebuild of a partition's local store took.", "stage", "partition",
    unit="seconds",
)  # fmt: skip
RESTORE_LEFT = _gauge(
    "mash_restore_left", "Journal records that the opening of a partition's state has still to read.", "stage",
    "partition", unit="records",
)  # fmt: skip
RESTORED_RECORDS = _gauge(
    "mash_restored_records",
    "Journal records that the last opening of a partition's state had to read: few where its local store, or a "
    "standby's, was nearly up to date.",
    "stage", "partition", unit="records",
)  # fmt: skip
STANDBY_LAG = _gauge(
    "mash_standby_lag",
    "Journal records that this worker's warm copy of a partition lacks, which another worker owns.",
    "stage", "partition", unit="records",
)  # fmt: skip
LAST_PROGRESS = _gauge(
    "mash_last_progress_timestamp_seconds", "When a stage last committed anything, ticks included.", "stage",
    unit="Unix time",
)  # fmt: skip
PROPOSALS = _counter(
    "mash_proposals",
    "Proposals sent, those brought up to date included, by the rule that opens and its level (3 or 4).",
    "rule",
    "level",
    unit="proposals",
)
UNSETTLED = _gauge(
    "mash_unsettled_pictures", "Pictures that do not yet hold what membership expects.", "partition", unit="pictures"
)
UNSETTLED_OLDEST = _gauge(
    "mash_unsettled_oldest_seconds", "Age of the oldest unsettled picture; over 30 s is an alert.", "partition",
    unit="seconds",
)  # fmt: skip
REVIEWS_OPEN = _gauge("mash_reviews_open", "Links that wait for a person.", "partition", unit="reviews")
CHECKS_OPEN = _gauge("mash_checks_open", "Checks that are not closed, by state.", "state", "partition", unit="checks")
RETURNS_OVERDUE = _gauge(
    "mash_returns_overdue", "Requests to agencies past their due time.", "agency", "partition", unit="requests"
)
STATE_GAUGES = {
    "state_rows": STATE_ROWS,
    "unsettled_pictures": UNSETTLED,
    "unsettled_oldest_seconds": UNSETTLED_OLDEST,
    "reviews_open": REVIEWS_OPEN,
    "checks_open": CHECKS_OPEN,
    "returns_overdue": RETURNS_OVERDUE,
}
"""Those that a stage says of its state (`hub.state.api.Gauging`); their last label is the partition."""
SOURCE_LAST_HEARD = _gauge(
    "mash_source_last_heard_timestamp_seconds", "When a source last sent anything, an empty extract included.",
    "agency", "connector", unit="Unix time",
)  # fmt: skip
ERASURES_PENDING = _gauge(
    "mash_erasures_pending", "Erasures whose keys are not yet destroyed; over an hour is an alert.", unit="erasures"
)
ERASURES_OLDEST = _gauge(
    "mash_erasures_oldest_seconds", "Age of the oldest erasure that is not done; 0 if there is none.", unit="seconds"
)
ERASURES_DONE = _counter("mash_erasures_done", "Erasures whose keys are destroyed.", unit="erasures")
LETTER_KEYS_EXPIRED = _counter(
    "mash_letter_keys_expired", "Keys of dead letters removed because the letters have expired.", unit="keys"
)
DESK_REQUESTS = _counter(
    "mash_desk_requests", "Pages and forms that the desk answered, by its own name for the address.",
    "route", "method", "status", unit="requests",
)  # fmt: skip
DESK_SECONDS = _histogram(
    "mash_desk_seconds", "From a request at the desk to its answer; a form waits for its event to come back.",
    DESK_BUCKETS, "route", "method", unit="seconds",
)  # fmt: skip
DESK_SESSIONS = _gauge("mash_desk_sessions", "People who are signed in and not idle.", unit="sessions")
DESK_AUDIT_HEAD = _gauge("mash_desk_audit_entries", "Number of the audit's last entry; it never falls.", unit="entries")
DESK_LAG = _gauge("mash_desk_lag", "Messages in the desk's topics that its view does not hold yet.", unit="messages")
DESK_SILENCE = _gauge(
    "mash_desk_silence_seconds", "Since when the broker has not answered the desk; pages are that old.", unit="seconds"
)
NOT_ARRIVED = _gauge(
    "mash_records_not_arrived", "Records that their agency says it sent over a day ago and that never came.", "agency",
    unit="records",
)  # fmt: skip
CLOCK_TICKS = _counter("mash_clock_ticks", "Ticks confirmed by Kafka.", "topic", unit="ticks")
PROCESS_UP = _gauge("mash_process_up", "Whether a process of this machine's hub runs.", "process", unit="0 or 1")
PROCESS_RESTARTS = _counter(
    "mash_process_restarts", "Restarts of a process by the supervisor.", "process", unit="restarts"
)
BUILD_INFO = _gauge(
    "mash_build_info", "Always 1; the labels say what runs here.", "version", "python", "process", unit="1"
)


def hub_version() -> str:
    """The installed version of the hub."""
    try:
        return version("mash-hub")
    except PackageNotFoundError:
        return "unknown"


def serve(port: int, process: str, host: str = "127.0.0.1") -> None:
    """Serve /metrics from a thread of this process; port 0 switches it off.

    Args:
        port: TCP port.
        process: this process's name (`worker-identity`, `clock`, `connector-police` ...).
        host: address to listen on.

    Raises:
        Fatal: the port is taken.
    """
    BUILD_INFO.labels(hub_version(), platform.python_version(), process).set(1)
    if port == 0:
        return
    try:
        start_http_server(port, host)
    except OSError as error:
        raise Fatal(
            f"/metrics of {process} cannot listen on {host}:{port} ({type(error).__name__}).",
            "Stop what uses the port, or set HUB_METRICS_PORT to another (0 switches it off).",
        ) from error
