"""Sends the audit's head to Kafka now and then, so that an end that was cut off is found. Writes no entry itself."""

from __future__ import annotations

import threading
import uuid

from hub.errors import HubError
from hub.log import get_logger
from hub.messages import DeskEvent
from triage.audit import head
from triage.desk import Desk
from triage.roles import Role

EVERY_SECONDS = 60.0
"""So many seconds' entries could be cut off unseen at most; more often would fill the topic with heads."""
log = get_logger("desk")


def publish(desk: Desk, known: int) -> int:
    """Send the head where it has moved on from entry `known`; returns the number of the one that Kafka has now.

    Raises:
        HubError: Kafka did not confirm it.
    """
    with desk.engine.connect() as connection:
        number, chain = head(connection)
    if number <= known:
        return known
    desk.gateway.tell(
        DeskEvent(
            event_id=str(uuid.uuid4()),
            partnership=desk.settings.partnership,
            check_id="",
            kind="audit_head",
            actor="desk",
            role=Role.OPERATIONS,
            codes={"number": str(number), "chain": chain},
            at=desk.now(),
        )
    )
    return number


def keep_publishing(desk: Desk, stop: threading.Event) -> threading.Thread:
    """Until told to stop, in a thread of its own; what does not arrive is sent again the next time."""

    def run() -> None:
        known = 0
        while not stop.wait(EVERY_SECONDS):
            try:
                known = publish(desk, known)
            except HubError as error:
                log.warning("the audit's head could not be sent", error=type(error).__name__)

    thread = threading.Thread(target=run, name="heads", daemon=True)
    thread.start()
    return thread
