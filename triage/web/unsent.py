"""What was typed when its session had ended: kept for whoever typed it, shown again once they have signed in.

It is sealed under a secret that only the browser's cookie holds (`triage.drafts`), opens for the same person alone, and
is never sent by itself: they look at it and press the button.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from hub.settings import Settings
from triage.desk import Desk
from triage.drafts import Draft
from triage.web.security import cookie_named, is_secure

KEPT = timedelta(hours=1)
"""Long enough to find one's token and sign in; a shared desk's browser holds nothing for the next shift."""
_COOKIE = "unsent"
_OURS = frozenset({"form_token"})
_MOST_BYTES = 400_000
"""More than any form with all its fields full; a database is no place for what a script sends."""

Fields = Mapping[str, Sequence[str]]


def keep(desk: Desk, secret: str, account: str, path: str, fields: Fields, now: datetime) -> bool:
    """Keep a form; whether there was anything to keep.

    Args:
        desk: its database holds it.
        secret: the browser's own, new.
        account: whose session it was.
        path: where it was to go, and where it will be shown again.
        fields: as they were sent.
        now: when.
    """
    typed = {name: list(values) for name, values in fields.items() if name not in _OURS}
    size = sum(len(value) for values in typed.values() for value in values)
    if not any(value.strip() for values in typed.values() for value in values) or size > _MOST_BYTES:
        return False
    desk.drafts.keep(secret, _whose(account), Draft(path, typed), now + KEPT, now)
    return True


def held(desk: Desk, request: Request, account: str, now: datetime) -> Draft | None:
    """What this browser keeps of this person's; `call_id` is where it belongs. None where there is nothing."""
    return desk.drafts.find(secret_of(desk.settings, request), _whose(account), now)


def forget(desk: Desk, request: Request, account: str) -> None:
    """It was sent, or put aside."""
    desk.drafts.forget(secret_of(desk.settings, request), _whose(account))


def secret_of(settings: Settings, request: Request) -> str:
    """The browser's secret; '' where nothing is kept."""
    return request.cookies.get(cookie_named(settings, _COOKIE), "")


def remember(answer: Response, settings: Settings, secret: str) -> None:
    """Give the browser the secret ('' takes it away)."""
    name, secure = cookie_named(settings, _COOKIE), is_secure(settings)
    if not secret:
        answer.delete_cookie(name, path="/", httponly=True, secure=secure, samesite="lax")
        return
    seconds = int(KEPT.total_seconds())
    answer.set_cookie(name, secret, httponly=True, path="/", samesite="lax", secure=secure, max_age=seconds)


def _whose(account: str) -> str:
    return f"{account}/unsent"
