"""Reads a form off the wire: how large it may be, whose it is, what files came along. Believes no header of a file.

Files stay in memory until they are sealed: none is written to a disk in clear, not even for a moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from triage import files
from triage.files import Sent
from triage.web import refusing
from triage.web.asking import Page, Route
from triage.web.security import from_elsewhere, same_token

FORM_FIELDS = 200
FORM_BYTES = 1_000_000
FIELD_CHARACTERS = 60_000
"""A note of some twenty pages; what a check takes in one message is less. What is longer is refused, never cut."""
_MULTIPART = "multipart/form-data"
_MANY_FILES = 40
"""More than are taken: whoever sends too many is told which were, and loses nothing that was typed."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Sequence[Sent]] = field(default_factory=dict)


class _InMemory(MultiPartParser):
    """Starlette's parser, but nothing spills into a temporary file."""

    spool_max_size = FORM_BYTES + files.LARGEST_TOGETHER


async def read(request: Request, route: Route, own: str, token: str) -> Form | Page:
    """A form; or the page that says why it is none of ours, or too much.

    Args:
        request: with the form.
        route: where it was sent.
        own: the desk's own origin, as the browser sees it.
        token: what every form of this browser must bring along.
    """
    if not _small(request, FORM_BYTES + (files.LARGEST_TOGETHER if route.files else 0)):
        return refusing.too_long()
    try:
        form = await _parsed(request, route)
    except (HTTPException, MultiPartException):
        return refusing.old_form()
    given = next(iter(form.fields.get("form_token", ())), "")
    if from_elsewhere(request.headers, own) or not token or not same_token(given, token):
        return refusing.old_form()
    if any(len(value) > FIELD_CHARACTERS for values in form.fields.values() for value in values):
        return refusing.too_long()
    return form


def _small(request: Request, most: int) -> bool:
    """Whether a form says how long it is, and is not too long to be read at all."""
    length = request.headers.get("content-length", "")
    return length.isdecimal() and int(length) <= most


async def _parsed(request: Request, route: Route) -> Form:
    if route.files and request.headers.get("content-type", "").startswith(_MULTIPART):
        parser: MultiPartParser | FormParser = _InMemory(
            request.headers, request.stream(), max_files=_MANY_FILES, max_fields=FORM_FIELDS,
            max_part_size=FORM_BYTES,
        )  # fmt: skip
        parsed = await parser.parse()
    else:
        parsed = await request.form(max_fields=FORM_FIELDS, max_files=0, max_part_size=FORM_BYTES)
    fields: dict[str, list[str]] = {}
    sent: dict[str, list[Sent]] = {}
    try:
        for name, value in parsed.multi_items():
            if isinstance(value, str):
                fields.setdefault(name, []).append(value)
            elif isinstance(value, UploadFile) and value.filename:
                sent.setdefault(name, []).append(Sent(value.filename, await value.read()))
    finally:
        await parsed.close()
    return Form(fields, sent)
