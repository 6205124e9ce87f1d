"""Commands to a check: a form, the way to Kafka, and "saved" only when the event has come back."""

from __future__ import annotations

import re
import uuid
from typing import Any

from hub.errors import Skippable
from hub.messages import CheckCommand, CheckEvent, CheckWords, Reporter
from hub.sealing import reporter_key
from streams.check.actions import ACTIONS
from streams.check.render.words import moment
from streams.check.state import Check
from streams.check.wire import NotConfirmed
from triage import before_reading, forms, steps
from triage.desk import Desk
from triage.in_role import role_for
from triage.roles import Role
from triage.sql import queries
from triage.web import twice
from triage.web.asking import Answer, Ask, Go, NotThere, Page
from triage.web.check import head
from triage.web.lacking import lacks, why_not

SEE_REPORTER = "see_reporter"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def form(desk: Desk, ask: Ask) -> Answer:
    """An empty form."""
    _not_close(desk, ask)
    return Page("act.html", _context(desk, ask, asked_for="", errors=[], command_id=str(uuid.uuid4())))


def act(desk: Desk, ask: Ask) -> Answer:
    """Give the command; back to the form, with all that was typed, wherever it did not come about."""
    check, action = _not_close(desk, ask), _action(ask)
    given = ask.said("command_id")
    command_id = given if _UUID.fullmatch(given) else str(uuid.uuid4())
    asked_for = ask.said("asked_for")
    shown = _form(desk, ask, check, asked_for)
    role = role_for(ask.visitor, action, check)
    if role is None:
        return _again(desk, ask, command_id, asked_for, [("", "None of your roles may do this.")])
    command = _command(desk, ask, check, role, shown, command_id)
    if missing := lacks(desk, check, shown, command, ask.now):
        return _again(desk, ask, command_id, asked_for, missing)
    if before := _before(desk, ask, command, shown):
        return Go(f"/checks/{check.check_id}?saved={before.seq}")
    return _give(desk, ask, check, shown, command, asked_for)


def _give(desk: Desk, ask: Ask, check: Check, shown: forms.Form, command: CheckCommand, asked_for: str) -> Answer:
    """Send it, and wait for what it causes."""
    try:
        caused = desk.gateway.say(command)
    except NotConfirmed as error:
        return _again(desk, ask, command.command_id, asked_for, [("", error.what), ("", error.remedy)], 503)
    if caused[0].kind == "refused":
        name, what = why_not(desk, check, shown, caused[0])
        next_asked = asked_for if name or not caused[0].codes.get("code") else caused[0].codes["code"]
        # A refusal is an answer to this very command: the next try is another one.
        return _again(desk, ask, str(uuid.uuid4()), next_asked, [(name, what)], 409)
    if command.action == SEE_REPORTER:
        return _reporter(desk, ask, check)
    return Go(f"/checks/{check.check_id}?saved={caused[0].seq}")


def _before(desk: Desk, ask: Ask, command: CheckCommand, form: forms.Form) -> CheckEvent | None:
    """The event of this very thing, where it was said minutes ago."""
    if command.action not in twice.ADDS:
        return None
    texts = {name: CheckWords(text=text) for name, text in _texts(ask, form).items()}
    kinds = {twice.ADDS[command.action]}
    given = {name: value for name, value in command.codes.items() if not name.endswith((".due", "seen_at"))}
    return twice.said_already(desk, command.check_id, command.actor, kinds, texts, ask.now, given)


def _reporter(desk: Desk, ask: Ask, check: Check) -> Page:
    """Who referred, now that the look is an event of the check; shown once, and kept nowhere."""
    held = check.contacts[ask.said("contact")]
    with desk.engine.connect() as connection:
        event = queries.history(connection, check.check_id)[held.seq - 1]
    sealed, rows = event.parts.get("reporter", b""), [("Who referred", "Nobody gave a name")]
    if sealed:
        try:
            who = desk.library.sealer.open(reporter_key(held.record_id), sealed, Reporter)
        except Skippable:
            rows = [("Who referred", "[erased]")]
        else:
            rows = [
                ("Name", who.name),
                ("Role", who.role),
                ("Organisation", who.organisation),
                ("Reach them", who.contact),
            ]
    shown = [(name, text) for name, text in rows if text]
    return Page("reporter.html", {"rows": shown, **head(desk, ask, check.check_id)})


