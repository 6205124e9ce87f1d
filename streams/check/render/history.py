"""The check's own history in words: what was done, by whom, when, why; the gate, the returns, the decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from itertools import groupby

from hub.messages import Bundle, CheckEvent
from streams.check.config import Config
from streams.check.render.opening import ERASED, Opener
from streams.check.render.people import Agency
from streams.check.render.sentences import basis_lines, sentences
from streams.check.render.view import AgencyPart, Answer, Step
from streams.check.render.words import RELEASES, RETURN_STATUS, date_of, moment, plain
from streams.check.state import Check, Request

_Codes = dict[str, str]
_QUIET = frozenset({"bundled"})
_GROUPED = frozenset({"requested", "hastened", "picture_updated", "overdue", "escalated"})
_RETURNS = frozenset({"returned", "late_return"})
"""Their words stand in the returns, with the questions."""
_MISSING = frozenset({"waiting", "overdue"})
_MOMENT = timedelta(seconds=1)
"""An action is due when its day has ended: the last moment of it names the day."""


def steps(
    events: Iterable[CheckEvent], opener: Opener, config: Config, agency: Agency, rule: Callable[[str], str] = str
) -> list[Step]:
    """The history, oldest first; what people wrote stands under it."""
    events = list(events)
    said = sentences(config, agency, referred=any(e.kind == "contacted" for e in events), rule=rule)
    shown = [e for e in events if e.kind not in _QUIET]
    return [_step(list(group), said, opener) for _, group in groupby(shown, key=_together)]


def _together(event: CheckEvent) -> object:
    """Ten requests in one minute are one line, and so is a picture that changed three times."""
    return (event.kind, moment(event.at), event.actor) if event.kind in _GROUPED else event.seq


def _step(events: list[CheckEvent], known: Mapping[str, Callable[[_Codes], str]], opener: Opener) -> Step:
    event = events[0]
    sentence = known.get(event.kind)
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
    instead = f" for {event.acts_for}, by delegation" if event.acts_for else ""
    return f"{event.actor} ({plain(event.role)}{instead})"


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
                by=part.actor + (f", from the {plain(part.via)}" if part.via else ""),
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


def actions(check: Check, events: Iterable[CheckEvent], opener: Opener) -> list[str]:
    """What was agreed: by whom, until when, and whether it is done."""
    by_seq = {event.seq: event for event in events}
    found = []
    for number, task in sorted(check.tasks.items(), key=lambda pair: pair[1].due):
        event = by_seq.get(task.seq)
        sealed = (event.parts.get(task.part, b"") if task.part else event.words) if event else b""
        stands = f"done {moment(task.done_at)}" if task.done_at else f"by {date_of(task.due - _MOMENT)}"
        text = opener.text(_written(sealed, opener)) if sealed else ""
        found.append(f"{number}. {task.owner}, {stands}" + (f": {text}" if text else ""))
    return found


def _status(status: str, asked: Request | None) -> str:
    """As in the bundle; but a clock that ran out since is told."""
    if status == "waiting" and asked and asked.status in {"overdue", "escalated"}:
        status = "overdue"
    return RETURN_STATUS.get(status, status)


def _others(answers: dict[str, str], questions: list[str]) -> list[str]:
    return sorted(answers.keys() - set(questions))


__all__ = ["actions", "agency_parts", "basis_lines", "steps", "who"]
