"""What a handler gets and what it gives back. No framework is known here, so that a page is a plain function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from triage.access import Standing, Visitor
from triage.desk import Desk
from triage.files import Sent
from triage.roles import Right
from triage.sessions import Session


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a signed-in person who may make it.

    Attributes:
        visitor: who.
        session: theirs.
        now: when.
        path: variables of the address.
        query: after the question mark; never personal data.
        form: what was sent.
        standing: who stands how to the check, where the page is one of a check.
        secret: this browser's own, where the address keeps drafts: never shown, never written down.
        files: what was sent along.
    """

    visitor: Visitor
    session: Session
    now: datetime
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, Sequence[str]]
    standing: Standing = field(default_factory=Standing)
    secret: str = field(default="", repr=False)
    files: Mapping[str, Sequence[Sent]] = field(default_factory=dict)

    def said(self, name: str) -> str:
        """A form's field, without blanks around it."""
        return next((value.strip() for value in self.form.get(name, ())), "")

    def chosen(self, name: str) -> list[str]:
        """A field of several boxes."""
        return list(self.form.get(name, ()))


@dataclass(frozen=True, slots=True)
class Page:
    """A page to show."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Go:
    """Another page to go to."""

    to: str


@dataclass(frozen=True, slots=True)
class File:
    """Something to download or to draw."""

    body: bytes
    kind: str
    name: str = ""


Answer = Page | Go | File
Handler = Callable[[Desk, Ask], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """An address of the desk.

    Attributes:
        method: GET or POST.
        path: with `{check_id}`, `{request_id}` and the like.
        right: what is asked of the visitor.
        handler: what answers.
        act: what the audit calls it; empty where nothing about anybody is shown.
        cookie: name of the cookie with the browser's own secret, where the address keeps what is typed.
        files: whether files may come along.
    """

    method: str
    path: str
    right: Right
    handler: Handler
    act: str = ""
    cookie: str = ""
    files: bool = False


class NotThere(Exception):  # noqa: N818 - a page that does not exist
    """There is no such check, request or page."""
