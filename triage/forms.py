"""What each command of a check asks for, as a form: titles, fields, words. Sends nothing; decides nothing.

A command that is not in `SPECS` still has a form: a box for words, and after a refusal the choices that were missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from streams.check import choices
from streams.check.actions import ACTIONS
from streams.check.config import Config
from streams.check.render.words import plain
from streams.check.state import ENDED, Check, State
from triage.access import Visitor
from triage.form_words import CHECKS, LABELS, LIMBS, RULES, SPECS, Spec
from triage.roles import WORDS

HIDDEN = frozenset({"read"})
"""Reading is what opening the page does."""
_ANY_TIME = frozenset(State) - ENDED
_SEVERAL = frozenset({("disseminate", "to")})


@dataclass(frozen=True, slots=True)
class Choice:
    """One question of a form, ready to be shown."""

    name: str
    label: str
    options: Mapping[str, str]
    value: Sequence[str] = ()
    several: bool = False
    only_with: tuple[str, str] | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A command's form, ready to be shown."""

    action: str
    spec: Spec
    choices: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class Step:
    """A command that can be given now."""

    action: str
    title: str
    main: bool
    """It belongs to this state; others can be given at any time."""
    may: bool
    """Whether one of the visitor's roles may give it."""
    who: str
    """Who may, otherwise."""


def steps(check: Check, visitor: Visitor) -> list[Step]:
    """What can be done with a check as it stands; first what moves it on."""
    found = []
    for action, rule in ACTIONS.items():
        if action in HIDDEN or check.state not in rule.states or not _makes_sense(action, check):
            continue
        may = bool({str(role) for role in visitor.roles} & rule.roles)
        who = ", ".join(WORDS.get(role, plain(role)).lower() for role in _known(rule.roles))  # type: ignore[call-overload]
        found.append(Step(action, spec_of(action).title, not rule.states >= _ANY_TIME, may, who))
    return found


def _known(roles: frozenset[str]) -> list[str]:
    return sorted(roles - {"scripted"})


def _makes_sense(action: str, check: Check) -> bool:
    """Leaves out what could only be refused; the check itself still has the last word."""
    match action:
        case "accept_late":
            return bool(check.late)
        case "accept_identity":
            return check.identity_pending
        case "resolve":
            return check.ladder > 0
        case "disagree":
            return check.ladder == 0
        case "strategy_held":
            return check.strategy == "wanted"
        case _:
            return True


def spec_of(action: str) -> Spec:
    """The form's words, also of a command that came into the table after this was written."""
    title = plain(action).capitalize()
    return SPECS.get(action) or Spec(title, title, words="Why, or what happened")


def form_for(
    action: str,
    check: Check,
    packs: Config,
    rules: Mapping[str, str],
    others: Mapping[str, str],
    given: Mapping[str, Sequence[str]],
    asked_for: str = "",
) -> Form:
    """A command's form.

    Args:
        action: the command.
        check: as it stands.
        packs: what the partnership has set.
        rules: rules that fired -> their words.
        others: other checks that may be meant -> how they are called.
        given: what was sent already, to be kept.
        asked_for: a code that the check missed, and that no form asks for yet.
    """
    spec = spec_of(action)
    found: list[Choice] = []
    for code in (*spec.codes, *([asked_for] if asked_for else ())):
        only_with = spec.with_.get(code)
        if code == RULES:
            reasons = packs.decisions.rule_reasons
            found += [
                Choice(
                    f"reason.{rule}",
                    f"{text} (rule {rule})",
                    reasons,
                    given.get(f"reason.{rule}", ()),
                    only_with=only_with,
                )
                for rule, text in rules.items()
            ]
        elif code == CHECKS:
            found.append(Choice("check", LABELS["check"], others, given.get("check", ())))
        elif code in {*LIMBS, "wishes", "capacity"} and action == "gate" and check.subject != "adult":
            continue
        elif not any(choice.name == code for choice in found):
            options = choices.allowed(code, check, packs, action)
            label = LABELS.get(code, plain(code).capitalize())
            found.append(Choice(code, label, options, given.get(code, ()), (action, code) in _SEVERAL, only_with))
    return Form(action, spec, found)


def codes_of(form: Form, given: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The coded arguments of what was sent; what is asked only with another answer is left out without it."""
    found = {}
    for choice in form.choices:
        if choice.only_with and next(iter(given.get(choice.only_with[0], ())), "") != choice.only_with[1]:
            continue
        values = [value for value in given.get(choice.name, ()) if value]
        if values:
            found[choice.name] = " ".join(values) if choice.several else values[0]
    return found
