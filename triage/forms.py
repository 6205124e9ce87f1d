"""What each command of a check asks for, as a form: titles, fields, words. Sends nothing; decides nothing.

A command that is not in `SPECS` still has a form: a box for words, and after a refusal the choices that were missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.settings import LONDON
from streams.check import choices
from streams.check.config import Config
from streams.check.render.words import moment, plain
from streams.check.state import Check
from triage.form_words import (
    ADULT_ONLY,
    CHECKS,
    LABELS,
    MOMENTS,
    OWN_OPTIONS,
    RULES,
    SEVERAL,
    SPECS,
    TASK_ROWS,
    TASKS,
    Spec,
)

Given = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Choice:
    """One question of a form, ready to be shown.

    Attributes:
        name: the field's, and the coded argument's.
        label: the question.
        options: code -> words; empty where it is written and not chosen.
        value: what was given already.
        several: whether more than one may be chosen.
        only_with: other field and its value, without which this is not asked.
        kind: choose | text | date | moment | words.
    """

    name: str
    label: str
    options: Mapping[str, str]
    value: Sequence[str] = ()
    several: bool = False
    only_with: tuple[str, str] | None = None
    kind: str = "choose"


@dataclass(frozen=True, slots=True)
class Around:
    """What a form may name beside the packs' codes.

    Attributes:
        rules: rules that fired -> their words.
        others: other checks that may be meant -> how they are called.
        actions: open actions -> how they are called.
    """

    rules: Mapping[str, str]
    others: Mapping[str, str]
    actions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """A command's form, ready to be shown."""

    action: str
    spec: Spec
    choices: Sequence[Choice]


def spec_of(action: str) -> Spec:
    """The form's words, also of a command that came into the table after this was written."""
    title = plain(action).capitalize()
    return SPECS.get(action) or Spec(title, title, words="Why, or what happened")


def form_for(action: str, check: Check, packs: Config, around: Around, given: Given, asked_for: str = "") -> Form:
    """A command's form.

    Args:
        action: the command.
        check: as it stands.
        packs: what the partnership has set.
        around: what it may name besides.
        given: what was sent already, to be kept.
        asked_for: a code that the check missed, and that no form asks for yet.
    """
    spec = spec_of(action)
    found: list[Choice] = []
    for code in (*spec.codes, *([asked_for] if asked_for else ())):
        for choice in _choices(action, code, check, packs, around):
            if all(choice.name != known.name for known in found):
                kept = given.get(choice.name, ())
                found.append(
                    Choice(choice.name, choice.label, choice.options, kept, choice.several, spec.with_.get(code),
                           choice.kind)
                )  # fmt: skip
    return Form(action, spec, found)


def _choices(action: str, code: str, check: Check, packs: Config, around: Around) -> Iterator[Choice]:
    if code == RULES:
        about = {**around.rules, **({"contact": "The worry of whoever referred"} if check.contacts else {})}
        for rule, text in about.items():
            name = text if rule == "contact" else f"{text} (rule {rule})"
            yield Choice(f"reason.{rule}", name, packs.decisions.rule_reasons)
    elif code == CHECKS:
        yield Choice("check", LABELS["check"], around.others)
    elif code == TASKS:
        yield from _tasks(check)
    elif code in ADULT_ONLY and check.subject != "adult":
        return
    else:
        yield _one(action, code, check, packs, around)


def _one(action: str, code: str, check: Check, packs: Config, around: Around) -> Choice:
    label = LABELS.get(code, plain(code).capitalize())
    if code in MOMENTS:
        return Choice(code, label, {}, kind="moment")
    if code.startswith("part:"):
        return Choice(code, label, {}, kind="words")
    if code == "action":
        return Choice(code, label, around.actions)
    if code == "contact":
        return Choice(code, label, {held.contact_id: moment(held.at) for held in check.contacts.values()})
    options = OWN_OPTIONS.get(code) or choices.allowed(code, check, packs, action)
    if code == "service":
        options = {c: text for c, text in options.items() if packs.decisions.decisions[c].service}
    return Choice(code, label, options, several=(action, code) in SEVERAL, kind="choose" if options else "text")


def _tasks(check: Check) -> Iterator[Choice]:
    """Rows for actions; their numbers go on from those that the check has."""
    first = max((int(number) for number in check.tasks), default=0) + 1
    for number in range(first, first + TASK_ROWS):
        which = f"Action {number - first + 1}"
        yield Choice(f"part:action.{number}", f"{which} (optional): what", {}, kind="line")
        yield Choice(f"action.{number}.owner", f"{which}: who does it", {}, kind="text")
        yield Choice(f"action.{number}.due", f"{which}: by when", {}, kind="date")


def codes_of(form: Form, given: Given) -> dict[str, str]:
    """The coded arguments of what was sent; what is asked only with another answer is left out without it."""
    found = {}
    for choice in form.choices:
        if choice.name.startswith("part:") or _not_asked(choice, given):
            continue
        values = [value.strip() for value in given.get(choice.name, ()) if value.strip()]
        if values:
            value = " ".join(values) if choice.several else values[0]
            found[choice.name] = _utc(value) if choice.kind == "moment" else value
    return found


def likely_of(form: Form, now: datetime) -> dict[str, str]:
    """An answer to each question that would be taken: what else is asked comes to light only after it."""
    at = {"moment": now.isoformat(), "date": now.date().isoformat()}
    return {c.name: at.get(c.kind) or next(iter(c.options), "x") for c in form.choices}


def parts_of(form: Form, given: Given) -> dict[str, str]:
    """Further words, each to be sealed by itself."""
    names = [c.name for c in form.choices if c.name.startswith("part:")]
    texts = {name.removeprefix("part:"): next(iter(given.get(name, ())), "").strip() for name in names}
    return {name: text for name, text in texts.items() if text}


def _not_asked(choice: Choice, given: Given) -> bool:
    return choice.only_with is not None and next(iter(given.get(choice.only_with[0], ())), "") != choice.only_with[1]


def _utc(value: str) -> str:
    """A browser's local time, which is London's, as the hub's; what is none goes on as it is, and is refused."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return (at if at.tzinfo else at.replace(tzinfo=LONDON)).astimezone(UTC).isoformat()
