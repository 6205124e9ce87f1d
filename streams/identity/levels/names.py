"""Names: given, further given, family. How two spellings may be of one name, and when they are two names."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from jellyfish import metaphone
from rapidfuzz.distance import OSA, JaroWinkler

from streams.identity.clean.names import family_parts
from streams.identity.features import Features
from streams.identity.model import MatchModel
from streams.identity.steps import Step

SIMILAR: Final = 0.92
"""Jaro-Winkler from which two names that are in no list may be one misspelt; below it rhyming sisters begin."""
CLOSE: Final = 0.84
"""Jaro-Winkler from which they may be one misspelt twice, where other things speak for it."""
SHORT: Final = 3
"""Letters from which one keystroke's difference is a slip, unless both are well-known names (Jake and Jade)."""
LONG: Final = 5
"""Letters from which two slips in one name, or two spellings of a well-known name, are recognised."""
SHORT_FORM: Final = 4
"""Letters that a short form keeps, and from which sound tells names: of three, too many begin (Ann, Joa)."""
_SQUEEZE: Final = re.compile(r"(.)\1+")
_REMEMBERED: Final = 200_000
"""Pairs of spellings whose likeness is remembered: about 30 MB; twins and siblings meet again and again."""

SAME, CLOSE_TO, OTHER = "similar", "close", "differ"


def given_step(a: Features, b: Features, model: MatchModel) -> Step | None:
    """The heaviest step over all pairs of first names."""
    if not a.firsts or not b.firsts:
        return None
    # Wrong sex and a slip in the name at once are far rarer than brother and sister (Oliver, Olivera).
    slips = not a.sexes or not b.sexes or bool(set(a.sexes) & set(b.sexes))
    best: Step | None = None
    for x in a.firsts:
        for y in b.firsts:
            step = _one_given(x, y, model, slips=slips)
            if best is None or step.weight > best.weight:
                best = step
    assert best is not None
    if best.level == OTHER:
        return _moved_given(a, b, model) or best
    return best


def _one_given(  # noqa: PLR0911 - the ladder of levels, read from the top
    x: str, y: str, model: MatchModel, *, slips: bool
) -> Step:
    steps = model.steps
    if x == y:
        if len(x) == 1:
            return steps("given", "initial")
        return steps.given.get(x) or steps("given", "exact")
    known = x in model.given and y in model.given
    if model.tables.akin(x, y) or _one_transliteration(x, y) or (slips and not known and _short_form(x, y)):
        return steps("given", "nickname")
    if len(x) == 1 or len(y) == 1:
        return steps("given", "initial" if x[0] == y[0] else OTHER)
    if not slips:
        return steps("given", OTHER)
    if _letter_lost(x, y, model):
        return steps("given", CLOSE_TO)
    if known:
        return steps("given", SAME if _sound_alike(x, y) else OTHER)
    return steps("given", likeness(x, y))


def _letter_lost(x: str, y: str, model: MatchModel) -> bool:
    """Whether two letters are what is left of a well-known name of three (Jy for Jay); Jo, beside Joe, is a name."""
    short, long = (x, y) if len(x) < len(y) else (y, x)
    if (len(short), len(long)) != (SHORT - 1, SHORT) or short in model.given or long not in model.given:
        return False
    return OSA.distance(x, y, score_cutoff=1) == 1


def _moved_given(a: Features, b: Features, model: MatchModel) -> Step | None:
    """A name known by its second given name, or given and family name in each other's place."""
    firsts, others = set(a.firsts), set(b.firsts)
    if not firsts.isdisjoint(b.middles) or not others.isdisjoint(a.middles):
        return model.steps("given", "middle")
    mine, theirs = _parts(a), _parts(b)
    here, there = not firsts.isdisjoint(theirs), not others.isdisjoint(mine)
    if here or there:
        whole = (here or _any_alike(firsts, theirs, model)) and (there or _any_alike(others, mine, model))
        return model.steps("given", "swapped" if whole else "crossed")
    if (a.middles or b.middles) and not _run_together(a).isdisjoint(_run_together(b)):
        return model.steps("given", SAME)
    return None


def _any_alike(some: set[str], others: set[str], model: MatchModel) -> bool:
    return any(
        model.tables.akin(x, y) or _one_transliteration(x, y) or likeness(x, y) == SAME or x[:1] == y or y[:1] == x
        for x in some
        for y in others
    )


def _run_together(f: Features) -> set[str]:
    """Given names without the space between: Anna Belle and Annabelle, and a slip of the space bar."""
    return {x + m for x in f.firsts for m in f.middles} | set(f.firsts)


@lru_cache(maxsize=_REMEMBERED)
def _one_transliteration(x: str, y: str) -> bool:
    """Whether both write one sound of another script: Puja and Pooja, Khadija and Khadijah."""
    return min(len(x), len(y)) >= SHORT_FORM and _romanised(x) == _romanised(y)


