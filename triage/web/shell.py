"""What surrounds every handler on the way: too many? whose session? a form of ours? Then pages and cookies."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from triage import drafts
from triage.access import Visitor
from triage.delegation import acting
from triage.desk import Desk
from triage.roles import Right
from triage.sessions import Session
from triage.sql import delegations
from triage.web import incoming, refusing
from triage.web.asking import Answer, Ask, File, Go, Page, Route
from triage.web.frame import shown
from triage.web.handling import handle
from triage.web.security import Limit, cookie_name, cookie_named, is_secure

HOUR_SECONDS = 3600
COOKIES: dict[str, int | None] = {"door": None, "draft": 7 * 24 * HOUR_SECONDS, "school": 14 * 24 * HOUR_SECONDS}
"""How long a browser keeps the secret of a draft: the public's goes when the browser is closed (others may use it)."""
NOBODY = Visitor("", "", frozenset())
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


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
            return self.page(refusing.too_many(), session, status_headers={"Retry-After": "60"})
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
            return self.page(refusing.too_many_here(self.desk), session, status_headers={"Retry-After": seconds})
        return await self._go_on(request, route, session, NOBODY, secret)

    async def _go_on(self, request: Request, route: Route, session: Session, visitor: Visitor, secret: str) -> Response:
        form: incoming.Form | Page = incoming.Form()
        if route.method == "POST":
            own = self.desk.settings.desk_url or f"{request.url.scheme}://{request.url.netloc}"
            form = await incoming.read(request, route, own, session.form_token)
        if isinstance(form, Page):
            return self.page(form, session)
        path = {name: str(value) for name, value in request.path_params.items()}
        query = dict(request.query_params)
        ask = Ask(visitor, session, self.desk.now(), path, query, form.fields, secret=secret, files=form.files)
        answer = await run_in_threadpool(self._drawn, route, ask)
        if route.cookie and request.cookies.get(cookie_named(self.desk.settings, route.cookie)) != secret:
            answer.set_cookie(
                cookie_named(self.desk.settings, route.cookie), secret, httponly=True, path="/", samesite="lax",
                secure=is_secure(self.desk.settings), max_age=COOKIES[route.cookie],
            )  # fmt: skip
        return answer

    def _drawn(self, route: Route, ask: Ask) -> Response:
        """In a thread: handlers wait for databases, and pages take their time to be drawn."""
        return self.page(handle(self.desk, route, ask), ask.session)

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

    def page(
        self, answer: Answer, session: Session | None, status_headers: Mapping[str, str] | None = None
    ) -> Response:
        """An answer, as HTTP sends it."""
        match answer:
            case Go():
                return RedirectResponse(answer.to, 303)
            case File():
                named = {"Content-Disposition": f'attachment; filename="{answer.name}"'} if answer.name else {}
                return Response(answer.body, media_type=answer.kind, headers=named)
            case Page():
                body = shown(self.desk, answer, session)
                return Response(body, answer.status, dict(status_headers or {}), media_type="text/html; charset=utf-8")
