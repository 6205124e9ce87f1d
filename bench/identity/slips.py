"""Slips of hands and habits of systems, for made-up records: the first of two models of noise (see `weather`)."""

from __future__ import annotations

import random

_NEAR = {
    "a": "sqz", "b": "vgn", "c": "xvd", "d": "sfec", "e": "wrd", "f": "dgr", "g": "fht", "h": "gjy", "i": "uok",
    "j": "hku", "k": "jli", "l": "kop", "m": "nj", "n": "bmh", "o": "ipl", "p": "ol", "q": "wa", "r": "etf",
    "s": "adw", "t": "ryg", "u": "yij", "v": "cbf", "w": "qes", "x": "zcs", "y": "tuh", "z": "xa",
}  # fmt: skip
_SOUND = [("ph", "f"), ("ck", "k"), ("ie", "y"), ("ei", "ie"), ("c", "k"), ("ee", "ea"), ("mm", "m"), ("ss", "s")]


def slip(rng: random.Random, text: str) -> str:  # noqa: PLR0911 - a slip is one of six
    """One slip: a neighbouring key, a letter lost, doubled, swapped, or spelt by ear."""
    if len(text) < 3:
        return text
    at = rng.randrange(1, len(text))
    kind = rng.random()
    if kind < 0.30:
        near = _NEAR.get(text[at].lower())
        return text[:at] + (rng.choice(near) if near else text[at]) + text[at + 1 :]
    if kind < 0.50:
        return text[:at] + text[at + 1 :]
    if kind < 0.65:
        return text[:at] + text[at] + text[at:]
    if kind < 0.85 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    for old, new in _SOUND:
        if old in text[1:]:
            return text[0] + text[1:].replace(old, new, 1)
    return text[:at] + text[at:].replace(text[at], "", 1)


def digit_slip(rng: random.Random, text: str) -> str:
    """One digit wrong, or two neighbours in each other's place."""
    digits = [i for i, c in enumerate(text) if c.isdigit()]
    if len(digits) < 2:
        return text
    if rng.random() < 0.6:
        at = rng.choice(digits)
        return text[:at] + rng.choice([d for d in "0123456789" if d != text[at]]) + text[at + 1 :]
    at = rng.choice([i for i in digits[:-1] if text[i + 1].isdigit()] or digits[:1])
    if at + 1 >= len(text) or not text[at + 1].isdigit():
        return text
    pair = text[at : at + 2]
    return text[:at] + pair[::-1] + text[at + 2 :]


def birth_slip(rng: random.Random, born: str) -> str:
    """What becomes of a birth date: day and month swapped, a digit, the year's first day, a placeholder."""
    year, month, day = born.split("-")
    kind = rng.random()
    if kind < 0.30 and int(day) <= 12:
        return f"{year}-{day}-{month}"
    if kind < 0.65:
        return digit_slip(rng, born)
    if kind < 0.75:
        return f"{int(year) + rng.choice((-1, 1))}-{month}-{day}"
    return rng.choice([f"{year}-01-01", "1900-01-01", "1900-01-01", ""])
