"""Builds one Faust app from stages: an agent a stage, a lane an assigned partition. No handling of records here."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from faust.types import TP

from hub.kafka.clients import Connection, faust_arguments
from hub.sealing import Sealer
from hub.settings import Settings
from hub.state.outputs import OutputWriter
from hub.state.partition import StatePartition
from hub.state.place import Place
from hub.state.standby import Standby
from hub.topics import LARGEST_MESSAGE, topic
from hub.worker.lane import Limits
from hub.worker.lanes import LaneSet
from hub.worker.preflight import ClusterFacts, TopicsMissing
from hub.worker.spec import StageSpec
from hub.worker.standbys import Standbys
from hub.worker.transport import Chunk, StageApp, StageConsumer
from hub.worker.watchdog import watch

COMMIT_SECONDS = 1.0
"""How often the group hears how far the state is. Only a hint, so seldom is enough."""
REBALANCE_SECONDS = 60.0
"""What the group allows a member to finish its batch in: more than a lane takes to close (45 s)."""
REQUEST_SECONDS = 40.0
HEARTBEATS_A_SESSION = 5
METADATA_SECONDS = 5.0
"""How old a consumer's knowledge of topics may be. A broker that is starting may say that a topic has no partitions;
aiokafka's group leader then assigns nobody anything, until its metadata is next refreshed: by default five minutes."""

OnFault = Callable[[BaseException], None]


class Stages:
    """The app's stages by input topic, and how their state is made.

    Raises:
        TopicsMissing: a journal has not as many partitions as its input.
    """

    def __init__(
        self,
        specs: list[StageSpec],
        settings: Settings,
        kafka: Connection,
        cluster: ClusterFacts,
        folder: Path,
        sealer: Sealer,
    ) -> None:
        """See the class."""
        self.kafka = kafka
        self._settings = settings
        self._cluster = cluster
        self._folder = folder
        self._sealer = sealer
        self._specs: dict[str, StageSpec] = {}
        for spec in specs:
            self._add(spec)

    @property
    def inputs(self) -> list[str]:
        """Full names of the input topics."""
        return list(self._specs)

    @property
    def partitions(self) -> list[TP]:
        """Every partition of the input topics."""
        return [TP(name, n) for name in self._specs for n in range(self._cluster.topics[name].partitions)]

    def state(self, tp: TP) -> StatePartition:
        """The state of one input partition, unopened."""
        core = self._specs[tp.topic].core_factory(self._settings, tp.partition)
        writer = OutputWriter(core.name, self._settings.topic_prefix, self._sealer, _utc_now)
        return StatePartition(core, tp.partition, self._place(tp), writer)

    def standby(self, tp: TP) -> Standby:
        """A warm copy of one input partition's state, unopened."""
        return Standby(self._specs[tp.topic].name, tp.partition, self._place(tp))

    def _place(self, tp: TP) -> Place:
        settings, spec = self._settings, self._specs[tp.topic]
        journal = full_name(settings, spec.journal_topic)
        return Place(
            kafka=self.kafka,
            cluster_id=self._cluster.cluster_id,
            transactional_prefix=settings.topic_prefix,
            folder=self._folder,
            input_topic=tp.topic,
            input_id=self._cluster.topics[tp.topic].topic_id,
            journal=journal,
            journal_id=self._cluster.topics[journal].topic_id,
        )

    def _add(self, spec: StageSpec) -> None:
        names = full_name(self._settings, spec.input_topic), full_name(self._settings, spec.journal_topic)
        counts = [self._cluster.topics[name].partitions for name in names]
        if counts[0] != counts[1]:
            raise TopicsMissing(
                f"{names[0]} has {counts[0]} partitions and its journal {names[1]} has {counts[1]}.",
                "They must be equal: make the journal anew, or write the next generation with `mash repartition`.",
            )
        self._specs[names[0]] = spec


def full_name(settings: Settings, name: str) -> str:
    """A topic's name on the broker, from its short name."""
    return topic(name).full_name(settings.topic_prefix)


