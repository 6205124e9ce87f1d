"""Server-sent events: tells an open page that something has changed, never what. The page then asks for itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route as Address

from triage.desk import Desk
from triage.web.security import Limit, cookie_name

BEAT_SECONDS = 15.0
"""A line so often keeps proxies from hanging up, and finds out that a browser has gone."""
_LOOK_SECONDS = 0.2
"""Event to screen within a second; looking at a number costs nothing."""
_RETRY_MS = 3_000
_stopping = threading.Event()


def stop() -> None:
    """The desk ends: let go of every open page."""
    _stopping.set()


def addresses(desk: Desk, limit: Limit) -> list[Address]:
    """The one address of it."""
    del limit
    _stopping.clear()

    async def changes(request: Request) -> Response:
        token = request.cookies.get(cookie_name(desk.settings), "")
        session = await run_in_threadpool(partial(desk.sessions.find, token, desk.now(), touch=False))
        if session is None or session.visitor is None:
            return Response(status_code=401)
        return StreamingResponse(_changes(desk, request), media_type="text/event-stream")

    return [Address("/changes", changes, methods=["GET"])]


async def _changes(desk: Desk, request: Request) -> AsyncIterator[str]:
    yield f"retry: {_RETRY_MS}\n\n"
    seen, waited = desk.projector.shown, 0.0
    while not _stopping.is_set():
        if (version := desk.projector.shown) != seen:
            seen, waited = version, 0.0
            yield f"event: changed\nid: {version}\ndata: {version}\n\n"
        elif waited >= BEAT_SECONDS:
            waited = 0.0
            if await request.is_disconnected():
                return
            yield ": still here\n\n"
        await asyncio.sleep(_LOOK_SECONDS)
        waited += _LOOK_SECONDS
