"""What the desk's commands share: find a check, seal words, send, wait, print a refusal. No option is read here."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import typer

from hub.errors import Fatal
from hub.messages import AgencyRequest, AgencyReturn, CheckCommand, CheckEvent, CheckWords, Reporter
from hub.sealing import Sealer, reporter_key
from hub.secret_files import key_store
from hub.settings import Settings
from streams.check import choices, config
from streams.check.config import Config
from streams.check.readmodel import TOPICS, ReadModel
from streams.check.render import words
from streams.check.render.build import Library, build
from streams.check.render.holdings import lines_of
from streams.check.render.view import BundleView
from streams.check.render.words import moment, plain
from streams.check.state import ENDED, Check
from streams.check.wire import NotConfirmed, TopicReader, say

_READS_FOR = {"decision_maker": "deciding", "duty_manager": "supervising", "auditor": "audit"}
"""Role -> why it reads, where nothing else is said."""


class Refused(Fatal):
    """The check did not obey; nothing has changed."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts."""

    name: str
    role: str
    agency: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An agency's answer."""

    outcome: str
    answers: dict[str, str]
    reason: str
    release: str
    note: str
    minutes: int = 0
    drafted: bool = False


class Quiet:
    """Notices when nothing has happened for a while."""

    def __init__(self, seconds: float) -> None:
        """For so many seconds; 0 never does."""
        self._seconds = seconds
        self._last = time.monotonic()

    def heard(self, _event: CheckEvent) -> None:
        """Something happened."""
        self._last = time.monotonic()

    def over(self) -> bool:
        """Whether it has been quiet for long enough."""
        return self._seconds > 0 and time.monotonic() - self._last > self._seconds


def model_of(settings: Settings, names: Sequence[str] = TOPICS) -> ReadModel:
    """The read model, from zero to now."""
    model = ReadModel()
    with TopicReader(settings, names) as reader:
        model.take(reader.to_end())
    return model


def checks(settings: Settings) -> list[Check]:
    """Every check, the gravest first, then by the clock that runs out first."""
    far = datetime.max.replace(tzinfo=UTC)
    order = {"red": 0, "": 1, "amber": 2, "green": 3}
    found = model_of(settings, ["check-events"]).checks.values()
    return sorted(found, key=lambda c: (order[c.rating], -c.level, min(c.clocks.values(), default=far), c.check_id))


def as_json(check: Check) -> dict[str, Any]:
    """A check for a machine; no personal data is in it."""
    return check.model_dump(mode="json", exclude={"fold", "members"})


def read(settings: Settings, number: str, person: Person, reason: str = "") -> BundleView:
    """Log the reading, and only then open the bundle; without a reason, the one that goes with the role.

    Raises:
        Refused: the person may not read it.
    """
    reason = reason or _READS_FOR.get(person.role, "screening")
    model = model_of(settings)
    check = model.find(number)
    bundle = model.bundles.get(check.check_id)
    if bundle is None:
        raise NotConfirmed(f"The bundle of check {check.check_id[:8]} has not arrived yet.", "Try again in a moment.")
    command = _command(check, person, "read", {"version": str(bundle.version), "reason": reason}, b"")
    packs = config.load(settings.packs_dir)
    event, *others = _obeyed(say(settings, command), check, packs)
    model.take([event, *others])
    library = Library(packs, words.catalogue(settings.packs_dir), Sealer(key_store(settings)))
    why = packs.decisions.read_reasons.get(reason, reason)
    reader = f"Read by {person.name} ({plain(person.role)}) on {moment(event.at)}: {why}"
    return build(bundle, model.checks[check.check_id], model.events[check.check_id], library, reader=reader)


def act(
    settings: Settings,
    number: str,
    person: Person,
    action: str,
    because: str,
    codes: Mapping[str, str],
    parts: Mapping[str, str] | None = None,
) -> None:
    """Send a command and say "saved" when its event came back.

    Args:
        settings: of the hub.
        number: the check's, or its first characters.
        person: who acts.
        action: the command.
        because: its words.
        codes: its coded arguments; empty ones are left out.
        parts: further words, each sealed by itself.

    Raises:
        Refused: with the reason.
    """
    model = model_of(settings, ["check-events"])
    check = model.find(number)
    given = {name: value for name, value in codes.items() if value}
    if "check" in given:
        other = model.find(given["check"])
        given |= {"check": other.check_id, "anchor": other.anchor}
    sealed = _sealed(settings, check, CheckWords(text=because)) if because else b""
    packs = config.load(settings.packs_dir)
    texts = {name: _sealed(settings, check, CheckWords(text=text)) for name, text in (parts or {}).items() if text}
    command = _command(check, person, action, given, sealed).model_copy(update={"parts": texts})
    event, *others = _obeyed(say(settings, command), check, packs)
    state = [event, *others][-1].state
    typer.echo(f"Saved: check {check.check_id[:8]}, {plain(event.kind)}, {moment(event.at)}.")
    if state not in ENDED:
        typer.echo(f"It stands at: {plain(state)}. Next: {', '.join(choices.steps(state))}.")