def build(name: str, stages: Stages, settings: Settings, folder: Path, on_fault: OnFault) -> StageApp:
    """The app, ready to be run by a Faust worker.

    Args:
        name: the app's name; with the prefix, the consumer group's.
        stages: what it runs.
        settings: of this process.
        folder: the process's own folder.
        on_fault: ends the process.
    """
    app = StageApp(
        f"{settings.topic_prefix}.{name}",
        **faust_arguments(stages.kafka),
        store="memory://",
        datadir=folder / "faust",
        key_serializer="raw",
        value_serializer="raw",
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        stream_wait_empty=False,
        broker_session_timeout=settings.session_timeout,
        broker_heartbeat_interval=settings.session_timeout / HEARTBEATS_A_SESSION,
        broker_rebalance_timeout=REBALANCE_SECONDS,
        broker_request_timeout=max(REQUEST_SECONDS, settings.session_timeout),
        broker_commit_interval=COMMIT_SECONDS,
        broker_max_poll_records=settings.batch_records,
        consumer_max_fetch_size=2 * LARGEST_MESSAGE,
        consumer_metadata_max_age_ms=int(METADATA_SECONDS * 1000),
    )
    app.on_fault = on_fault
    lanes = _lanes(app, stages, settings, on_fault)
    standbys = Standbys(stages.standby, stages.partitions if settings.standby else (), on_fault)
    _consumer(app).lanes = lanes
    for input_topic in stages.inputs:
        _agent(app, input_topic, lanes, on_fault)
    _follow_assignment(app, lanes, standbys, on_fault)
    return app


def _consumer(app: StageApp) -> StageConsumer:
    assert isinstance(app.consumer, StageConsumer)
    return app.consumer


def _lanes(app: StageApp, stages: Stages, settings: Settings, on_fault: OnFault) -> LaneSet:
    async def read_from(tp: TP, offset: int | None, lane: int) -> tuple[int, int, int]:
        thread = _consumer(app).thread
        return await thread.run(thread.read_from(tp, offset, lane))

    def stop_reading(tps: set[TP]) -> None:
        thread = _consumer(app).thread
        thread.run(thread.stop_reading(tps))

    limits = Limits(settings.batch_records, settings.batch_ms / 1000)
    return LaneSet(stages.state, limits, read_from, stop_reading, on_fault)


def _agent(app: StageApp, input_topic: str, lanes: LaneSet, on_fault: OnFault) -> None:
    """The Faust agent of one stage: it hands each chunk to the lane of its partition."""

    async def stage(chunks: AsyncIterable[Chunk]) -> None:
        try:
            async for chunk in chunks:
                lanes.deliver(chunk)
        except Exception as error:  # noqa: BLE001 - Faust would restart the agent and forget the chunk
            on_fault(error)

    source = app.topic(input_topic, key_type=bytes, value_type=bytes)
    app.agent(source, name=input_topic, concurrency=1)(stage)


def _follow_assignment(app: StageApp, lanes: LaneSet, standbys: Standbys, on_fault: OnFault) -> None:
    @app.on_partitions_revoked.connect(weak=False)
    async def revoked(_app: StageApp, tps: set[TP], **_: Any) -> None:
        await lanes.close(tps)

    @app.on_partitions_assigned.connect(weak=False)
    async def assigned(_app: StageApp, tps: set[TP], **_: Any) -> None:
        await standbys.leave_to_lanes(tps)
        lanes.open(tps)

    @app.on_before_shutdown.connect(weak=False)
    async def stopping(_app: StageApp, **_: Any) -> None:
        await standbys.close()
        await lanes.finish()

    @app.task  # type: ignore[untyped-decorator]
    async def watching() -> None:
        thread = _consumer(app).thread
        await watch(lanes, lambda: thread.run(thread.ends()), on_fault)


def _utc_now() -> datetime:
    return datetime.now(UTC)