def _texts(ask: Ask, form: forms.Form) -> dict[str, str]:
    """What was written: the words, and each part by its name."""
    return {"": ask.said("words")} | forms.parts_of(form, ask.form)


def _command(desk: Desk, ask: Ask, check: Check, role: Role, form: forms.Form, command_id: str) -> CheckCommand:
    """What was typed, as a command: codes as they are, every word sealed under the person's key."""
    texts = _texts(ask, form)
    sealed = {
        name: desk.library.sealer.seal(check.anchor, CheckWords(text=text)) for name, text in texts.items() if text
    }
    return CheckCommand(
        command_id=command_id,
        partnership=check.partnership,
        check_id=check.check_id,
        anchor=check.anchor,
        action=form.action,
        actor=ask.visitor.account,
        role=role,
        agency=ask.visitor.agency,
        codes=forms.codes_of(form, ask.form),
        words=sealed.pop("", b""),
        parts=sealed,
        at=ask.now,
        acts_for=ask.visitor.stands_in_for(role),
    )


def _again(
    desk: Desk, ask: Ask, command_id: str, asked_for: str, errors: list[tuple[str, str]], status: int = 422
) -> Page:
    return Page("act.html", _context(desk, ask, asked_for=asked_for, errors=errors, command_id=command_id), status)


def _context(desk: Desk, ask: Ask, *, asked_for: str, errors: list[tuple[str, str]], command_id: str) -> dict[str, Any]:
    check = _check(desk, ask)
    shown = _form(desk, ask, check, asked_for)
    step = next((s for s in steps.steps(check, ask.visitor) if s.action == shown.action), None)
    return {
        "form": shown,
        "errors": errors,
        "bad": {name: text for name, text in errors if name},
        "typed": ask.said("words"),
        "command_id": command_id,
        "asked_for": asked_for,
        "step": step,
        **head(desk, ask, check.check_id),
    }


def _form(desk: Desk, ask: Ask, check: Check, asked_for: str) -> forms.Form:
    with desk.engine.connect() as connection:
        found = [*queries.same_person(connection, check), *(e for e, _ in queries.around(connection, check))]
    near = {e.check.check_id for e in found if ask.visitor.account not in e.standing.walled} | set(check.linked)
    catalogue = desk.library.catalogue
    around = forms.Around(
        rules={rule: catalogue.rule(rule, rule) for rule in sorted(check.rules)},
        others={check_id: f"Check {check_id[:8].upper()}" for check_id in sorted(near)},
        actions={n: f"{task.owner}, by {moment(task.due)}" for n, task in check.tasks.items() if task.done_at is None},
    )
    return forms.form_for(_action(ask), check, desk.packs, around, ask.form, asked_for)


def _not_close(desk: Desk, ask: Ask) -> Check:
    """The check, to whoever may read it: a form tells of it too, and who referred is a name.

    Raises:
        KeptOut: as when it is read.
        MustDeclare: as when it is read.
    """
    check = _check(desk, ask)
    if check.read.get(ask.visitor.account, 0) < check.bundle:
        with desk.engine.connect() as connection:
            bundle = queries.bundle_of(connection, check.check_id)
        if bundle is not None:
            before_reading.look(desk, ask.visitor, check, bundle)
    return check


def stead(desk: Desk, ask: Ask) -> str:
    """Account of the manager in whose stead a command would be given; '' in their own name."""
    role = role_for(ask.visitor, _action(ask), _check(desk, ask))
    return ask.visitor.stands_in_for(role or "")


def _action(ask: Ask) -> str:
    action = ask.path["action"]
    if action not in ACTIONS or action in steps.HIDDEN:
        raise NotThere
    return action


def _check(desk: Desk, ask: Ask) -> Check:
    with desk.engine.connect() as connection:
        check = queries.check_of(connection, ask.path["check_id"])
    if check is None:
        raise NotThere
    return check
