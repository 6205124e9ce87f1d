"""Comparison of two feature sets: levels, weights, conflicts. A pure function of both and the model; no store here.

Fellegi and Sunter, "A theory for record linkage" (1969): the weight of a pair is the sum over comparisons of
log2(m/u). Surname, address, telephone and e-mail are what a family shares, so that their agreements are one piece of
evidence: the heaviest counts, the others add nothing.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from jellyfish import damerau_levenshtein_distance, jaro_winkler_similarity

from streams.identity.clean import dates
from streams.identity.clean.dates import Birth
from streams.identity.clean.identifiers import FAILED, VALID
from streams.identity.clean.names import family_parts
from streams.identity.features import Features
from streams.identity.model import MILLI, MatchModel

SIMILAR = 0.92
"""Jaro-Winkler from which two names that are in no list may be one misspelt; below it rhyming sisters begin."""
SHORT = 5
"""Names shorter than this are never 'similar': Jake and Jade are one letter apart."""
SHORT_BESIDE_MIDDLE = 3
"""As SHORT, where a second given name agrees: twins do not share it."""
SHORT_FORM = 4
"""Letters that a short form keeps; of three letters too many names begin (Ann, Joa)."""
_SQUEEZE = re.compile(r"(.)\1+")
GROWN_UP = 18
YOUNGEST_PARENT = 12
"""Age in whole years below which nobody has a grown-up's part, slips of a year allowed."""
OLDEST_CHILD = 21
"""Age above which nobody has a child's part: care leavers stay in children's systems until then."""
EXPECTED_DAYS = 45
"""How far a birth may lie from the expected date: preterm from 34 weeks, and overdue."""
NEAR_DAYS = 400
"""Births closer than this but not alike are siblings or slips; further apart they are other people."""


TWO_NUMBERS = "two_numbers"
_SINGLE = ("upn", "uln")
"""Schemes beside the NHS number of which nobody should have two; where they do, people look, and so do we."""

NUMBERED = frozenset({"nhs_number", *_SINGLE})
"""Schemes of which two numbers make two people."""


class Step(NamedTuple):
    """One bar of the waterfall."""

    name: str
    level: str
    weight: int


class Comparison(NamedTuple):
    """What came of comparing two identities.

    Attributes:
        weight: thousandths of a bit.
        steps: the waterfall, in a fixed order; family evidence that did not count stands with 0.
        conflict: why they can't be one person ('' if they can).
        same_id: they share an identifier that is one person's for life, so being named side by side is none.
    """

    weight: int
    steps: tuple[Step, ...]
    conflict: str
    same_id: bool


def compare(a: Features, b: Features, model: MatchModel) -> Comparison:
    """Weigh two feature sets against each other; symmetric."""
    w = model.weights
    given = _given(a, b, model)
    birth = _birth(a.births, b.births)
    ids, same_id = _identifiers(a, b, model)
    family = _family(a, b, model, swapped=given is not None and given.level == "swapped")
    shared = [family, _place(a, b, model), _contact("phone", a.phones, b.phones, model)]
    shared.append(_contact("email", a.emails, b.emails, model))
    steps = [given, _middle(a, b, model)]
    steps.append(Step("birth", birth, w["birth"][birth]) if birth else None)
    steps.append(_set_step("sex", a.sexes, b.sexes, model))
    steps.append(_set_step("order", a.orders, b.orders, model))
    steps += ids
    stage = _stage(a, b)
    if stage == "alike" and _one_name(given) and _one_house(shared):
        steps.append(Step("stage", "alike", w["stage"]["alike"]))
    elif stage == "differ":
        steps.append(Step("stage", "differ", w["stage"]["differ"]))
    said = [s for s in (*steps, *_count_once(shared)) if s is not None]
    total = sum(s.weight for s in said)
    return Comparison(total, tuple(said), _conflict(a, b, given, birth, shared, same_id=same_id), same_id)


