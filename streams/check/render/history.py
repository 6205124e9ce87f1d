"""The check's own history in words: what was done, by whom, when, why; the gate, the returns, the decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

from hub.messages import Bundle, CheckEvent
from streams.check.config import Config
from streams.check.refusals import in_words
from streams.check.render.opening import ERASED, Opener
from streams.check.render.people import Agency
from streams.check.render.view import AgencyPart, Answer, Step
from streams.check.render.words import RELEASES, RETURN_STATUS, moment, plain
from streams.check.state import Check, Request

_Codes = dict[str, str]
_QUIET = frozenset({"bundled"})
_GROUPED = frozenset({"requested", "hastened", "picture_updated", "overdue", "escalated"})
_RETURNS = frozenset({"returned", "late_return"})
"""Their words stand in the returns, with the questions."""
_MISSING = frozenset({"waiting", "overdue"})


def _sentences(config: Config, agency: Agency) -> dict[str, Callable[[_Codes], str]]:
    """Kind of event -> its sentence."""
    packs = config.decisions
    clock = {name: c.text for name, c in config.clocks.clocks.items()}
    return {
        "proposed": lambda c: f"The rules {', '.join(_rules(c))} proposed a check (level {c['level']})",
        "proposal_updated": lambda c: f"New facts: the rules {', '.join(_rules(c))} now hold (level {c['level']})",
        "picture_updated": lambda c: "The picture changed" + _identity(c),
        "paged": lambda c: f"{plain(c['whom']).capitalize()} was paged",
        "opened": lambda _: "Opened as a referral",
        "rated": lambda c: f"Rated {c['rating']}",
        "dismissed": lambda c: "Dismissed: " + _reasons(c, packs.rule_reasons),
        "advised": lambda c: "Advice given: " + _reasons(c, packs.rule_reasons),
        "routed": lambda c: f"Routed to: {packs.routes.get(c['to'], c['to'])}",
        "gate_passed": lambda c: "Sharing gate passed: " + "; ".join(basis_lines(c, config)),
        "not_agreed": lambda _: "Sharing was not agreed; a manager looks",
        "requested": lambda c: f"Asked {agency(c['agency'])}" + _by(c),
        "hastened": lambda c: f"{agency(c['agency'])} is asked to answer sooner",
        "request_blocked": lambda c: f"{agency(c['agency'])} was not asked ({plain(c['reason'])})",
        "acknowledged": lambda c: f"{agency(c['agency'])} acknowledged the request",
        "returned": lambda c: f"{agency(c['agency'])}: {_outcome(c, packs.refusals)}",
        "late_return": lambda c: f"{agency(c['agency'])}, after the decision: {_outcome(c, packs.refusals)}",
        "overdue": lambda c: (
            f"Overdue: {clock.get(c['clock'], c['clock'])}"
            + (f", {agency(c['agency'])}" if "agency" in c else "")
            + f". Told: {plain(c['escalate_to'])}"
        ),
        "escalated": lambda c: f"Still no answer from {agency(c['agency'])}. Told: {plain(c['escalate_to'])}",
        "bundle_ready": lambda c: f"The bundle is ready ({plain(c['why'])})",
        "read": lambda c: f"Read version {c['version']} ({packs.read_reasons.get(c['reason'], c['reason'])})",
        "decided": lambda c: f"Decided on version {c['bundle']}: {_decision(c, config)}",
        "disseminated": lambda c: "Summary sent to " + ", ".join(agency(a) for a in c["to"].split()),
        "handed_over": lambda c: f"Handed over: {_service(c['service'], config)}",
        "accepted": lambda _: "Accepted by the service",
        "declined": lambda _: "Given back by the service",
        "feedback_sent": lambda _: "The referrer was told",
        "disagreed": lambda c: f"Disagreement, step {c['step']}: {plain(c['with'])}",
        "refused": lambda c: f"Not done ({c.get('action') or 'unknown command'}): {in_words(c['reason'], c)}",
        "linked": lambda c: f"Linked with check {c['check'][:8]}",
        "duplicate": lambda c: f"Duplicate of check {c['check'][:8]}",
        "reopened": lambda c: f"Opened again ({plain(c['why'])})",
        "noted": lambda _: "Note",
        "immediate_safety": lambda _: "Immediate danger: 999 called or somebody sent at once",
    }


def _rules(codes: _Codes) -> list[str]:
    return sorted(name.removeprefix("rule.") for name in codes if name.startswith("rule."))


def _identity(codes: _Codes) -> str:
    return ". The person was merged or split: this has to be accepted" if codes.get("identity") == "changed" else ""


def _reasons(codes: _Codes, words: object) -> str:
    assert isinstance(words, dict)
    found = ((name.removeprefix("reason."), value) for name, value in codes.items() if name.startswith("reason."))
    return "; ".join(f"{rule}: {words.get(value, value)}" for rule, value in sorted(found))


def _by(codes: _Codes) -> str:
    return ", by telephone through the out-of-hours team" if codes["by"] == "out_of_hours_telephone" else ""


def _outcome(codes: _Codes, refusals: object) -> str:
    assert isinstance(refusals, dict)
    reason = codes.get("reason", "")
    return RETURN_STATUS[codes["outcome"]].lower() + (f" ({refusals.get(reason, reason)})" if reason else "")


def _service(code: str, config: Config) -> str:
    known = config.decisions.decisions.get(code)
    return known.text if known else plain(code)


def _decision(codes: _Codes, config: Config) -> str:
    reasons = _reasons(codes, dict(config.decisions.rule_reasons))
    return _service(codes["decision"], config) + (f" ({reasons})" if reasons else "")


def basis_lines(gate: _Codes, config: Config) -> list[str]:
    """On what terms information is shared in this check."""
    packs = config.decisions
    tables = (
        ("basis", "", packs.bases),
        ("provision", "", packs.provisions),
        ("override_reason", "", packs.override_reasons),
        ("family", "Family: ", packs.family_informed),
        ("s42_a", "Care and support needs: ", packs.limb),
        ("s42_b", "Abuse or neglect, or at risk of it: ", packs.limb),
        ("s42_c", "Unable to protect themselves because of those needs: ", packs.limb),
        ("wishes", "The adult's wishes: ", packs.wishes),
        ("capacity", "Capacity: ", packs.capacity),
    )
    return [label + table.get(gate[name], gate[name]) for name, label, table in tables if gate.get(name)]


def steps(events: Iterable[CheckEvent], opener: Opener, config: Config, agency: Agency) -> list[Step]:
    """The history, oldest first; what people wrote stands under it."""
    sentences = _sentences(config, agency)
    shown = [e for e in events if e.kind not in _QUIET]
    return [_step(list(group), sentences, opener) for _, group in groupby(shown, key=_together)]


def _together(event: CheckEvent) -> object:
    """Ten requests in one minute are one line, and so is a picture that changed three times."""
    return (event.kind, moment(event.at), event.actor) if event.kind in _GROUPED else event.seq


def _step(events: list[CheckEvent], sentences: Mapping[str, Callable[[_Codes], str]], opener: Opener) -> Step:
    event = events[0]
    sentence = sentences.get(event.kind)
    said = [sentence(e.codes) if sentence else plain(e.kind).capitalize() for e in events]
    text = "" if event.kind in _RETURNS else _written(event.words, opener)
    return Step(moment(event.at), who(event), "; ".join(dict.fromkeys(said)), opener.text(text))


def _written(sealed: bytes, opener: Opener) -> str:
    words = opener.words(sealed)
    return ERASED if words is None else words.text


def who(event: CheckEvent) -> str:
    """Who did it, in which role; scripted parties are named as such."""
    if event.actor in {"clock", "machine"}:
        return event.actor.capitalize()
    return f"{event.actor} ({plain(event.role)})"


def agency_parts(bundle: Bundle, check: Check, opener: Opener, config: Config, agency: Agency) -> list[AgencyPart]:
    """Each agency's return, the gaps first."""
    parts = []
    for part in bundle.returns:
        words = opener.words(part.words)
        asked = check.requests.get(part.request_id)
        questions = asked.questions if asked else []
        answers = words.answers if words else {}
        reason = config.decisions.refusals.get(part.reason, part.reason)
        note = (words.text if words else ERASED) if part.words else ""
        parts.append(
            AgencyPart(
                agency=agency(part.agency),
                status=_status(part.status, asked) + (f": {reason}" if reason else ""),
                asked=moment(part.asked_at),
                due=moment(part.due_at),
                answered=moment(part.answered_at),
                by=part.actor,
                note=opener.text(note),
                release=RELEASES.get(part.release, part.release),
                answers=[
                    Answer(config.question(q), opener.text(answers[q]))
                    for q in [*questions, *_others(answers, questions)]
                    if q in answers
                ],
                missing=part.status in _MISSING,
            )
        )
    return sorted(parts, key=lambda p: not p.missing)


def _status(status: str, asked: Request | None) -> str:
    """As in the bundle; but a clock that ran out since is told."""
    if status == "waiting" and asked and asked.status in {"overdue", "escalated"}:
        status = "overdue"
    return RETURN_STATUS.get(status, status)


def _others(answers: dict[str, str], questions: list[str]) -> list[str]:
    return sorted(answers.keys() - set(questions))
