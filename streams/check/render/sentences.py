"""What each kind of event says in the history: one sentence a kind, in the words of the packs. Opens no seal."""

from __future__ import annotations

from collections.abc import Callable

from streams.check.config import Config
from streams.check.render import spoken
from streams.check.render.people import Agency
from streams.check.render.words import RETURN_STATUS, plain

_Codes = dict[str, str]
_Sentences = dict[str, Callable[[_Codes], str]]


def sentences(config: Config, agency: Agency, *, referred: bool = True, rule: Callable[[str], str] = str) -> _Sentences:
    """Kind of event -> its sentence.

    Args:
        config: the partnership's packs.
        agency: what an agency is called.
        referred: whether somebody referred, or the rules proposed the check.
        rule: what a rule says.
    """
    gathering = _gathering(config, agency, referred=referred)
    return _arriving(config, agency, rule) | gathering | _deciding(config, agency) | _beside(config, agency)


def _arriving(config: Config, agency: Agency, rule: Callable[[str], str]) -> _Sentences:
    packs = config.decisions
    return {
        "contacted": lambda c: (
            f"Contact received ({plain(c['channel'])}"
            + (f", from {agency(c['agency'])}" if c.get("agency") else "")
            + ")"
            + (". Immediate danger" if c.get("danger") == "yes" else "")
        ),
        "screening": lambda _: "Taken up for screening",
        "proposed": lambda c: f"The rules proposed a check (level {c['level']}): {_rules(c, rule)}",
        "proposal_updated": lambda c: f"New facts: now these rules hold (level {c['level']}): {_rules(c, rule)}",
        "picture_updated": lambda c: "The picture changed" + _identity(c),
        "paged": lambda c: f"{_first(spoken.whom(c['whom']))} was paged",
        "opened": lambda _: "Opened as a referral",
        "rated": lambda c: f"Rated {c['rating']}",
        "dismissed": lambda c: "Dismissed: " + _reasons(c, packs.rule_reasons),
        "advised": lambda c: "Advice given: " + _reasons(c, packs.rule_reasons),
        "routed": lambda c: f"Routed to: {packs.routes.get(c['to']) or packs.pathways.get(c['to'], c['to'])}",
        "pathway": lambda c: f"Passed to another pathway: {packs.pathways.get(c['to'], c['to'])}",
        "transferred": lambda c: f"Passed to another area: {c['area']}",
        "reporter_seen": lambda c: (
            f"Looked up who referred ({packs.reporter_reasons.get(c['reason'], c['reason']).lower()})"
        ),
        "reporter_released": lambda _: "A manager let the bundle name who referred",
    }


def _gathering(config: Config, agency: Agency, *, referred: bool) -> _Sentences:
    packs = config.decisions
    return {
        "gate_passed": lambda c: "Sharing gate passed: " + "; ".join(basis_lines(c, config)),
        "not_agreed": lambda _: "Sharing was not agreed; a manager looks",
        "requested": lambda c: f"Asked {agency(c['agency'])}" + _by(c),
        "hastened": lambda c: f"{agency(c['agency'])} is asked to answer sooner",
        "request_blocked": lambda c: f"{agency(c['agency'])} was not asked: {spoken.why(c['reason'])}",
        "delivered": lambda c: f"The request reached {agency(c['agency'])}",
        "undelivered": lambda c: f"The request did not reach {agency(c['agency'])}: somebody has to ring",
        "acknowledged": lambda c: f"{agency(c['agency'])} acknowledged the request",
        "passed_on": lambda c: f"{agency(c['agency'])} passed the request on to: {plain(c['to'])}",
        "returned": lambda c: f"{agency(c['agency'])}: {_outcome(c, packs.refusals)}",
        "late_return": lambda c: f"{agency(c['agency'])}, after the decision: {_outcome(c, packs.refusals)}",
        "overdue": lambda c: _overdue(c, config, agency, referred=referred),
        "escalated": lambda c: f"Still no answer from {agency(c['agency'])}. Told: {spoken.whom(c['escalate_to'])}",
        "bundle_ready": lambda c: f"The bundle is ready: {spoken.why(c['why'])}",
        "read": lambda c: f"Read version {c['version']} ({packs.read_reasons.get(c['reason'], c['reason'])})",
    }


def _deciding(config: Config, agency: Agency) -> _Sentences:
    packs = config.decisions
    return {
        "decided": lambda c: f"Decided on version {c['bundle']}: {_decision(c, config)}" + _joint(c, agency),
        "late_accepted": lambda _: "The decision stands in spite of the late return",
        "identity_accepted": lambda _: "The merge or split of the person was accepted",
        "summary_read": lambda c: f"{agency(c['agency'])} read its summary",
        "disseminated": lambda c: "Summary sent to " + ", ".join(agency(a) for a in c["to"].split()),
        "handed_over": lambda c: f"Handed over: {_service(c['service'], config)}",
        "accepted": lambda c: "Accepted" + (f" by {c['by']}" if c.get("by") else " by the service"),
        "declined": lambda _: "Given back by the service",
        "feedback_sent": lambda c: _feedback(c, config),
        "feedback_delivered": lambda _: "The referrer received it",
        "feedback_undelivered": lambda _: "The referrer did not receive it",
        "closed": lambda _: "Closed",
        "audited": lambda c: f"Quality audit: {packs.audits.get(c['grade'], c['grade'])}",
        "reopened": lambda c: f"Opened again: {spoken.why(c['why'])}",
        "duplicate": lambda c: f"Duplicate of check {c['check'][:8]}",
        "absorbed": lambda c: f"Check {c['check'][:8]}, a duplicate, was merged into this one",
    }