def _conflict(
    a: Features, b: Features, given: Step | None, birth: str, shared: list[Step | None], *, same_id: bool
) -> str:
    """Why these two can't be one person, whatever else agrees."""
    if _two_numbers(a, b, "nhs_number") or (not same_id and any(_two_numbers(a, b, s) for s in _SINGLE)):
        return TWO_NUMBERS
    if same_id:
        return ""
    if birth == "differ" or (not birth and _generations(a, b) == "differ"):
        return "birth" if birth else "generation"
    alike = birth in {"exact", "swapped", "expected", "month"} or not birth
    if alike and a.orders and b.orders and not set(a.orders) & set(b.orders):
        return "birth_order"
    one_house = any(s is not None and s.weight > 0 for s in shared)
    if birth == "exact" and given is not None and given.level == "differ" and one_house:
        return "twins"
    return ""


def _one_name(given: Step | None) -> bool:
    return given is not None and given.level in {"exact", "nickname"}


def _one_house(shared: list[Step | None]) -> bool:
    return any(s is not None and (s.name, s.level) in _HOUSE for s in shared)


_HOUSE = frozenset({("place", "property"), ("place", "house"), ("phone", "same")})


def _stage(a: Features, b: Features) -> str:
    """Whether both are grown-ups, or both children, as far as the parts that records give them tell."""
    if a.births and b.births:
        return ""
    return _generations(a, b)


def _generations(a: Features, b: Features) -> str:
    """Either alike, differ or '' (nothing to tell by): by birth date and part in records, else by both parts."""
    for one, other in ((a, b), (b, a)):
        years = [int(x[0][:4]) for x in one.births]
        if years and other.adult and not other.child:
            ages = [int(other.adult) - y for y in years]
            return "alike" if max(ages) >= GROWN_UP else "differ" if max(ages) < YOUNGEST_PARENT else ""
        if years and other.child and not other.adult:
            ages = [int(other.child) - y for y in years]
            return "alike" if min(ages) < GROWN_UP else "differ" if min(ages) > OLDEST_CHILD else ""
    if a.births or b.births or (a.adult and a.child) or (b.adult and b.child):
        return ""
    if (a.adult and b.adult) or (a.child and b.child):
        return "alike"
    return "differ" if (a.adult and b.child) or (a.child and b.adult) else ""


def _two_numbers(a: Features, b: Features, scheme: str) -> bool:
    """Both have valid numbers that hold good, and have none in common, superseded ones included."""
    mine = {i.value: i.superseded for i in a.ids if i.scheme == scheme and i.quality == VALID}
    theirs = {i.value: i.superseded for i in b.ids if i.scheme == scheme and i.quality == VALID}
    if not mine or not theirs or mine.keys() & theirs.keys():
        return False
    return not all(mine.values()) and not all(theirs.values())


def _count_once(shared: list[Step | None]) -> list[Step | None]:
    """Of the agreements only the heaviest counts; differences all do."""
    best = max((s.weight for s in shared if s is not None), default=0)
    kept: list[Step | None] = []
    for step in shared:
        if step is None or step.weight < 0:
            kept.append(step)
        elif step.weight == best:
            kept.append(step)
            best = -1
        else:
            kept.append(Step(step.name, f"{step.level}, counted once", 0))
    return kept


def _given(a: Features, b: Features, model: MatchModel) -> Step | None:
    if not a.firsts or not b.firsts:
        return None
    best: Step | None = None
    # Wrong sex and a slip in the name at once are far rarer than brother and sister (Oliver, Olivera).
    slips = not a.sexes or not b.sexes or bool(set(a.sexes) & set(b.sexes))
    shortest = SHORT_BESIDE_MIDDLE if set(a.middles) & set(b.middles) else SHORT
    for x in a.firsts:
        for y in b.firsts:
            step = _one_given(x, y, model, slips=slips, shortest=shortest)
            if best is None or step.weight > best.weight:
                best = step
    assert best is not None
    if best.level == "differ":
        return _moved_given(a, b, model) or best
    return best


