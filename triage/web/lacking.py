"""What a command's form lacks, question by question, in the form's own words. Sends nothing."""

from __future__ import annotations

from datetime import datetime

from hub.messages import CheckCommand, CheckEvent
from streams.check import choices
from streams.check.rehearsal import lacking
from streams.check.situation import Desk as Procedure
from streams.check.state import Check
from streams.check.working_time import WorkingTime
from triage import forms
from triage.desk import Desk

Errors = list[tuple[str, str]]
"""Name of a question ('' of none), and what is wrong."""


def lacks(desk: Desk, check: Check, form: forms.Form, command: CheckCommand, now: datetime) -> Errors:
    """Everything that a form lacks, in its order: nobody is sent back once for each thing.

    Args:
        desk: this one.
        check: as it is shown.
        form: that was sent.
        command: that would be given.
        now: when.
    """
    procedure = Procedure(desk.packs, WorkingTime(desk.packs.clocks))
    found: dict[str, str] = {}
    if form.spec.must and not command.words:
        found["words"] = _words_wanted(form)
    for refusal in lacking(procedure, check, command, now, forms.likely_of(form, now)):
        name = _words_on(form, refusal.reason, refusal.codes.get("code", ""))
        if name is not None:
            found.setdefault(*name)
    order = {choice.name: place for place, choice in enumerate(form.choices)}
    return sorted(found.items(), key=lambda error: order.get(error[0], len(order)))


def _words_on(form: forms.Form, reason: str, code: str) -> tuple[str, str] | None:
    """Which question of the form is meant, and what it lacks; None where no question asks for it."""
    asked = next((choice for choice in form.choices if choice.name == code), None)
    if asked and reason == "missing-code":
        return asked.name, _after(asked.label, "choose an answer" if asked.kind == "choose" else "fill this in")
    if asked and reason == "bad-code":
        return asked.name, _after(asked.label, "this can't be taken as it is")
    if reason == "missing-words" and form.spec.words:
        return "words", _words_wanted(form)
    return None


def _words_wanted(form: forms.Form) -> str:
    return _after(form.spec.words, "this has to be written down")


def _after(label: str, what: str) -> str:
    """A question with what is wrong after it, as a person would write it."""
    return f"{label} {what.capitalize()}" if label.endswith(("?", ".")) else f"{label}: {what}"


def why_not(desk: Desk, check: Check, form: forms.Form, event: CheckEvent) -> tuple[str, str]:
    """Where on the form, and why, in the form's own words where it asks for what is missing."""
    reason = event.codes["reason"]
    found = _words_on(form, reason, event.codes.get("code", ""))
    return found or ("", choices.why_not(event, check, desk.packs)[0])
