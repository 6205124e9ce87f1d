"""What people look at: checks folded from their topics, rebuilt from zero whenever needed. No Kafka here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import BaseModel

from hub.errors import Skippable
from hub.messages import AgencyRequest, Bundle, CheckEvent
from streams.check.fold import apply
from streams.check.state import Check

TOPICS = ("check-events", "requests", "bundles")


class NoSuchCheck(Skippable):
    """No check, or more than one, has that number."""


@dataclass(slots=True)
class ReadModel:
    """Checks, their events, their requests and latest bundles.

    Attributes:
        checks: check_id -> the check as it stands.
        events: check_id -> its events, in order.
        requests: request_id -> the request as last sent.
        bundles: check_id -> latest version.
        causes: command or return -> the first event that it caused.
    """

    checks: dict[str, Check] = field(default_factory=dict)
    events: dict[str, list[CheckEvent]] = field(default_factory=dict)
    requests: dict[str, AgencyRequest] = field(default_factory=dict)
    bundles: dict[str, Bundle] = field(default_factory=dict)
    causes: dict[str, CheckEvent] = field(default_factory=dict)

    def take(self, messages: Iterable[BaseModel]) -> None:
        """Fold messages of the three topics; the same message twice changes nothing."""
        for message in messages:
            match message:
                case CheckEvent():
                    self._event(message)
                case AgencyRequest():
                    self.requests[message.request_id] = message
                case Bundle():
                    known = self.bundles.get(message.check_id)
                    if known is None or message.version > known.version:
                        self.bundles[message.check_id] = message

    def find(self, number: str) -> Check:
        """A check by its number or the beginning of it.

        Raises:
            NoSuchCheck: none has it, or several begin with it.
        """
        found = [c for check_id, c in self.checks.items() if check_id.startswith(number.lower())]
        if len(found) == 1:
            return found[0]
        what = "No check has" if not found else f"{len(found)} checks have"
        raise NoSuchCheck(f"{what} a number that begins with {number!r}.", "`mash check list` shows all numbers.")

    def is_behind(self, check_id: str) -> bool:
        """Whether requests or the bundle that the events tell of have not been read yet."""
        check, bundle = self.checks[check_id], self.bundles.get(check_id)
        if bundle is None or bundle.version < check.bundle:
            return True
        return any(r.request_id not in self.requests for r in check.of_round())

    def _event(self, event: CheckEvent) -> None:
        self.causes.setdefault(event.cause, event)
        if event.seq == 0:  # the answer to a command for a check that does not exist
            return
        check = self.checks.get(event.check_id)
        if check is not None and event.seq <= check.seq:
            return
        self.checks[event.check_id] = apply(check, event)
        self.events.setdefault(event.check_id, []).append(event)