def _one_given(x: str, y: str, model: MatchModel, *, slips: bool, shortest: int) -> Step:
    weights = model.weights["given"]
    if x == y:
        level = "initial" if len(x) == 1 else "exact"
        return Step("given", level, model.given.get(x, weights["exact"]) if level == "exact" else weights[level])
    known = x in model.given and y in model.given
    if model.tables.akin(x, y) or (slips and not known and _short_form(x, y)):
        level = "nickname"
    elif len(x) == 1 or len(y) == 1:
        level = "initial" if x[0] == y[0] else "differ"
    else:
        level = "similar" if slips and misspelt(x, y, known=known, shortest=shortest) else "differ"
    return Step("given", level, weights[level])


def _moved_given(a: Features, b: Features, model: MatchModel) -> Step | None:
    """A name known by its second given name, or given and family name in each other's place."""
    weights = model.weights["given"]
    if set(a.firsts) & set(b.middles) or set(b.firsts) & set(a.middles):
        return Step("given", "middle", weights["middle"])
    if set(a.firsts) & _parts(b) and set(b.firsts) & _parts(a):
        return Step("given", "swapped", weights["swapped"])
    return None


def _short_form(x: str, y: str) -> bool:
    """Tunde for Babatunde, Alex for Alexander: one begins or ends the other."""
    short, long = sorted((x, y), key=len)
    return len(short) >= SHORT_FORM and (long.startswith(short) or long.endswith(short))


def misspelt(x: str, y: str, *, known: bool, shortest: int = SHORT) -> bool:
    """Whether one may be a slip for the other. Two well-known names are two names (Amelia, Amelie).

    A doubled letter is a slip at any length (no two children are called Ben and Been), letters in each other's place
    from four on, any one keystroke from `shortest` on.
    """
    if known:
        return False
    if _SQUEEZE.sub(r"\1", x) == _SQUEEZE.sub(r"\1", y):
        return True
    one_slip = damerau_levenshtein_distance(x, y) == 1
    if min(len(x), len(y)) < shortest:
        return one_slip and len(x) >= SHORT_FORM and sorted(x) == sorted(y)
    return one_slip or (min(len(x), len(y)) >= SHORT and jaro_winkler_similarity(x, y) >= SIMILAR)


def _middle(a: Features, b: Features, model: MatchModel) -> Step | None:
    if not a.middles or not b.middles:
        return None
    if set(a.middles) & set(b.middles):
        level = "exact"
    elif {m[0] for m in a.middles} & {m[0] for m in b.middles if len(m) == 1} or {
        m[0] for m in a.middles if len(m) == 1
    } & {m[0] for m in b.middles}:
        level = "initial"
    else:
        level = "differ"
    return Step("middle", level, model.weights["middle"][level])


def _parts(f: Features) -> set[str]:
    return {part for family in f.families for part in family_parts(family)}


def _family(a: Features, b: Features, model: MatchModel, *, swapped: bool) -> Step | None:
    if not a.families or not b.families:
        return None
    weights = model.weights["family"]
    same = set(a.families) & set(b.families)
    if same:
        return Step("family", "exact", max(model.family.get(n, weights["exact"]) for n in same))
    if swapped:
        return Step("family", "swapped", weights["swapped"])
    common = _parts(a) & _parts(b)
    if common:
        heaviest = max(model.family.get(n, weights["part"]) for n in common)
        return Step("family", "part", min(weights["part"], heaviest))
    close = any(misspelt(x, y, known=x in model.family and y in model.family) for x in a.families for y in b.families)
    level = "similar" if close else "differ"
    return Step("family", level, weights[level])


def _birth(a: tuple[Birth, ...], b: tuple[Birth, ...]) -> str:
    """The best level over all pairs; '' where either has none."""
    levels = [_one_birth(x, y) for x in a for y in b]
    return min(levels, key=_BIRTH_ORDER.__getitem__) if levels else ""


