"""What surrounds every page: who is signed in, where they can go, how fresh the view is."""

from __future__ import annotations

from dataclasses import dataclass

from triage.access import Visitor
from triage.desk import Desk
from triage.roles import RIGHTS, WORDS, Right
from triage.sessions import Session
from triage.web.asking import Page
from triage.web.templating import environment

STALE_SECONDS = 5.0
"""A broker that has not answered for so long: what is shown may be old, and the page says so."""


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the navigation."""

    text: str
    to: str


_PLACES = (
    (Right.QUEUE, Link("Queue", "/queue")),
    (Right.CONTACTS, Link("Contacts", "/contacts")),
    (Right.INBOX, Link("Requests to us", "/inbox")),
    (Right.REFER, Link("Refer", "/refer")),
    (Right.TAKE_DOWN, Link("Take a call", "/phone")),
    (Right.TAKE_DOWN, Link("Documents", "/documents")),
    (Right.KNOWN, Link("Known to?", "/known")),
    (Right.FIND, Link("Search", "/find")),
    (Right.RECEIPTS, Link("Receipts", "/receipts")),
    (Right.BOARD, Link("Board", "/board")),
    (Right.REVIEWS, Link("Identity", "/reviews")),
    (Right.COVER, Link("Cover", "/cover")),
    (Right.ALERTS, Link("Alerts", "/alerts")),
    (Right.AUDIT, Link("Audit", "/audit")),
    (Right.HUB, Link("The hub", "/hub")),
)


def places(visitor: Visitor | None) -> list[Link]:
    """Where somebody can go."""
    return [link for right, link in _PLACES if visitor and visitor.roles & RIGHTS[right]]


def home(visitor: Visitor) -> str:
    """Where somebody begins."""
    return next((link.to for link in places(visitor)), "/")


def shown(desk: Desk, page: Page, session: Session | None) -> str:
    """The page as HTML."""
    visitor = session.visitor if session else None
    return (
        environment()
        .get_template(page.template)
        .render(
            visitor=visitor,
            roles=", ".join(WORDS[role] for role in sorted(visitor.own_roles)) if visitor else "",
            form_token=session.form_token if session else "",
            places=places(visitor),
            synthetic=desk.synthetic,
            partnership=desk.settings.partnership,
            stale=desk.projector.behind_seconds > STALE_SECONDS,
            catching_up=not desk.projector.caught_up.is_set(),
            now=desk.now(),
            version=desk.projector.version,
            public_form=desk.settings.desk_public_form,
            **page.context,
        )
    )
