"""Signing in and out: the pages before there is a session. Who somebody is, `people` or the provider says."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route as Address

from hub.errors import HubError
from triage import oidc, people
from triage.access import Visitor
from triage.audit import Entry
from triage.desk import Desk
from triage.roles import Role
from triage.sessions import LONGEST
from triage.web import refusing, unsent
from triage.web.asking import Page
from triage.web.frame import home, shown
from triage.web.security import Limit, cookie_name, from_elsewhere, is_secure, same_token

SIGN_INS_A_MINUTE = 30
_SIGNING_IN = "desk-signing-in"


def addresses(desk: Desk, limit: Limit) -> list[Address]:
    """The addresses that need no session."""
    del limit
    door = _Door(desk, Limit(SIGN_INS_A_MINUTE))
    return [
        Address("/", door.start, methods=["GET"]),
        Address("/sign-in", door.page, methods=["GET"]),
        Address("/sign-in/demo", door.demo, methods=["POST"]),
        Address("/sign-in/start", door.leave_for_provider, methods=["GET"]),
        Address("/sign-in/back", door.back_from_provider, methods=["GET"]),
        Address("/sign-out", door.sign_out, methods=["POST"]),
    ]


class _Door:
    """Lets people in."""

    def __init__(self, desk: Desk, limit: Limit) -> None:
        self._desk = desk
        self._limit = limit
        self._provider = oidc.Provider(desk.settings) if uses_oidc(desk) else None

    async def start(self, request: Request) -> Response:
        """Where one begins, signed in or not."""
        session = await run_in_threadpool(self._desk.sessions.find, self._cookie(request), self._desk.now())
        return RedirectResponse(home(session.visitor) if session and session.visitor else "/sign-in", 303)

    async def page(self, request: Request) -> Response:
        """Choose who you are, or go to the provider."""
        kept = bool(unsent.secret_of(self._desk.settings, request))
        if self._provider is not None:
            return self._say(Page("sign_in_oidc.html", {"out": "out" in request.query_params, "kept": kept}))
        everybody = people.demo_people(self._desk.packs.agreement(self._desk.settings.partnership))
        signatories = self._signatories()
        researchers = [p for p in everybody if Role.AGENCY_RESEARCHER in p.roles]
        staff = [p for p in everybody if p not in researchers]
        context = {"staff": staff, "signatories": signatories, "researchers": researchers, "kept": kept}
        return self._say(Page("sign_in_demo.html", context))

    async def demo(self, request: Request) -> Response:
        """Sign in as a made-up person; only where the settings allowed a demonstration at the start."""
        own = f"{request.url.scheme}://{request.url.netloc}"
        if self._provider is not None or from_elsewhere(request.headers, own):
            return self._say(refusing.old_form())
        if not self._limit.admits(self._where(request)):
            return self._say(refusing.too_many())
        form = await request.form(max_fields=5, max_files=0)
        everybody = people.demo_people(self._desk.packs.agreement(self._desk.settings.partnership))
        chosen = next((p for p in everybody if p.account == form.get("account")), None)
        if chosen is None:
            return self._say(refusing.not_there())
        return await run_in_threadpool(self._let_in, chosen, request)

    async def leave_for_provider(self, request: Request) -> Response:
        """To the provider, with what proves on the way back that it was us who sent them."""
        if self._provider is None or not self._limit.admits(self._where(request)):
            return self._say(refusing.not_there() if self._provider is None else refusing.too_many())
        try:
            away = await run_in_threadpool(self._provider.begin, self._back(request))
        except HubError as error:
            return self._say(refusing.trouble(error))
        token, _ = await run_in_threadpool(self._desk.sessions.begin, None, self._desk.now(), away.remembered)
        answer = RedirectResponse(away.url, 303)
        answer.set_cookie(
            _SIGNING_IN, token, max_age=600, httponly=True, secure=self._secure, samesite="lax", path="/sign-in"
        )
        return answer

    async def back_from_provider(self, request: Request) -> Response:
        """From the provider: with a code that is worth an identity, or with a refusal."""
        if self._provider is None:
            return self._say(refusing.not_there())
        begun = await run_in_threadpool(
            self._desk.sessions.find, request.cookies.get(_SIGNING_IN, ""), self._desk.now()
        )
        if begun is None or begun.visitor is not None:
            return self._say(refusing.old_form())
        await run_in_threadpool(self._desk.sessions.end, begun)
        try:
            visitor = await run_in_threadpool(
                self._provider.finish, dict(request.query_params), begun.doc, self._back(request)
            )
        except HubError as error:
            entry = Entry(self._desk.now(), "", "", "sign_in", outcome="refused", detail=type(error).__name__)
            await run_in_threadpool(self._desk.audit.write, entry)
            return self._say(Page("says.html", {"title": error.what, "text": error.remedy}, 403))
        return await run_in_threadpool(self._let_in, visitor, request)

    async def sign_out(self, request: Request) -> Response:
        """End the session, here and at once."""
        session = await run_in_threadpool(self._desk.sessions.find, self._cookie(request), self._desk.now())
        if session is not None:
            form = await request.form(max_fields=5, max_files=0)
            if not same_token(str(form.get("form_token", "")), session.form_token):
                return self._say(refusing.old_form())
            await run_in_threadpool(self._desk.sessions.end, session)
        answer = RedirectResponse("/sign-in?out", 303)
        answer.delete_cookie(cookie_name(self._desk.settings), secure=self._secure, httponly=True, path="/")
        return answer

    def _let_in(self, visitor: Visitor, request: Request) -> Response:
        """A new session, whatever there was before (no session that somebody else began is gone on with).

        Whoever typed something when theirs had ended goes on there.
        """
        now = self._desk.now()
        token, _ = self._desk.sessions.begin(visitor, now)
        self._desk.audit.write(Entry(now, visitor.account, " ".join(sorted(visitor.roles)), "sign_in"))
        kept = unsent.held(self._desk, request, visitor.account, now)
        answer = RedirectResponse(kept.call_id if kept else home(visitor), 303)
        answer.set_cookie(
            cookie_name(self._desk.settings), token, max_age=int(LONGEST.total_seconds()), httponly=True,
            secure=self._secure, samesite="lax", path="/",
        )  # fmt: skip
        answer.delete_cookie(_SIGNING_IN, path="/sign-in")
        return answer

    def _say(self, page: Page) -> Response:
        return Response(shown(self._desk, page, None), page.status, media_type="text/html; charset=utf-8")

    def _signatories(self) -> dict[str, str]:
        agreement = self._desk.packs.agreement(self._desk.settings.partnership)
        return {code: who.name for code, who in agreement.signatories.items()} if agreement else {}

    def _cookie(self, request: Request) -> str:
        return request.cookies.get(cookie_name(self._desk.settings), "")

    def _back(self, request: Request) -> str:
        base = self._desk.settings.desk_url or f"{request.url.scheme}://{request.url.netloc}"
        return f"{base}/sign-in/back"

    @property
    def _secure(self) -> bool:
        return is_secure(self._desk.settings)

    @staticmethod
    def _where(request: Request) -> str:
        return request.client.host if request.client else ""


def uses_oidc(desk: Desk) -> bool:
    """Whether people sign in at a provider.

    Raises:
        SettingWrong: neither way can be used.
    """
    settings = desk.settings
    if settings.desk_sign_in == "oidc" or (not settings.desk_sign_in and settings.desk_oidc_issuer):
        return True
    people.check_demo_allowed(settings, desk.packs.agreement(settings.partnership))
    return False