def _beside(config: Config, agency: Agency) -> _Sentences:
    packs = config.decisions
    return {
        "disagreed": lambda c: f"Disagreement, step {c['step']}: with {spoken.whom(c['with'])}",
        "resolved": lambda _: "The disagreement was settled",
        "refused": lambda c: f"Not done ({plain(c.get('action') or 'unknown command')}): {spoken.refusal(c)}",
        "linked": lambda c: (
            f"Linked with check {c['check'][:8]}"
            + (f" ({packs.links.get(c['link'], plain(c['link'])).lower()})" if c.get("link") else "")
        ),
        "told": lambda c: f"Check {c['check'][:8]} is now rated {c.get('rating') or 'not at all'}",
        "unlinked": lambda c: f"No longer linked with check {c['check'][:8]}",
        "noted": lambda _: "Note",
        "referrer_told": lambda _: "The referrer was told that it arrived",
        "immediate_safety": lambda c: (
            "Immediate danger"
            if c.get("danger") == "said"
            else f"Immediate danger answered: {packs.dangers.get(c.get('danger', 'called_999'), c.get('danger', ''))}"
        ),
        "strategy_held": lambda c: (
            f"Strategy discussion held: {packs.strategy_outcomes.get(c.get('outcome', ''), 'outcome not coded')}"
            + _took_part(c, agency)
        ),
        "strategy_declined": lambda c: f"No strategy discussion: {packs.no_strategy.get(c['reason'], c['reason'])}",
        "protection_taken": lambda _: "Police protection taken (Children Act 1989 s46)",
        "protection_ended": lambda _: "Police protection ended",
        "seen": lambda c: f"Seen by {c['by']}" + {"yes": ", alone", "no": ", not alone"}.get(c["alone"], ""),
        "school_to_tell": lambda _: "Domestic incident: the school is to be told",
        "school_told": lambda _: "The school was told",
        "conference_held": lambda _: "Child protection conference held",
        "assessed": lambda _: "Assessment complete",
        "action_added": lambda c: "Agreed actions: " + _owners(c),
        "action_done": lambda c: f"Action {c['action']} done",
    }


def _first(text: str) -> str:
    """At the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def _overdue(codes: _Codes, config: Config, agency: Agency, *, referred: bool) -> str:
    clock = config.clocks.clocks.get(codes["clock"])
    about = f", {agency(codes['agency'])}" if "agency" in codes else f" {codes['action']}" if "action" in codes else ""
    what = clock.words(referred=referred) if clock else plain(codes["clock"])
    return f"Overdue: {what}{about}. Told: {spoken.whom(codes['escalate_to'])}"


def _joint(codes: _Codes, agency: Agency) -> str:
    dissent = ", ".join(agency(a) for a in codes.get("dissent", "").split())
    owners = _owners(codes)
    return (
        _took_part(codes, agency)
        + (f". Did not agree: {dissent}" if dissent else "")
        + (f". Actions: {owners}" if owners else "")
    )


def _took_part(codes: _Codes, agency: Agency) -> str:
    names = ", ".join(agency(a) for a in codes.get("took_part", "").split())
    return f". Took part: {names}" if names else ""


def _owners(codes: _Codes) -> str:
    found = sorted((n.split(".")[1], owner) for n, owner in codes.items() if n.startswith("action."))
    return ", ".join(f"{number} {owner}" for number, owner in found)


def _feedback(codes: _Codes, config: Config) -> str:
    packs = config.decisions
    channel = packs.channels.get(codes.get("channel", ""))
    threshold = packs.thresholds.get(codes.get("threshold", ""), "")
    if codes.get("feedback") == "nobody_to_tell":
        return f"Nobody could be told: {channel.text.lower() if channel else ''}"
    how = f" {channel.text.lower()}" if channel else ""
    return f"The referrer was told{how}" + (f": {threshold}" if threshold else "")


def _rules(codes: _Codes, rule: Callable[[str], str]) -> str:
    found = sorted(name.removeprefix("rule.") for name in codes if name.startswith("rule."))
    return "; ".join(f"{rule(one)} ({one})" if rule(one) != one else one for one in found)


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
    via = f", from the {plain(codes['via'])}" if codes.get("via") else ""
    return RETURN_STATUS[codes["outcome"]].lower() + via + (f" ({refusals.get(reason, reason)})" if reason else "")


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
        ("confidentiality", "Duty of confidence: ", packs.confidentiality),
    )
    return [label + table.get(gate[name], gate[name]) for name, label, table in tables if gate.get(name)]
