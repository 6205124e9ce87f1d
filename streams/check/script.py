"""What a scripted screener, agencies and decision maker would do next. Pure; for made-up people only.

Every line they write begins with "Scripted:". They see what people would see: the read model and the bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from hub.ids import derived_id
from hub.messages import AgencyRequest, AgencyReturn, CheckCommand, CheckWords
from hub.sealing import Sealer
from streams.check.config import RATINGS, Config
from streams.check.readmodel import ReadModel
from streams.check.state import BEFORE_OPENING, Check, State

SCREENER = "scripted screener"
DECIDER = "scripted decision maker"
SERVICE = "scripted service"
ROLE = "scripted"
MARK = "Scripted: "
_SERVICE_OF = {"child": "section_17", "unborn": "section_17", "adult": "section_42"}
_GRAVE = 4
_BY_VERSION = frozenset({"read", "decide", "accept_identity"})
"""Commands about one version of the bundle: a newer one asks for them anew."""

Holdings = Callable[[str, str], list[str]]
"""(check_id, agency) -> what the agency holds, line by line."""


@dataclass(frozen=True, slots=True)
class Script:
    """Scripted parties.

    Args:
        config: the packs.
        sealer: seals what they write.
        holdings: what an agency's researcher would find.
    """

    config: Config
    sealer: Sealer
    holdings: Holdings

    def next_moves(self, model: ReadModel, check_id: str, now: datetime) -> list[CheckCommand | AgencyReturn]:
        """What the scripted parties do about one check as it stands; empty where it is nobody's turn."""
        check = model.checks[check_id]
        first = self._first(check, now)
        if first:
            return [first]
        match check.state:
            case State.SCREENING:
                return [self._screen(check, now)]
            case State.REFERRAL | State.REOPENED:
                return [self._say(check, SCREENER, "rate", "rated as the proposal is", now, rating=_rating(check))]
            case State.RATED:
                return [self._gate(check, now)]
            case State.CHECKS_OPEN:
                waiting = [model.requests[r.request_id] for r in check.of_round() if not r.settled]
                return [self._answer(request, now) for request in waiting]
            case _:
                return self._end(check, now)

    def _first(self, check: Check, now: datetime) -> CheckCommand | None:
        """What cannot wait for the step in hand."""
        if check.identity_pending and check.state is not State.SCREENING:
            return self._say(check, DECIDER, "accept_identity", "the person is the same", now)
        if check.danger == "said":
            return self._say(check, SCREENER, "immediate_safety", "somebody is on the way", now, danger="person_sent")
        if check.strategy == "wanted" and check.state is State.RATED:
            return self._strategy(check, now)
        if not all(held.read for held in check.contacts.values()) and check.state in BEFORE_OPENING:
            return self._say(check, SCREENER, "read", "", now, version=str(check.bundle), reason="screening")
        if check.state is State.CONTACT:
            return self._say(check, SCREENER, "screen", "taken up", now)
        return None

    def _strategy(self, check: Check, now: datetime) -> CheckCommand:
        who = " ".join(self.config.clocks.quorum.must)
        text = "held with those who must be there"
        return self._say(check, DECIDER, "strategy_held", text, now, took_part=who, outcome="no_section_47")

    def _screen(self, check: Check, now: datetime) -> CheckCommand:
        if check.route and check.level < _GRAVE:
            return self._say(check, SCREENER, "route", "already open to a worker", now, to="allocated_worker")
        return self._say(check, SCREENER, "open", "opened for a person to look at", now, rating=_rating(check))

    def _gate(self, check: Check, now: datetime) -> CheckCommand:
        codes = {"basis": "overridden", "override_reason": "risk_of_harm", "family": "not_safe"}
        if check.subject == "adult":
            codes |= {"s42_a": "yes", "s42_b": "yes", "s42_c": "unknown", "wishes": "not_asked_yet"}
            codes["capacity"] = "not_assessed"
        return self._say(check, SCREENER, "gate", "agreement was not sought: made-up people", now, **codes)

    def _end(self, check: Check, now: datetime) -> list[CheckCommand | AgencyReturn]:
        service = _service(check)
        moves: dict[State, tuple[str, str, str, dict[str, str]]] = {
            State.ROUTED: (SERVICE, "accept", "the allocated worker takes it", {}),
            State.DECIDED: (SCREENER, "disseminate", "summary to those who were asked", {"to": _recipients(check, ())}),
            State.DISSEMINATED: (SCREENER, "hand_over", "handed over", {"service": service}),
            State.HANDED_OVER: (SERVICE, "accept", "the service takes it", {}),
            State.ACCEPTED: (SCREENER, "feed_back", "the referrer is told", _feedback(check)),
            State.FEEDBACK_SENT: (SCREENER, "close", "closed", {}),
        }
        if check.state in {State.BUNDLE_READY, State.DECISION_PENDING}:
            if check.read.get(DECIDER, 0) < check.bundle or check.state is State.BUNDLE_READY:
                codes = {"version": str(check.bundle), "reason": "deciding"}
                return [self._say(check, DECIDER, "read", "", now, **codes)]
            who = _recipients(check, self.config.clocks.quorum.must)
            return [self._say(check, DECIDER, "decide", "decided by a script", now, decision=service, took_part=who)]
        if check.state not in moves:
            return []
        actor, action, text, codes = moves[check.state]
        return [self._say(check, actor, action, text, now, **codes)]

    def _say(self, check: Check, actor: str, action: str, text: str, now: datetime, **codes: str) -> CheckCommand:
        words = self.sealer.seal(check.anchor, CheckWords(text=MARK + text)) if text else b""
        return CheckCommand(
            command_id=derived_id("scripted", check.check_id, check.state, action, *_occasion(check, action, codes)),
            partnership=check.partnership,
            check_id=check.check_id,
            anchor=check.anchor,
            action=action,
            actor=actor,
            role=ROLE,
            codes=codes,
            words=words,
            at=now,
        )

    def _answer(self, request: AgencyRequest, now: datetime) -> AgencyReturn:
        held = self.holdings(request.check_id, request.agency)
        answers = {request.questions[0]: MARK + "; ".join(held)} if held else {}
        words = CheckWords(text=MARK + "answered from what the agency has sent to the hub", answers=answers)
        return AgencyReturn(
            return_id=derived_id("scripted-return", request.request_id),
            partnership=request.partnership,
            request_id=request.request_id,
            check_id=request.check_id,
            anchor=request.anchor,
            agency=request.agency,
            actor=f"scripted {request.agency} researcher",
            role=ROLE,
            outcome="answered" if held else "not_known",
            words=self.sealer.seal(request.anchor, words) if held else b"",
            at=now,
        )


def _occasion(check: Check, action: str, codes: dict[str, str]) -> list[str]:
    """What tells one giving of a command from another: not the number of events, for others write some meanwhile."""
    version = [str(check.bundle)] if action in _BY_VERSION else []
    return [str(check.reopened), str(check.round), *version, *(f"{name}={codes[name]}" for name in sorted(codes))]


def _rating(check: Check) -> str:
    return check.brag if check.brag in RATINGS else "green"


def _service(check: Check) -> str:
    return "section_47" if check.subject != "adult" and check.rating == "red" else _SERVICE_OF[check.subject]


def _recipients(check: Check, always: Iterable[str]) -> str:
    answered = {r.agency for r in check.of_round() if r.status == "answered"}
    return " ".join(sorted({*answered, *always} or {"social_care"}))


def _feedback(check: Check) -> dict[str, str]:
    return {"channel": "telephone", "threshold": "level_4" if check.rating == "red" else "level_3"}
