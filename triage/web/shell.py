"""What surrounds every handler on the way: too many? whose session? a form of ours? Then pages and cookies."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
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
from triage.web import incoming, refusing, unsent
from triage.web.asking import Answer, Ask, File, Go, Page, Route
from triage.web.frame import shown
from triage.web.handling import handle
from triage.web.security import Limit, cookie_name, cookie_named, is_secure

HOUR_SECONDS = 3600
SEE_OTHER = 303
"""Where a form was taken, the browser is sent on (RFC 9110, 15.4.4)."""
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
    forms: frozenset[str]
    """Addresses at which a form is shown again: what was typed there and came too late is kept."""

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
            return await self._too_late(request, route)
        return await self._go_on(request, route, session, visitor, self._secret(request, route))

    async def _too_late(self, request: Request, route: Route) -> Response:
        """To the sign-in page, and what was typed is kept for whoever typed it."""
        answer = RedirectResponse("/sign-in", 303)
        if route.method != "POST" or route.path not in self.forms:
            return answer
        now, token = self.desk.now(), request.cookies.get(cookie_name(self.desk.settings), "")
        ended = await run_in_threadpool(self.desk.sessions.late, token, now)
        if ended is None or ended.visitor is None:
            return answer
        form = await incoming.read(request, route, self._own(request), ended.form_token)
        secret = secrets.token_urlsafe(32)
        if isinstance(form, incoming.Form) and await run_in_threadpool(
            unsent.keep, self.desk, secret, ended.visitor.account, request.url.path, form.fields, now
        ):
            unsent.remember(answer, self.desk.settings, secret)
        return answer

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
            form = await incoming.read(request, route, self._own(request), session.form_token)
        if isinstance(form, Page):
            return self.page(form, session)
        path = {name: str(value) for name, value in request.path_params.items()}
        query = dict(request.query_params)
        kept = await run_in_threadpool(self._kept, request, route, visitor)
        fields = kept if kept and route.method == "GET" else form.fields
        ask = Ask(visitor, session, self.desk.now(), path, query, fields, secret=secret, files=form.files)
        answer = await run_in_threadpool(self._drawn, route, ask, bool(kept))
        if kept and route.method == "POST" and answer.status_code == SEE_OTHER:
            await run_in_threadpool(unsent.forget, self.desk, request, visitor.account)
            unsent.remember(answer, self.desk.settings, "")
        if route.cookie and request.cookies.get(cookie_named(self.desk.settings, route.cookie)) != secret:
            answer.set_cookie(
                cookie_named(self.desk.settings, route.cookie), secret, httponly=True, path="/", samesite="lax",
                secure=is_secure(self.desk.settings), max_age=COOKIES[route.cookie],
            )  # fmt: skip
        return answer

    def _drawn(self, route: Route, ask: Ask, kept: bool) -> Response:  # noqa: FBT001 - of one caller
        """In a thread: handlers wait for databases, and pages take their time to be drawn."""
        answer = handle(self.desk, route, ask)
        if kept and route.method == "GET" and isinstance(answer, Page):
            answer = replace(answer, context={**answer.context, "unsent": True})
        return self.page(answer, ask.session)

    def _kept(self, request: Request, route: Route, visitor: Visitor) -> Mapping[str, Sequence[str]] | None:
        """What was typed here when a session had ended."""
        if route.path not in self.forms or not unsent.secret_of(self.desk.settings, request):
            return None
        found = unsent.held(self.desk, request, visitor.account, self.desk.now())
        return found.fields if found and found.call_id == request.url.path else None

    def _own(self, request: Request) -> str:
        """The desk's own origin, as the browser sees it."""
        return self.desk.settings.desk_url or f"{request.url.scheme}://{request.url.netloc}"

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
