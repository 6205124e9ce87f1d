"""The front door's forms: danger first, then the worry; a draft is kept; a receipt once the contact's event came back.

One set of pages for the public, for professionals and for whoever writes down a call or begins a check by hand. What is
sent is a contact and not yet a referral: it goes to the queue of contacts. `door_page` says what is shown, `delivering`
how it goes to the hub.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from streams.check.refusals import in_words
from streams.check.render.words import moment
from streams.check.wire import NotConfirmed
from triage import door, files
from triage import door_words as w
from triage.desk import Desk
from triage.drafts import Draft
from triage.files import NotTaken, Sent
from triage.web import delivering, door_page
from triage.web.asking import Answer, Ask, Go, NotThere, Page

ELSEWHERE = "https://www.bbc.co.uk/weather"
"""Where "Leave this page" leads: a page that anybody might be reading."""
_KEPT = {w.PUBLIC: timedelta(hours=1), w.PROFESSIONAL: timedelta(days=7), w.TELEPHONE: timedelta(hours=12),
         w.MANUAL: timedelta(hours=12), w.DOCUMENT: timedelta(hours=12)}  # fmt: skip
"""The public's draft lies in a browser that others may use."""
_OWN_FIELDS = frozenset({"form_token", "do", "files"})


@dataclass(frozen=True, slots=True)
class Door:
    """One kind of form, at its own address."""

    kind: str
    at: str

    def start(self, desk: Desk, ask: Ask) -> Answer:
        """Danger first."""
        self._must_be_open(desk)
        return Page("door_danger.html", self._context(desk, ask, self._draft(desk, ask)))

    def begin(self, desk: Desk, ask: Ask) -> Answer:
        """Whether anybody is in danger now; if so, whom to ring, before anything is written."""
        self._must_be_open(desk)
        danger = ask.said("danger")
        draft = self._draft(desk, ask)
        if danger not in w.DANGERS:
            errors = [("danger", "Choose whether somebody is in danger now")]
            return Page("door_danger.html", self._context(desk, ask, draft, errors), 422)
        begun = Draft(str(uuid.uuid4())) if draft.receipt else draft
        begun.fields["danger"] = [danger]
        self._keep(desk, ask, begun)
        return Go(f"{self.at}/{'999' if danger == 'yes' else 'form'}")

    def ring(self, desk: Desk, ask: Ask) -> Answer:
        """Ring 999."""
        self._must_be_open(desk)
        return Page("door_999.html", self._context(desk, ask, self._draft(desk, ask)))

    def form(self, desk: Desk, ask: Ask) -> Answer:
        """The form, with what was typed before."""
        self._must_be_open(desk)
        draft = self._draft(desk, ask)
        if ask.form and not draft.receipt:  # it came when the session had ended
            draft.fields |= {name: list(values) for name, values in ask.form.items() if name not in _OWN_FIELDS}
            self._keep(desk, ask, draft)
        if not door.said(draft.fields, "danger") or draft.receipt:
            return Go(self.at)
        return Page("door_form.html", self._context(desk, ask, draft))

    def send(self, desk: Desk, ask: Ask) -> Answer:
        """Keep what was typed, and do what the button says."""
        self._must_be_open(desk)
        draft = self._draft(desk, ask)
        if draft.receipt:
            return Go(f"{self.at}/received")
        danger = draft.fields.get("danger", ["unknown"])
        draft.fields = {"danger": danger} | {n: list(v) for n, v in ask.form.items() if n not in _OWN_FIELDS}
        errors = self._take_files(desk, ask, draft)
        what, _, which = ask.said("do").partition(".")
        if what == "person":
            draft.people = min(draft.people + 1, door.MOST_PEOPLE)
        if what == "drop":
            draft.files = [one for one in draft.files if one.digest != which]
            desk.drafts.forget_files(ask.secret, ask.visitor.account, [one.digest for one in draft.files])
        self._keep(desk, ask, draft)
        if what == "send":
            return self._send(desk, ask, draft, errors)
        if errors:
            return Page("door_form.html", self._context(desk, ask, draft, errors), 422)
        return Go(f"{self.at}/form{'#person-' + str(draft.people) if what == 'person' else '?kept=1'}")

    def _send(self, desk: Desk, ask: Ask, draft: Draft, errors: list[tuple[str, str]]) -> Answer:
        typed = door.read(
            draft.fields,
            draft.people,
            draft.files,
            delivering.who_is(desk, ask, self.kind),
            delivering.call_id(draft),
            ask.now,
        )
        errors = [*typed.errors, *errors]
        if typed.call is None or errors:
            return Page("door_form.html", self._context(desk, ask, draft, errors), 422)
        account = ask.visitor.account
        taken = [(one, desk.drafts.file(ask.secret, account, one.digest)) for one in draft.files]
        try:
            events = delivering.deliver(desk, typed.call, [(one, kept) for one, kept in taken if kept is not None])
        except NotConfirmed as error:
            errors = [("", error.what), ("", error.remedy)]
            return Page("door_form.html", self._context(desk, ask, draft, errors), 503)
        if refused := next((event for event in events if event.kind == "refused"), None):
            errors = [("", in_words(refused.codes["reason"], refused.codes))]
            return Page("door_form.html", self._context(desk, ask, draft, errors), 409)
        desk.drafts.forget_files(ask.secret, account)
        self._keep(desk, ask, Draft(draft.call_id, receipt=delivering.receipt_of(events, typed.call.danger)))
        return Go(f"{self.at}/received")

    def received(self, desk: Desk, ask: Ask) -> Answer:
        """The receipt: only once the contact's event came back was it kept."""
        draft = self._draft(desk, ask)
        if not draft.receipt:
            return Go(self.at)
        receipt = draft.receipt
        shown = {name: moment(datetime.fromisoformat(receipt[name])) if receipt[name] else "" for name in ("at", "due")}
        return Page("door_received.html", self._context(desk, ask, draft) | {"receipt": receipt | shown})

    def leave(self, desk: Desk, ask: Ask) -> Answer:
        """Throw away what was typed, and be somewhere else."""
        desk.drafts.forget(ask.secret, ask.visitor.account)
        return Go(ELSEWHERE if self.kind == w.PUBLIC else "/")

    def _must_be_open(self, desk: Desk) -> None:
        if self.kind == w.PUBLIC and not desk.settings.desk_public_form:
            raise NotThere

    def _draft(self, desk: Desk, ask: Ask) -> Draft:
        return desk.drafts.find(ask.secret, self._whose(ask), ask.now) or Draft(str(uuid.uuid4()))

    def _whose(self, ask: Ask) -> str:
        return ask.visitor.account

    def _keep(self, desk: Desk, ask: Ask, draft: Draft) -> None:
        desk.drafts.keep(ask.secret, self._whose(ask), draft, ask.now + _KEPT[self.kind], ask.now)

    def _take_files(self, desk: Desk, ask: Ask, draft: Draft) -> list[tuple[str, str]]:
        errors = []
        for sent in ask.files.get("files", ()):
            try:
                self._take(desk, ask, draft, sent)
            except NotTaken as error:
                errors.append(("files", str(error)))
        return errors

    def _take(self, desk: Desk, ask: Ask, draft: Draft, sent: Sent) -> None:
        what = files.check(sent, draft.files)
        if what.digest not in {one.digest for one in draft.files}:
            found = desk.scanning.admit(what, sent.data)
            desk.drafts.add_file(ask.secret, self._whose(ask), what, sent, found)
            draft.files.append(what)

    def _context(self, desk: Desk, ask: Ask, draft: Draft, errors: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
        return door_page.context(desk, ask, self.kind, self.at, draft, errors)
