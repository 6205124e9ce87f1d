"""Sends a person's decision to the identity stage, and tells when it has had its effect. Decides nothing itself."""

from __future__ import annotations

import time

from kafka.errors import KafkaError

from hub.courier import Courier
from hub.errors import Retriable
from hub.kafka.clients import connection
from hub.messages import IdentityCommand
from hub.settings import Settings
from hub.state.read import read_partition
from hub.topics import topic
from streams.identity.rows import text_key

ANSWER_SECONDS = 20.0
"""A decision takes effect within a transaction (50 ms); this bridges a worker's restart (15 s) and no more."""
_LOOK_EVERY = 0.5


class NotConfirmed(Retriable):
    """Sent, and its effect has not been seen: nobody may say that it is saved."""


def send(settings: Settings, command: IdentityCommand, partition: int) -> None:
    """Send a decision to the partition where its pair stands, and wait until it has had its effect there.

    Raises:
        NotConfirmed: the broker did not take it, or no effect came in time. The same command may be sent again.
    """
    courier = Courier(
        connection(settings),
        settings.topic_prefix,
        source="/identity/desk",
        client_id="mash-identity",
        confirm_seconds=ANSWER_SECONDS,
    )
    try:
        courier.carry("records", command, command.source_a, command.command_id, partition=partition)
    except KafkaError as error:
        text = f"Kafka did not take the decision ({type(error).__name__}): it is not saved."
        raise NotConfirmed(text, "Look at the broker; send it again.") from error
    finally:
        courier.close()
    _await_effect(settings, command, partition)


def _await_effect(settings: Settings, command: IdentityCommand, partition: int) -> None:
    name = topic("identity-journal").full_name(settings.topic_prefix)
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        store = read_partition(connection(settings), name, partition).store
        if store.get(text_key(b"y", command.command_id)) is not None:
            return
        time.sleep(_LOOK_EVERY)
    raise NotConfirmed(
        f"The decision has had no effect within {ANSWER_SECONDS:.0f} s: nobody can say that it is saved.",
        "See with `mash status` whether the identity worker runs; the same decision may be sent again.",
    )
