"""Folding of text: case, accents, apostrophes, control characters. No knowledge of names may live here."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST = 200
"""Characters of a field that are looked at. Real names stay under 80; hostile ones have no end."""

_LETTERS = str.maketrans(
    {"ß": "SS", "Æ": "AE", "Œ": "OE", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "İ": "I", "ı": "I", "Ə": "E"}  # noqa: RUF001
)
"""Latin letters that Unicode does not take apart (NFKD leaves them whole)."""
_CONTROL = {c: None for c in (*range(32), 127) if chr(c) not in "\t\n\r"}
_PUNCTUATION = {c: " " for c in range(127) if not chr(c).isalnum() and c not in _CONTROL}
_PLAIN = _PUNCTUATION | _CONTROL | {ord("'"): None, ord("`"): None}
"""What becomes of ASCII: the same as below, in one pass."""
_TIGHT = dict.fromkeys(_PLAIN)
_APOSTROPHES = re.compile("['\u2019\u2018\u02bc\u02bb\u0060\u00b4\u2032]")
_NOT_WORD = re.compile(r"[\W_]+")


@lru_cache(maxsize=100_000)
def fold(text: str) -> str:
    """Upper case without accents, apostrophes or control characters; other punctuation becomes one space.

    >>> fold("  O'Brien-Zoë ")
    'OBRIEN ZOE'
    """
    if text.isascii():
        return " ".join(text[:LONGEST].upper().translate(_PLAIN).split())
    plain = unicodedata.normalize("NFKD", text[:LONGEST].upper().translate(_LETTERS)).upper()
    kept = "".join(c for c in plain if unicodedata.category(c)[0] not in "MC" or c in "\t\n\r")
    return _NOT_WORD.sub(" ", _APOSTROPHES.sub("", kept)).strip()


def compact(text: str) -> str:
    """Folded, without any space: for identifiers and postcodes."""
    if text.isascii():
        return text[:LONGEST].upper().translate(_TIGHT)
    return fold(text).replace(" ", "")