_BIRTH_ORDER = {
    level: at for at, level in enumerate(["exact", "swapped", "typing", "month", "expected", "year", "near", "differ"])
}


def _one_birth(x: Birth, y: Birth) -> str:
    if x == y and len(x[0]) == len("2000-01-01"):
        return "exact"
    if dates.EXPECTED in (x[1], y[1]) and x[1] in "de" and y[1] in "de":
        apart = abs((date.fromisoformat(x[0]) - date.fromisoformat(y[0])).days)
        return "expected" if apart <= EXPECTED_DAYS else "differ"
    shortest = min(len(x[0]), len(y[0]))
    if shortest < len("2000-01-01"):
        return _coarse_birth(x[0][:shortest], y[0][:shortest])
    return _unlike_birth(x[0], y[0])


def _coarse_birth(x: str, y: str) -> str:
    if x == y:
        return "month" if len(x) == len("2000-01") else "year"
    return "near" if abs(int(x[:4]) - int(y[:4])) <= 1 else "differ"


def _unlike_birth(x: str, y: str) -> str:
    """Two full dates that differ: day and month in each other's place, one keystroke, a sibling's distance, or more."""
    if x[:4] == y[:4] and x[5:7] == y[8:] and x[8:] == y[5:7]:
        return "swapped"
    if damerau_levenshtein_distance(x, y) == 1 and not _year_by_one(x, y):
        return "typing"
    apart = abs((date.fromisoformat(x) - date.fromisoformat(y)).days)
    return "near" if apart < NEAR_DAYS else "differ"


def _year_by_one(x: str, y: str) -> bool:
    """Same day a year apart: as often the next child's birthday party as a slip, so no slip."""
    return x[4:] == y[4:] and abs(int(x[:4]) - int(y[:4])) == 1


def _set_step(name: str, a: tuple[object, ...], b: tuple[object, ...], model: MatchModel) -> Step | None:
    if not a or not b:
        return None
    level = "same" if set(a) & set(b) else "differ"
    return Step(name, level, model.weights[name][level])


def _identifiers(a: Features, b: Features, model: MatchModel) -> tuple[list[Step | None], bool]:
    """A step per scheme that both have; and whether they share one that is a person's for life."""
    steps: list[Step | None] = []
    same_id = False
    theirs: dict[str, dict[str, str]] = {}
    for i in b.ids:
        theirs.setdefault(i.scheme, {})[i.value] = i.quality
    mine: dict[str, dict[str, str]] = {}
    for i in a.ids:
        if i.scheme in theirs:
            mine.setdefault(i.scheme, {})[i.value] = i.quality
    for scheme in sorted(mine):
        level = _id_level(mine[scheme], theirs[scheme])
        comparison = model.schemes.get(scheme, "other")
        steps.append(Step(scheme, level, model.weights[comparison][level]))
        same_id = same_id or (level == "same" and comparison not in {"other", "local"})
    return steps, same_id


def _id_level(mine: dict[str, str], theirs: dict[str, str]) -> str:
    common = mine.keys() & theirs.keys()
    if any(mine[v] != FAILED for v in common):
        return "same"
    return "failed" if common else "differ"


def _place(a: Features, b: Features, model: MatchModel) -> Step | None:
    if not a.places or not b.places:
        return None
    level = "differ"
    for x in a.places:
        for y in b.places:
            if x.uprn and x.uprn == y.uprn:
                level = "property"
            elif level != "property" and x.postcode and x.postcode == y.postcode:
                level = "house" if x.house and x.house == y.house else ("postcode" if level == "differ" else level)
    return Step("place", level, model.weights["place"][level])


def _contact(name: str, a: tuple[str, ...], b: tuple[str, ...], model: MatchModel) -> Step | None:
    if not a or not b:
        return None
    level = "same" if set(a) & set(b) else "differ"
    return Step(name, level, model.weights[name][level])


def bits(weight: int) -> str:
    """Thousandths of a bit for people: '+13.5'."""
    return f"{weight / MILLI:+.1f}"
