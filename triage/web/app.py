"""The thin shell: Starlette in, handlers in the middle, headers, sessions, access and audit around each of them.

Every request goes the same way, in this order: too many? whose session? a form of ours? (`shell`) who stands how to the
check? may they? (`handling`) Then the handler runs in a thread, the audit is written, and only then is anything sent.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.routing import Route as Address
from starlette.staticfiles import StaticFiles

from hub.log import get_logger
from triage import assets, gauges
from triage.desk import Desk
from triage.web import live, refusing, signing_in
from triage.web.asking import Route
from triage.web.routes import ROUTES
from triage.web.security import Limit, headers_for, hosts_of
from triage.web.shell import HOUR_SECONDS, Shell

log = get_logger("desk")


def make_app(desk: Desk, routes: Sequence[Route] = ROUTES) -> Starlette:
    """The web application of a desk."""
    shell = Shell(
        desk,
        Limit(desk.settings.desk_requests_per_minute),
        Limit(desk.settings.desk_public_pages_per_minute),
        Limit(desk.settings.desk_public_forms_per_hour, HOUR_SECONDS),
        frozenset(r.path for r in routes if r.method == "GET") & {r.path for r in routes if r.method == "POST"},
    )
    built, own = assets.build(), Path(assets.STATIC)
    addresses = [
        *signing_in.addresses(desk, shell.limit),
        *live.addresses(desk, shell.limit),
        *(Address(route.path, _endpoint(shell, route), methods=[route.method]) for route in routes),
        Mount("/static/desk", StaticFiles(directory=own)),
        Mount("/static/built", StaticFiles(directory=built)),
    ]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> Any:
        yield
        live.stop()

    app = Starlette(routes=addresses, lifespan=lifespan, exception_handlers={404: _nothing(shell), 500: _fault(shell)})
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts_of(desk.settings))
    app.add_middleware(_Headers, headers=headers_for(desk.settings))
    return app


class _Headers:
    """Puts the security headers on every answer, of files as well (which may be cached: their names change)."""

    def __init__(self, app: Any, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        cached = (b"cache-control", b"public, max-age=3600")
        self._static = [cached if name == b"cache-control" else (name, value) for name, value in self._headers]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        chosen = self._static if scope.get("path", "").startswith("/static/") else self._headers

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((n, v) for n, v in chosen if n not in given)]
            await send(message)

        await self._app(scope, receive, sent)


def _endpoint(shell: Shell, route: Route) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        begun, status = time.perf_counter(), 500
        try:
            response = await shell.answer(request, route)
            status = response.status_code
        finally:
            gauges.note(route.path, route.method, status, time.perf_counter() - begun)
        return response

    return endpoint


def _nothing(shell: Shell) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def nothing(_request: Request, _error: Exception) -> Response:
        return shell.page(refusing.not_there(), None)

    return nothing


def _fault(shell: Shell) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def fault(_request: Request, error: Exception) -> Response:
        log.error("a fault in the desk", exc_info=error)
        return shell.page(refusing.fault(), None)

    return fault