def referrers(settings: Settings, number: str, person: Person, reason: str) -> list[Reporter]:
    """Who referred: each look is written down in the check, and only then is the seal opened.

    Raises:
        Refused: the person may not see it.
    """
    model = model_of(settings, ["check-events"])
    check = model.find(number)
    packs, sealer = config.load(settings.packs_dir), Sealer(key_store(settings))
    found = []
    for held in check.contacts.values():
        sealed = model.events[check.check_id][held.seq - 1].parts.get("reporter", b"")
        if not sealed:
            continue
        command = _command(check, person, "see_reporter", {"contact": held.contact_id, "reason": reason}, b"")
        _obeyed(say(settings, command), check, packs)
        found.append(sealer.open(reporter_key(held.record_id), sealed, Reporter))
    return found


def questions(settings: Settings, number: str, agency: str) -> list[tuple[str, str]]:
    """What an agency is asked: question id and words."""
    packs = config.load(settings.packs_dir)
    return [(q, packs.question(q)) for q in _request(settings, number, agency)[1].questions]


def answer(settings: Settings, number: str, agency: str, who: str, reply: Reply) -> None:
    """Send an agency's return and say "saved" when its event came back.

    Raises:
        Refused: with the reason.
    """
    check, request = _request(settings, number, agency)
    if unknown := sorted(reply.answers.keys() - set(request.questions)):
        text = f"Not sent: {agency} was not asked {', '.join(unknown)}."
        raise Refused(text, f"`mash check answer {check.check_id[:8]} {agency}` shows what is asked.")
    content = CheckWords(text=reply.note, answers=reply.answers)
    message = AgencyReturn(
        return_id=str(uuid.uuid4()),
        partnership=check.partnership,
        request_id=request.request_id,
        check_id=check.check_id,
        anchor=check.anchor,
        agency=agency,
        actor=who,
        outcome=reply.outcome,
        reason=reply.reason,
        release=reply.release,
        words=_sealed(settings, check, content) if reply.note or reply.answers else b"",
        minutes=reply.minutes,
        drafted=reply.drafted,
        confirmed_by=who if reply.drafted else "",
        at=datetime.now(UTC),
    )
    event = _obeyed(say(settings, message), check, config.load(settings.packs_dir))[0]
    typer.echo(f"Saved: {agency}'s return to check {check.check_id[:8]}, {moment(event.at)}.")


def draft(settings: Settings, number: str, agency: str) -> list[str]:
    """What the hub holds of the agency's own records, for its researcher to read and confirm: never sent by itself."""
    model = model_of(settings)
    check = model.find(number)
    packs = config.load(settings.packs_dir)
    library = Library(packs, words.catalogue(settings.packs_dir), Sealer(key_store(settings)))
    return lines_of(model.bundles.get(check.check_id), agency, library)


def actions(given: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """OWNER; DATE; WHAT options as codes and parts.

    Raises:
        typer.BadParameter: one has not three parts.
    """
    codes: dict[str, str] = {}
    parts: dict[str, str] = {}
    for number, one in enumerate(given, 1):
        owner, due, what = [*(part.strip() for part in one.split(";", 2)), "", ""][:3]
        if not what:
            raise typer.BadParameter(f"{one!r} is not OWNER; DATE; WHAT.", param_hint="--action")
        codes |= {f"action.{number}.owner": owner, f"action.{number}.due": due}
        parts[f"action.{number}"] = what
    return codes, parts


def pairs(given: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE options as a dict.

    Raises:
        typer.BadParameter: one has no `=`.
    """
    for one in given:
        if "=" not in one:
            raise typer.BadParameter(f"{one!r} is not NAME=VALUE.")
    return {name: value for name, _, value in (one.partition("=") for one in given)}


def rule_codes(given: Sequence[str]) -> dict[str, str]:
    """RULE=REASON options as codes."""
    return {f"reason.{rule}": reason for rule, reason in pairs(given).items()}


def _request(settings: Settings, number: str, agency: str) -> tuple[Check, AgencyRequest]:
    model = model_of(settings, ["check-events", "requests"])
    check = model.find(number)
    found = [r for r in check.of_round() if r.agency == agency]
    if not found:
        raise Refused(
            f"Check {check.check_id[:8]} has asked {agency} nothing.",
            f"Asked: {', '.join(r.agency for r in check.of_round()) or 'nobody yet; the gate comes first'}.",
        )
    return check, model.requests[found[0].request_id]


def _command(check: Check, person: Person, action: str, codes: dict[str, str], sealed: bytes) -> CheckCommand:
    return CheckCommand(
        command_id=str(uuid.uuid4()),
        partnership=check.partnership,
        check_id=check.check_id,
        anchor=check.anchor,
        action=action,
        actor=person.name,
        role=person.role,
        agency=person.agency,
        codes=codes,
        words=sealed,
        at=datetime.now(UTC),
    )


def _sealed(settings: Settings, check: Check, content: CheckWords) -> bytes:
    return Sealer(key_store(settings)).seal(check.anchor, content)


def _obeyed(events: list[CheckEvent], check: Check, packs: Config) -> list[CheckEvent]:
    if events[0].kind == "refused":
        raise Refused(*choices.why_not(events[0], check, packs))
    return events
