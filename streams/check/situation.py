"""What a rule of procedure sees (the check, the command, the time) and what it says: drafts of events, or a refusal."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hub.messages import CheckCommand
from streams.check.agreements import Agreement
from streams.check.config import Config
from streams.check.state import Check, State
from streams.check.working_time import WorkingTime

SCREENER, DECIDER, MANAGER = "screener", "decision_maker", "duty_manager"
RESEARCHER, SERVICE, SCRIPTED, AUDITOR = "agency_researcher", "service", "scripted", "auditor"
MACHINE = "machine"
"""What one check says to another: never a person's role."""
TRIAGE = frozenset({SCREENER, DECIDER, MANAGER})
MANAGERS = frozenset({DECIDER, MANAGER, SCRIPTED})
STOP = ""
"""Value of a `due.<clock>` code that stops the clock."""
CHECK_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAME = re.compile(r"[\w .,'()/&@+-]{1,80}")


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
    parts: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desk:
    """A partnership's rules, ready to use."""

    config: Config
    time: WorkingTime

    def due(self, clock: str, start: datetime, *, rating: str = "", agency: str = "", key: str = "") -> dict[str, str]:
        """Codes that start a clock: `due.<clock>[:<key>]` -> ISO time."""
        at = self.time.due(start, self.config.clocks.clocks[clock].span(rating), agency)
        return {f"due.{clock}:{key}" if key else f"due.{clock}": at.isoformat()}

    def again(self, clock: str, rang_at: datetime) -> dict[str, str]:
        """Codes that let a clock ring once more."""
        return {f"due.{clock}": self.time.due(rang_at, self.config.clocks.clocks[clock].again).isoformat()}

    def told(self, whom: str, at: datetime) -> str:
        """Who hears of it at that hour: outside the duty manager's cover the out-of-hours team does."""
        return "out_of_hours" if whom == MANAGER and not self.time.covered(at, MANAGER) else whom

    def day(self, at: datetime) -> date:
        """The day in the partnership's time zone."""
        return at.astimezone(ZoneInfo(self.config.clocks.zone)).date()

    def agreement(self, check: Check, at: datetime | None = None) -> Agreement | None:
        """The partnership's sharing agreement: one in force at `at`, if there is one."""
        return self.config.agreement(check.partnership, self.day(at) if at else None)


def only_synthetic(desk: Desk, partnership: str) -> None:
    """Scripted parties may act on made-up people only.

    Raises:
        Refusal: the partnership's agreement is for real people.
    """
    agreement = desk.config.agreement(partnership)
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

    def optional(self, name: str, allowed: Collection[str]) -> dict[str, str]:
        """A coded argument as codes; {} where it was not given.

        Raises:
            Refusal: it is not in its code set.
        """
        return {name: self.code(name, allowed)} if self.command.codes.get(name) else {}

    def several(self, name: str, allowed: Collection[str]) -> list[str]:
        """Coded arguments, space between; [] where none was given.

        Raises:
            Refusal: one is not in the code set.
        """
        values = sorted(set(self.command.codes.get(name, "").split()))
        if not set(values) <= set(allowed):
            raise Refusal("bad-code", code=name)
        return values

    def name(self, name: str) -> str:
        """A short name (an account, a team, an area); '' where none was given.

        Raises:
            Refusal: it is too long, or is no name.
        """
        value = self.command.codes.get(name, "")
        if value and not _NAME.fullmatch(value):
            raise Refusal("bad-code", code=name)
        return value

    def moment(self, name: str) -> datetime:
        """A time that was given, not later than now; now where none was.

        Raises:
            Refusal: it is no time with a zone, or lies ahead.
        """
        value = self.command.codes.get(name, "")
        if not value:
            return self.now
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            raise Refusal("bad-code", code=name) from None
        if at.tzinfo is None or at > self.now:
            raise Refusal("bad-code", code=name)
        return at

    def other_check(self) -> dict[str, str]:
        """The check that the command names beside its own, with its anchor where the sender knows it.

        Raises:
            Refusal: it names none, itself, or what is no check's number.
        """
        other = self.command.codes.get("check", "")
        if not other or other == self.check.check_id:
            raise Refusal("missing-code", code="check")
        if not CHECK_ID.fullmatch(other):
            raise Refusal("bad-code", code="check")
        anchor = self.name("anchor")
        return {"check": other} | ({"anchor": anchor} if anchor else {})

    def need_words(self) -> bytes:
        """The command's sealed words.

        Raises:
            Refusal: there are none.
        """
        if not self.command.words:
            raise Refusal("missing-words")
        return self.command.words

    def signatories(self) -> Collection[str]:
        """Agencies that signed the agreement."""
        agreement = self.desk.agreement(self.check, self.now)
        return agreement.signatories if agreement else ()

    def rule_reasons(self) -> dict[str, str]:
        """A reason against each rule that fired, and against the worry of a contact.

        Raises:
            Refusal: one has none.
        """
        reasons = self.desk.config.decisions.rule_reasons
        about = sorted(self.check.rules) + (["contact"] if self.check.contacts else [])
        return {f"reason.{rule}": self.code(f"reason.{rule}", reasons) for rule in about}

    def contacts_read(self) -> None:
        """What a referrer said was read by somebody of triage.

        Raises:
            Refusal: it was not.
        """
        if any(not held.read for held in self.check.contacts.values()):
            raise Refusal("unread-contact")

    def same_person(self) -> None:
        """Nothing leaves about a person who was merged or split until somebody has looked.

        Raises:
            Refusal: nobody has.
        """
        if self.check.identity_pending:
            raise Refusal("identity-changed")

    def nothing_unread(self) -> None:
        """The check may end only when everything that came in was read and taken note of.

        Raises:
            Refusal: something was not.
        """
        if self.check.unread:
            raise Refusal("unread-return")
        if self.check.late:
            raise Refusal("late-return-pending")
        self.contacts_read()
        self.same_person()
