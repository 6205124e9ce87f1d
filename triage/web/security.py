"""Headers, cookies, forms from elsewhere, too many requests: what every answer has and every request is held to."""

from __future__ import annotations

import hmac
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import urlsplit

from hub.settings import Settings
from triage.people import on_loopback

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""On every answer (OWASP Secure Headers). `no-store`: a shared computer's Back button shows nobody's check."""
_HSTS = "max-age=31536000"
_KEPT = 10_000
"""Visitors whose recent requests are remembered; the least recent go first."""
_WINDOW_SECONDS = 60.0


def headers_for(settings: Settings) -> dict[str, str]:
    """The headers of this desk."""
    secure = {"Strict-Transport-Security": _HSTS} if is_secure(settings) else {}
    return HEADERS | secure


def is_secure(settings: Settings) -> bool:
    """Whether people reach the desk by TLS."""
    return settings.desk_url.startswith("https://")


def hosts_of(settings: Settings) -> list[str]:
    """Names under which the desk answers: another site's name that leads here (DNS rebinding) is none of them."""
    here = ["127.0.0.1", "localhost", "[::1]"]
    if settings.desk_url:
        return [urlsplit(settings.desk_url).hostname or "", *here]
    return here if on_loopback(settings.desk_host) else ["*"]


def cookie_name(settings: Settings) -> str:
    """The session's cookie."""
    return cookie_named(settings)


def cookie_named(settings: Settings, name: str = "") -> str:
    """With TLS one that no sibling site can set (RFC 6265bis, cookie prefixes)."""
    plain = f"desk-{name}" if name else "desk"
    return f"__Host-{plain}" if is_secure(settings) else plain


def from_elsewhere(headers: Mapping[str, str], own: str) -> bool:
    """Whether a form was sent from another site's page.

    Args:
        headers: of the request.
        own: the desk's own origin, as the browser sees it.
    """
    site = headers.get("sec-fetch-site", "")
    if site:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin", "")
    return bool(origin) and origin != own


def same_token(given: str, expected: str) -> bool:
    """Whether a form brought along its session's token; compared in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


class Limit:
    """So many requests a minute, or in another time, from one visitor, by a sliding window of two buckets."""

    def __init__(self, allowed: int, window_seconds: float = _WINDOW_SECONDS) -> None:
        """Allow so many."""
        self._allowed = allowed
        self._window = window_seconds
        self._seen: OrderedDict[str, tuple[int, int, int]] = OrderedDict()
        self._one = threading.Lock()

    def admits(self, who: str, at: float | None = None) -> bool:
        """Count a request; False where it is one too many."""
        moment = time.monotonic() if at is None else at
        window, part = divmod(moment, self._window)
        with self._one:
            number, now, before = self._seen.pop(who, (int(window), 0, 0))
            if number != int(window):
                before, now = (now, 0) if number == int(window) - 1 else (0, 0)
            now += 1
            self._seen[who] = (int(window), now, before)
            while len(self._seen) > _KEPT:
                self._seen.popitem(last=False)
        return now + before * (1 - part / self._window) <= self._allowed
