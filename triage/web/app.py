"""The thin shell: Starlette in, handlers in the middle, headers, sessions, access and audit around each of them.

Every request goes the same way, in this order: too many? whose session? a form of ours? who stands how to the check?
may they? Then the handler runs in a thread, the audit is written, and only then is anything sent.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount
from starlette.routing import Route as Address
from starlette.staticfiles import StaticFiles

from hub.errors import HubError
from hub.log import get_logger
from triage import assets, drafts, gauges
from triage.access import Standing, Verdict, Visitor, beside, judge
from triage.audit import Entry, NotAudited
from triage.before_reading import KeptOut, MustDeclare, NotAsked
from triage.delegation import acting
from triage.desk import Desk
from triage.roles import OF_A_CHECK, OF_A_REQUEST, Right
from triage.scanning import Held
from triage.sessions import Session
from triage.sql import delegations, queries, summaries
from triage.web import declaring, incoming, live, refusing, signing_in
from triage.web.asking import Answer, Ask, File, Go, NotThere, Page, Route
from triage.web.frame import shown
from triage.web.in_stead import in_whose_stead
from triage.web.routes import ROUTES
from triage.web.security import Limit, cookie_name, cookie_named, headers_for, hosts_of, is_secure

HOUR_SECONDS = 3600
COOKIES: dict[str, int | None] = {"door": None, "draft": 7 * 24 * HOUR_SECONDS, "school": 14 * 24 * HOUR_SECONDS}
"""How long a browser keeps the secret of a draft: the public's goes when the browser is closed (others may use it)."""
NOBODY = Visitor("", "", frozenset())
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_NUMBERS = ("check_id", "request_id", "review_id", "document_id", "link_id", "delegation_id", "summary_id")
_PLACES = str.maketrans("{}", "<>")
"""An address as a log line may hold it: `/checks/<check_id>`, never whose."""
log = get_logger("desk")