@lru_cache(maxsize=_REMEMBERED)
def _romanised(name: str) -> str:
    """A spelling that ways of romanising Arabic, Persian, Urdu, Bengali, Hindi and Punjabi names have in common.

    After the variants in Home Office, "A Guide to Names and Naming Practices" (2006): long vowels, aspirates, w and v,
    q and k, a silent h at the end.
    """
    for old, new in _ROMAN:
        name = name.replace(old, new)
    return name.removesuffix("H")


_ROMAN: Final = (
    ("OO", "U"), ("OU", "U"), ("EE", "I"), ("EI", "AI"), ("AY", "AI"), ("IY", "I"), ("Y", "I"), ("KH", "K"),
    ("GH", "G"), ("DH", "D"), ("BH", "B"), ("JH", "J"), ("Q", "K"), ("W", "V"), ("PH", "F"),
)  # fmt: skip


def _short_form(x: str, y: str) -> bool:
    """Tunde for Babatunde, Alex for Alexander: one begins or ends the other."""
    short, long = (x, y) if len(x) <= len(y) else (y, x)
    return len(short) >= SHORT_FORM and len(long) > len(short) + 1 and (long.startswith(short) or long.endswith(short))


@lru_cache(maxsize=_REMEMBERED)
def likeness(x: str, y: str) -> str:
    """Whether one of two names may be a slip for the other: similar, close, or differ.

    A doubled letter is a slip at any length (no two children are called Ben and Been), one keystroke from three on, two
    from five on.
    """
    short = min(len(x), len(y))
    slips = OSA.distance(x, y, score_cutoff=2)
    if slips == 1:
        if short >= SHORT:
            return SAME
    elif short < LONG:
        return SAME if _SQUEEZE.sub(r"\1", x) == _SQUEEZE.sub(r"\1", y) else OTHER
    else:
        alike = JaroWinkler.similarity(x, y)
        if alike >= SIMILAR:
            return SAME
        if slips == 2 or alike >= CLOSE:  # noqa: PLR2004 - two keystrokes
            return CLOSE_TO
    return SAME if _SQUEEZE.sub(r"\1", x) == _SQUEEZE.sub(r"\1", y) else OTHER


@lru_cache(maxsize=_REMEMBERED)
def _sound_one(x: str, y: str) -> bool:
    """Whether two family names sound alike (Clark and Clarke, Chaudhry and Choudhary)."""
    if x[0] != y[0] or min(len(x), len(y)) < SHORT_FORM:
        return False
    return bool(metaphone(x) == metaphone(y) or _romanised(x) == _romanised(y))


@lru_cache(maxsize=_REMEMBERED)
def _sound_alike(x: str, y: str) -> bool:
    """Whether two well-known names are spellings of one (Kaitlyn, Katelyn), not sisters' (Amelia, Amelie)."""
    if min(len(x), len(y)) < LONG or x[-1] != y[-1] or OSA.distance(x, y, score_cutoff=2) > 2:  # noqa: PLR2004
        return False
    return bool(metaphone(x) == metaphone(y))


def middle_step(a: Features, b: Features, model: MatchModel) -> Step | None:
    """Further given names."""
    if not a.middles or not b.middles:
        return None
    mine, theirs = set(a.middles), set(b.middles)
    if mine & theirs:
        level = "exact"
    elif _initials(mine) & {m[0] for m in theirs} or _initials(theirs) & {m[0] for m in mine}:
        level = "initial"
    elif any(likeness(x, y) == SAME for x in mine for y in theirs):
        level = "similar"
    else:
        level = OTHER
    return model.steps("middle", level)


def _initials(names: set[str]) -> set[str]:
    return {m for m in names if len(m) == 1}


def _parts(f: Features) -> set[str]:
    return {part for family in f.families for part in family_parts(family)}


def family_step(a: Features, b: Features, model: MatchModel, *, swapped: bool) -> Step | None:
    """Family names, former ones included: the heaviest agreement."""
    if not a.families or not b.families:
        return None
    steps = model.steps
    if a.families == b.families and len(a.families) == 1:
        return steps.family.get(a.families[0]) or steps("family", "exact")
    same = set(a.families) & set(b.families)
    if same:
        return max((steps.family.get(n) or steps("family", "exact") for n in same), key=_weight)
    if swapped:
        return steps("family", "swapped")
    common = _parts(a) & _parts(b)
    if common:
        heaviest = max((steps.family.get(n) or steps("family", "part") for n in common), key=_weight)
        part = steps("family", "part")
        return part if heaviest.weight >= part.weight else Step("family", "part", heaviest.weight)
    return steps("family", _family_likeness(a, b, model))


def _weight(step: Step) -> int:
    return step.weight


def _family_likeness(a: Features, b: Features, model: MatchModel) -> str:
    """Two well-known names are two names (Harris, Harrison)."""
    found = OTHER
    for x in a.families:
        for y in b.families:
            known = x in model.family and y in model.family
            alike = OTHER if known else likeness(x.replace(" ", ""), y.replace(" ", ""))
            if alike != SAME and _sound_one(x, y):
                alike = SAME
            if alike == SAME:
                return SAME
            if alike == CLOSE_TO:
                found = CLOSE_TO
    return found
