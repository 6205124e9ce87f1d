"""What people do, on its way to Kafka, and the wait for the event that it causes. Decides nothing, shows nothing.

Something counts as saved only when its event has come back into the view: a broker that took a command is not enough.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from kafka.errors import KafkaError
from sqlalchemy import Engine, select

from hub.avro import decode_as
from hub.courier import Courier
from hub.kafka.clients import connection
from hub.kafka.probe import BrokerAway, greet
from hub.messages import CheckEvent, DeskEvent, IdentityCommand, LookUp, ReviewItem, SealedRecord
from hub.settings import Settings
from streams.check.wire import ANSWER_SECONDS, NotConfirmed, ToCheck, message_id
from triage.projector import Projector
from triage.sql import tables as t

Message = ToCheck | DeskEvent | IdentityCommand | SealedRecord
_TAKE_SECONDS = 10.0
"""For the broker to take a message for good: some milliseconds, and longer only while it moves house."""
_LOOK_SECONDS = 0.5
_T = TypeVar("_T")


class Gateway:
    """Sends, and waits for what comes of it.

    Args:
        settings: of the hub.
        engine: the desk's database.
        projector: says when the view has changed.
        answer_seconds: how long to wait for an event.
    """

    def __init__(
        self, settings: Settings, engine: Engine, projector: Projector, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        """See the class."""
        self._settings = settings
        self._engine = engine
        self._projector = projector
        self._answer_seconds = answer_seconds
        self._one = threading.Lock()
        self._courier: Courier | None = None

    def say(self, message: ToCheck, *records: SealedRecord) -> list[CheckEvent]:
        """Send something to a check, and give back the events that it caused: they are committed together.

        Args:
            message: a command, a return, a contact or a look-up.
            records: records that go to be matched, sent before it.

        Raises:
            NotConfirmed: the broker did not take it, or no event came back in time; the same message may be sent
                again, it has one effect.
        """
        for record in records:
            self._send(record, "records", record.record_id, record.record_id, region=record.partnership)
        cause = message_id(message)
        self._send(message, "checks", message.key if isinstance(message, LookUp) else message.anchor, cause)
        return self._wait(lambda: self._caused(cause))

    def tell(self, event: DeskEvent) -> bool:
        """Send an event of the desk's own; returns whether it took effect (a second claim does not).

        Raises:
            NotConfirmed: as `say`.
        """
        self._send(event, "desk", event.check_id, event.event_id)
        return self._wait(lambda: self._took(event.event_id))

    def decide_identity(self, command: IdentityCommand, review_id: str) -> str:
        """Send a decision on two records; returns the review's state afterwards, `open` where a second has to agree.

        Raises:
            NotConfirmed: as `say`.
        """
        self._send(command, "records", command.source_a, command.command_id, region=command.partnership)
        return self._wait(lambda: self._settled(review_id, command))

    def close(self) -> None:
        """Let go of the broker."""
        if self._courier is not None:
            self._courier.close()

    def _caused(self, cause: str) -> list[CheckEvent] | None:
        with self._engine.connect() as database:
            found = database.scalars(select(t.events.c.body).where(t.events.c.cause == cause).order_by(t.events.c.seq))
            bodies = list(found) or list(database.scalars(select(t.answers.c.body).where(t.answers.c.cause == cause)))
            return [decode_as(CheckEvent, body) for body in bodies] or None

    def _took(self, event_id: str) -> bool | None:
        with self._engine.connect() as database:
            return database.scalar(select(t.desk_events.c.took).where(t.desk_events.c.event_id == event_id))

    def _settled(self, review_id: str, command: IdentityCommand) -> str | None:
        with self._engine.connect() as database:
            body = database.scalar(select(t.reviews.c.body).where(t.reviews.c.review_id == review_id))
        item = decode_as(ReviewItem, body) if body is not None else None
        if item is None:
            return None
        waits = (item.proposed, item.proposed_by) == (command.decision, command.actor)
        return item.state if item.state != "open" or waits else None

    def _wait(self, look: Callable[[], _T | None]) -> _T:
        deadline = time.monotonic() + self._answer_seconds
        version = self._projector.version
        while (found := look()) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise NotConfirmed(
                    "Nobody has confirmed it yet, so it does not count as saved.",
                    "It may still arrive: look at the check's history before you send it again. "
                    "Sending the same form again has no second effect.",
                )
            version = self._projector.wait_for_change(version, min(left, _LOOK_SECONDS))
        return found

    def _send(self, message: Message, name: str, key: str, identifier: str, region: str = "") -> None:
        try:
            self._open().carry(name, message, key, identifier, region=region)
        except (KafkaError, BrokerAway) as error:
            raise NotConfirmed(
                f"The hub cannot be reached ({type(error).__name__}): it is not saved.",
                "What you typed is still here. Try again in a minute; if it goes on, ring whoever runs the hub.",
            ) from error

    def _open(self) -> Courier:
        with self._one:
            if self._courier is None:
                kafka = connection(self._settings)
                greet(kafka)
                self._courier = Courier(
                    kafka,
                    self._settings.topic_prefix,
                    source="/triage",
                    client_id="mash-desk",
                    confirm_seconds=_TAKE_SECONDS,
                    block_seconds=_TAKE_SECONDS,
                )
            return self._courier
