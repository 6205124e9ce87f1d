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
        found = [f"  {value}: {words}" for value, words in _allowed(code, check, packs).items()]
        return "\n".join([f"Choose with {_option(code)}, one of:" if found else f"Give {_option(code)}.", *found])
    if reason == "wrong-role" and codes.get("action") in ACTIONS:
        return f"Who may: {', '.join(sorted(ACTIONS[codes['action']].roles))} (--role)."
    return _REMEDIES.get(reason, "").format(number=check.check_id[:8], steps=", ".join(steps(check.state)))


def _allowed(code: str, check: Check, packs: Config) -> Mapping[str, str]:
    words = packs.decisions
    if code.startswith("reason."):
        return words.rule_reasons
    if code in {"decision", "service"}:
        return {c: d.text for c, d in words.decisions.items() if check.subject in d.of}
    if code == "to":
        return words.routes if check.state in {State.SCREENING, State.REFERRAL} else _signatories(check, packs)
    tables: dict[str, Mapping[str, str]] = {
        "rating": words.ratings,
        "basis": words.bases,
        "family": words.family_informed,
        "override_reason": words.override_reasons,
        "provision": words.provisions,
        "wishes": words.wishes,
        "capacity": words.capacity,
        "reason": words.read_reasons,
    } | dict.fromkeys(_LIMBS, words.limb)
    return tables.get(code, {})


def _signatories(check: Check, packs: Config) -> dict[str, str]:
    agreement = packs.agreement(check.partnership)
    return {code: who.name for code, who in agreement.signatories.items()} if agreement else {}


def _option(code: str) -> str:
    if code.startswith("reason."):
        return f"--rule {code.removeprefix('reason.')}=..."
    if code in _OWN_OPTION:
        return f"--{code}"
    return _OPTIONS.get(code, f"--code {code}=...")