@dataclass(frozen=True, slots=True)
class Shell:
    """What surrounds every handler."""

    desk: Desk
    limit: Limit
    public_pages: Limit
    public_forms: Limit

    async def answer(self, request: Request, route: Route) -> Response:
        """One request, from the door to the answer."""
        if route.right is Right.PUBLIC:
            return await self._answer_anybody(request, route)
        session = await run_in_threadpool(self._session, request)
        visitor = session.visitor if session else None
        who = visitor.account if visitor else request.client.host if request.client else ""
        if not self.limit.admits(who):
            return self._page(refusing.too_many(), session, status_headers={"Retry-After": "60"})
        if session is None or visitor is None:
            return RedirectResponse("/sign-in", 303)
        return await self._go_on(request, route, session, visitor, self._secret(request, route))

    async def _answer_anybody(self, request: Request, route: Route) -> Response:
        """Without a session: the form is the browser's own by a secret that only its cookie holds."""
        where = request.client.host if request.client else ""
        secret = self._secret(request, route)
        session = Session("", None, drafts.form_token_of(secret))
        post = route.method == "POST"
        if not self.public_pages.admits(where) or (post and not self.public_forms.admits(where)):
            seconds = str(HOUR_SECONDS if post else 60)
            return self._page(refusing.too_many_here(self.desk), session, status_headers={"Retry-After": seconds})
        return await self._go_on(request, route, session, NOBODY, secret)

    async def _go_on(self, request: Request, route: Route, session: Session, visitor: Visitor, secret: str) -> Response:
        form: incoming.Form | Page = incoming.Form()
        if route.method == "POST":
            own = self.desk.settings.desk_url or f"{request.url.scheme}://{request.url.netloc}"
            form = await incoming.read(request, route, own, session.form_token)
        if isinstance(form, Page):
            return self._page(form, session)
        answer = await run_in_threadpool(self._handle, request, route, session, visitor, form, secret)
        if route.cookie and request.cookies.get(cookie_named(self.desk.settings, route.cookie)) != secret:
            answer.set_cookie(
                cookie_named(self.desk.settings, route.cookie), secret, httponly=True, path="/", samesite="lax",
                secure=is_secure(self.desk.settings), max_age=COOKIES[route.cookie],
            )  # fmt: skip
        return answer

    def _secret(self, request: Request, route: Route) -> str:
        """The browser's own secret: what its cookie holds, or a new one."""
        if not route.cookie:
            return ""
        held = request.cookies.get(cookie_named(self.desk.settings, route.cookie), "")
        return held if _SECRET.fullmatch(held) else secrets.token_urlsafe(32)

    def _session(self, request: Request) -> Session | None:
        token = request.cookies.get(cookie_name(self.desk.settings), "")
        # A page that renews itself is nobody's click: it must not keep a session alive on an empty chair.
        now = self.desk.now()
        session = self.desk.sessions.find(token, now, touch="hx-request" not in request.headers)
        if session is None or session.visitor is None:
            return session
        with self.desk.engine.connect() as connection:
            held = delegations.lent_now(connection, session.visitor.account, now)
        return replace(session, visitor=acting(session.visitor, held, now)) if held else session

    def _handle(
        self, request: Request, route: Route, session: Session, visitor: Visitor, form: incoming.Form, secret: str
    ) -> Response:
        path = {name: str(value) for name, value in request.path_params.items()}
        ask = self._ask(request, route, session, visitor, form, path, secret)
        visitor = ask.visitor
        agency, stead = self._agency(route, path), ""
        verdict = judge(route.right, visitor, ask.now, standing=ask.standing, agency=agency)
        about = next((path[name] for name in _NUMBERS if name in path), "")
        try:
            if verdict is not Verdict.YES:
                self._write(ask, "refused", about, str(verdict), f"{route.method} {route.path}")
                return self._page(refusing.not_allowed(self.desk, ask, route, verdict), session)
            stead = in_whose_stead(self.desk, ask, route, agency)
            if route.method == "POST":  # written before it is done: what cannot be audited must not happen
                self._write(ask, route.act, about, "asked", _detail(path), stead)
            answer = route.handler(self.desk, ask)
            if route.act:
                self._write(ask, route.act, about, _outcome(answer), _detail(path), stead)
        except (KeptOut, MustDeclare, NotAsked, Held) as stop:
            page, why = self._stopped(stop, ask)
            self._write(ask, "refused", about, why, f"{route.method} {route.path}", stead)
            return self._page(page, session)
        except NotThere:
            return self._page(refusing.not_there(), session)
        except NotAudited as error:
            return self._page(refusing.trouble(error), session)
        except HubError as error:
            log.warning("a page could not be shown", error=type(error).__name__, path=route.path.translate(_PLACES))
            return self._page(refusing.trouble(error), session)
        return self._page(answer, session)

    def _stopped(self, stop: KeptOut | MustDeclare | NotAsked | Held, ask: Ask) -> tuple[Page, str]:
        """What is said where something stands before what was asked for, and its code for the audit."""
        match stop:
            case KeptOut():
                return refusing.kept_out(), "conflict"
            case MustDeclare():
                return declaring.page(self.desk, ask), "to_declare"
            case NotAsked():
                return refusing.not_asked(), "not_asked"
            case Held():
                return refusing.held(stop), str(stop.state)

    def _ask(
        self, request: Request, route: Route, session: Session, visitor: Visitor, form: incoming.Form,
        path: dict[str, str], secret: str,
    ) -> Ask:  # fmt: skip
        standing = Standing()
        if route.right in OF_A_CHECK:
            with self.desk.engine.connect() as connection:
                standing = queries.standing_of(connection, path["check_id"])
        query = dict(request.query_params)
        return Ask(
            beside(visitor, standing), session, self.desk.now(), path, query, form.fields, standing, secret, form.files
        )

    def _agency(self, route: Route, path: dict[str, str]) -> str:
        if route.right not in OF_A_REQUEST:
            return path.get("agency", "")
        with self.desk.engine.connect() as connection:
            if "summary_id" in path:
                summary = summaries.one(connection, path["summary_id"])
                return summary.recipient if summary else ""
            asked = queries.request_of(connection, path["request_id"])
        return asked.request.agency if asked else ""

    def _write(self, ask: Ask, act: str, about: str, outcome: str, detail: str, stead: str = "") -> None:
        visitor = ask.visitor
        roles = " ".join(sorted(visitor.roles if stead else visitor.own_roles))
        detail = " ".join(part for part in (detail, f"for={stead}" if stead else "") if part)
        self.desk.audit.write(Entry(ask.now, visitor.account, roles, act, about[:64], outcome, detail))

    def _page(
        self, answer: Answer, session: Session | None, status_headers: Mapping[str, str] | None = None
    ) -> Response:
        match answer:
            case Go():
                return RedirectResponse(answer.to, 303)
            case File():
                named = {"Content-Disposition": f'attachment; filename="{answer.name}"'} if answer.name else {}
                return Response(answer.body, media_type=answer.kind, headers=named)
            case Page():
                body = shown(self.desk, answer, session)
                return Response(body, answer.status, dict(status_headers or {}), media_type="text/html; charset=utf-8")


def make_app(desk: Desk, routes: Sequence[Route] = ROUTES) -> Starlette:
    """The web application of a desk."""
    shell = Shell(
        desk,
        Limit(desk.settings.desk_requests_per_minute),
        Limit(desk.settings.desk_public_pages_per_minute),
        Limit(desk.settings.desk_public_forms_per_hour, HOUR_SECONDS),
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
        return shell._page(refusing.not_there(), None)  # noqa: SLF001 - its own module

    return nothing


def _fault(shell: Shell) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def fault(_request: Request, error: Exception) -> Response:
        log.error("a fault in the desk", exc_info=error)
        return shell._page(refusing.fault(), None)  # noqa: SLF001 - its own module

    return fault


def _outcome(answer: Answer) -> str:
    return "not_done" if isinstance(answer, Page) and answer.status >= 400 else "done"  # noqa: PLR2004 - HTTP's errors


def _detail(path: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in path.items() if name not in _NUMBERS)
