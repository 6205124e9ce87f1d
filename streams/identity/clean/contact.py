"""Telephones and e-mail addresses. No comparison may live here."""

from __future__ import annotations

import re
from functools import lru_cache

_NOT_DIGIT = re.compile(r"\D", re.ASCII)
_SHORTEST = 9
"""Digits after the trunk 0: shorter ones are extensions or scraps."""


@lru_cache(maxsize=50_000)
def clean_phone(text: str) -> str:
    """National digits without trunk prefix; '' for scraps and for one digit repeated.

    >>> clean_phone("+44 (0)7700 900123")
    '7700900123'
    """
    digits = _NOT_DIGIT.sub("", text[:40])
    if digits.startswith("0044"):
        digits = digits[4:]
    elif digits.startswith("44"):
        digits = digits[2:]
    digits = digits.lstrip("0")
    return digits if len(digits) >= _SHORTEST and len(set(digits)) > 2 else ""  # noqa: PLR2004 - 0700 000 0000 and kin


def clean_email(text: str) -> str:
    """Lower case; '' if it is none."""
    email = text.strip().lower()[:100]
    return email if email.count("@") == 1 and not email.startswith(("@", "none@", "noemail@")) else ""
