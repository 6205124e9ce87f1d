"""What a person can do next and what they can choose from, for the command line's answers. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping

from hub.messages import CheckEvent
from streams.check.actions import ACTIONS
from streams.check.config import Config
from streams.check.refusals import in_words
from streams.check.state import ENDED, Check, State

_ANY_TIME = frozenset(State) - ENDED
_READ_FIRST = "show (a decision maker reads before deciding: --role decision_maker)"
_LIMBS = frozenset({"s42_a", "s42_b", "s42_c"})
_OPTIONS = {"override_reason": "--override-reason"} | dict.fromkeys(_LIMBS, "--limbs")
_REMEDIES = {
    "missing-words": 'Write it with --because "...": it is sealed under the person\'s key.',
    "wrong-state": "At this step: {steps}. `mash check show {number}` shows how it came here.",
    "needs-manager": "Say so with --role decision_maker or --role duty_manager, if you are one.",
    "newer-bundle": "Read it: mash check show {number} --role decision_maker",
    "unread-return": "Read it: mash check show {number} --role decision_maker",
    "late-return-pending": "mash check act {number} accept_late --role decision_maker --because ... (or reopen)",
    "unread-contact": "Read it: mash check show {number}",
    "strategy-wanted": "mash check act {number} strategy_held --role decision_maker ... (or strategy_declined)",
    "danger-unanswered": "mash check act {number} immediate_safety --code danger=called_999 --because ...",
    "disagreement-open": "mash check act {number} resolve --role decision_maker --because ...",
    "feedback-not-delivered": "mash check act {number} delivered (or undelivered, and tell them in another way)",
    "no-feedback": "mash check act {number} feed_back --code channel=telephone --code threshold=... --because ...",
    "identity-changed": "mash check act {number} accept_identity --role decision_maker --because ...",
}
_OWN_OPTION = frozenset({"rating", "basis", "family", "provision", "wishes", "capacity", "decision"})


def steps(state: str) -> list[str]:
    """What belongs to this state, without commands that may be given at any time."""
    known = State(state) if state in set(State) else None
    found = [name for name, action in ACTIONS.items() if known in action.states and not action.states >= _ANY_TIME]
    return [_READ_FIRST, *found] if known is State.BUNDLE_READY else found


def why_not(event: CheckEvent, check: Check, packs: Config) -> tuple[str, str]:
    """A refusal: what happened, and what to do about it."""
    codes = event.codes
    return f"Not saved. {in_words(codes['reason'], codes)}", _remedy(event, check, packs)


def _remedy(event: CheckEvent, check: Check, packs: Config) -> str:
    codes, reason = event.codes, event.codes["reason"]
    if reason in {"missing-code", "bad-code"}:
        code = codes.get("code", "")
        found = [f"  {value}: {words}" for value, words in allowed(code, check, packs, codes.get("action", "")).items()]
        return "\n".join([f"Choose with {_option(code)}, one of:" if found else f"Give {_option(code)}.", *found])
    if reason == "wrong-role" and codes.get("action") in ACTIONS:
        return f"Who may: {', '.join(sorted(ACTIONS[codes['action']].roles))} (--role)."
    return _REMEDIES.get(reason, "").format(number=check.check_id[:8], steps=", ".join(steps(check.state)))


_TABLES = {
    "rating": "ratings",
    "basis": "bases",
    "family": "family_informed",
    "override_reason": "override_reasons",
    "confidentiality": "confidentiality",
    "wishes": "wishes",
    "capacity": "capacity",
    "danger": "dangers",
    "channel": "channels",
    "threshold": "thresholds",
    "link": "links",
    "why_without": "without_quorum",
    "outcome": "strategy_outcomes",
    "grade": "audits",
} | dict.fromkeys(_LIMBS, "limb")
"""Coded argument -> code set of packs/decisions.yaml."""
_OF_ACTION = {
    ("to", "route"): "routes",
    ("to", "pathway"): "pathways",
    ("reason", "read"): "read_reasons",
    ("reason", ""): "read_reasons",
    ("reason", "strategy_declined"): "no_strategy",
    ("reason", "return"): "refusals",
    ("reason", "see_reporter"): "reporter_reasons",
}
_SCREENED = frozenset({State.SCREENING, State.REFERRAL})
_AGENCIES = frozenset({"took_part", "dissent"})


def allowed(code: str, check: Check, packs: Config, action: str = "") -> Mapping[str, str]:
    """What a coded argument can be, and its words; empty where it is no choice from a list.

    Args:
        code: the argument's name.
        check: whose command it is.
        packs: the partnership's code sets.
        action: the command, where the same name means different things; else the check's state says which.
    """
    words = packs.decisions
    if code.startswith("reason."):
        return words.rule_reasons
    if code in {"decision", "service"}:
        return {c: d.text for c, d in words.decisions.items() if check.subject in d.of}
    if code == "provision":
        return {c: text for c, text in words.provisions.items() if check.subject in words.in_force[c].of}
    if code == "to" and not action:
        action = "route" if check.state in _SCREENED else "disseminate"
    if code in _AGENCIES or (code, action) == ("to", "disseminate"):
        return _signatories(check, packs)
    table = _OF_ACTION.get((code, action)) or _TABLES.get(code)
    return words.words(table) if table else {}


def _signatories(check: Check, packs: Config) -> dict[str, str]:
    agreement = packs.agreement(check.partnership)
    return {code: who.name for code, who in agreement.signatories.items()} if agreement else {}


def _option(code: str) -> str:
    if code.startswith("reason."):
        return f"--rule {code.removeprefix('reason.')}=..."
    if code in _OWN_OPTION:
        return f"--{code}"
    return _OPTIONS.get(code, f"--code {code}=...")
