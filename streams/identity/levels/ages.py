"""Ages: whether two are of one generation, by birth dates, parts in records and kinds of number. No weight here."""

from __future__ import annotations

from streams.identity.features import Features
from streams.identity.model import MatchModel

GROWN_UP = 18
YOUNGEST_PARENT = 12
"""Age in whole years below which nobody has a grown-up's part, slips of a year allowed."""
OLDEST_CHILD = 21
"""Age above which nobody has a child's part: care leavers stay in children's systems until then."""

YOUNGEST_NINO = "2010"
"""National insurance numbers are given out before the sixteenth birthday: nobody born later has one by 2026."""
OLDEST_UPN = "1980"
"""UPNs began in 1999: who was born earlier had left school."""
GENERATION = (14, 50)
"""Years between the births of parent and child, or of their namesake in the house."""


def is_young(a: Features, b: Features, model: MatchModel) -> bool:
    """Whether one is so young that a twin may live in the same house, or that it is the other's child."""
    return any(x[0][:4] >= model.twins_since for f in (a, b) for x in f.births)


def a_generation_apart(a: Features, b: Features) -> bool:
    """Whether their births lie as far apart as a parent's and a child's."""
    apart = [abs(int(x[0][:4]) - int(y[0][:4])) for x in a.births for y in b.births]
    return any(GENERATION[0] <= years <= GENERATION[1] for years in apart)


def generations(a: Features, b: Features) -> str:
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


def of_another_age(a: Features, b: Features) -> bool:
    """Whether one is a grown-up and the other a child, by parts in records or kinds of number."""
    return generations(a, b) == "differ" or _numbers_of_another_age(a, b) or _numbers_of_another_age(b, a)


def _numbers_of_another_age(a: Features, b: Features) -> bool:
    """Whether b, of no known birth date, has a number of a kind that nobody of a's age can have."""
    if not a.births or not b.ids:
        return False
    years = [x[0][:4] for x in a.births]
    schemes = {i.scheme for i in b.ids}
    return ("nino" in schemes and min(years) > YOUNGEST_NINO) or ("upn" in schemes and max(years) < OLDEST_UPN)
