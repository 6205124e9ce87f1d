"""Whether a check answers to what somebody looks for: by its number, a name, a person's number. Pure; opens nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from hub.messages import Identity

_LEAST_OF_NUMBER = 6
_LEAST_OF_REFERENCE = 4
_LEAST_OF_NAME = 2


def answers(term: str, check_id: str, identities: Iterable[Identity]) -> str:
    """By what a check answers to the term: `reference`, `number`, `name`; '' where it does not."""
    bare = _bare(term)
    if len(bare) >= _LEAST_OF_REFERENCE and check_id.replace("-", "").startswith(bare):
        return "reference"
    people = list(identities)
    if len(bare) >= _LEAST_OF_NUMBER and any(_bare(n.value) == bare for p in people for n in p.identifiers):
        return "number"
    wanted = [part for part in map(_bare, re.split(r"\s+", term.strip())) if part]
    if not wanted or max(map(len, wanted)) < _LEAST_OF_NAME:
        return ""
    return "name" if any(_named(wanted, person) for person in people) else ""


def _named(wanted: list[str], person: Identity) -> bool:
    """Whether each word begins a part of one of the person's names."""
    for name in person.names:
        parts = [_bare(part) for part in re.split(r"[\s-]+", f"{name.given} {name.family}")]
        parts.append(_bare(name.family))
        if all(any(part.startswith(word) for part in parts) for word in wanted):
            return True
    return False


def _bare(text: str) -> str:
    """Case, accents, spaces, hyphens and apostrophes make no difference."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[\W_]", "", "".join(c for c in plain if not unicodedata.combining(c)))
