"""What a rule of procedure sees (the check, the command, the time) and what it says: drafts of events, or a refusal."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hub.messages import CheckCommand
from streams.check.config import Agreement, Config
from streams.check.state import Check, State
from streams.check.working_time import WorkingTime


class Refusal(Exception):  # noqa: N818 - no fault: the check answers a person with it
    """A command that the check does not obey. It becomes a `refused` event.

    Args:
        reason: code (`refusals.WORDS` says it in English).
        codes: what it is about.
    """

    def __init__(self, reason: str, **codes: str) -> None:
        """See the class."""
        super().__init__(reason)
        self.reason = reason
        self.codes = codes


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it has a number, a time and a state."""

    kind: str
    codes: Mapping[str, str] = field(default_factory=dict)
    state: State | None = None
    words: bytes = b""


@dataclass(frozen=True, slots=True)
class Desk:
    """A partnership's rules, ready to use."""

    config: Config
    time: WorkingTime

    def due(self, clock: str, start: datetime, *, rating: str = "", agency: str = "", key: str = "") -> dict[str, str]:
        """Codes that start a clock: `due.<clock>[:<key>]` -> ISO time."""
        at = self.time.due(start, self.config.clocks.clocks[clock].span(rating), agency)
        return {f"due.{clock}:{key}" if key else f"due.{clock}": at.isoformat()}

    def agreement(self, check: Check) -> Agreement | None:
        """The partnership's sharing agreement."""
        return self.config.agreement(check.partnership)


_CHECK_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STOP = ""
"""Value of a `due.<clock>` code that stops the clock."""


def only_synthetic(desk: Desk, check: Check) -> None:
    """Scripted parties may act on made-up people only.

    Raises:
        Refusal: the partnership's agreement is for real people.
    """
    agreement = desk.agreement(check)
    if agreement is None or not agreement.synthetic:
        raise Refusal("scripted-not-allowed")


@dataclass(frozen=True, slots=True)
class Situation:
    """A command before a check."""

    desk: Desk
    check: Check
    command: CheckCommand
    now: datetime

    def code(self, name: str, allowed: Collection[str]) -> str:
        """A coded argument.

        Raises:
            Refusal: it is missing or not in its code set.
        """
        value = self.command.codes.get(name, "")
        if not value:
            raise Refusal("missing-code", code=name)
        if value not in allowed:
            raise Refusal("bad-code", code=name)
        return value

    def other_check(self) -> str:
        """The check that the command names beside its own.

        Raises:
            Refusal: it names none, itself, or what is no check's number.
        """
        other = self.command.codes.get("check", "")
        if not other or other == self.check.check_id:
            raise Refusal("missing-code", code="check")
        if not _CHECK_ID.fullmatch(other):
            raise Refusal("bad-code", code="check")
        return other

    def need_words(self) -> bytes:
        """The command's sealed words.

        Raises:
            Refusal: there are none.
        """
        if not self.command.words:
            raise Refusal("missing-words")
        return self.command.words

    def rule_reasons(self) -> dict[str, str]:
        """A reason against each rule that fired.

        Raises:
            Refusal: a rule has none.
        """
        reasons = self.desk.config.decisions.rule_reasons
        return {f"reason.{rule}": self.code(f"reason.{rule}", reasons) for rule in sorted(self.check.rules)}

    def nothing_unread(self) -> None:
        """The check may end only when everything that came in was read and taken note of.

        Raises:
            Refusal: something was not.
        """
        if self.check.unread:
            raise Refusal("unread-return")
        if self.check.late:
            raise Refusal("late-return-pending")
        if self.check.identity_pending:
            raise Refusal("identity-changed")
