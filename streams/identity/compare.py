"""Comparison of two feature sets: levels, weights, conflicts. A pure function of both and the model; no store here.

Fellegi and Sunter, "A theory for record linkage" (1969): the weight of a pair is the sum over comparisons of
log2(m/u). Surname, address, telephone and e-mail are what a family shares, so that their agreements are one piece of
evidence: the heaviest counts, the others add nothing.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from streams.identity.features import Features
from streams.identity.levels.births import birth_level
from streams.identity.levels.names import family_step, given_step, middle_step
from streams.identity.levels.numbers import number_steps, shared_step, two_numbers
from streams.identity.levels.places import place_step
from streams.identity.model import MILLI, MatchModel
from streams.identity.steps import Step

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

TWO_NUMBERS = "two_numbers"
BIRTH = "birth"
TWINS = "twins"
SEX = "sex"
_SINGLE = ("upn", "uln")
"""Schemes beside the NHS number of which nobody should have two; where they do, people look, and so do we."""

NUMBERED = frozenset({"nhs_number", *_SINGLE})
"""Schemes of which two numbers make two people."""

_BORN_ALIKE: Final = frozenset({"exact", "swapped"})
_NAME_AGREES: Final = frozenset({"exact", "nickname", "similar", "close", "middle", "swapped", "crossed"})
_SPELT_ALIKE: Final = frozenset({"exact", "nickname", "similar", "swapped"})
_MISSPELT: Final = frozenset({"similar", "close"})
_TWO_NAMES: Final = frozenset({"differ", "crossed"})
_KIN: Final = frozenset({("family", "exact"), ("family", "similar"), ("family", "part"), ("family", "swapped")})
_CROSSED: Final = frozenset({"swapped", "crossed"})
_ONE_NAME: Final = frozenset({"exact", "nickname"})
_ONE_DAY: Final = frozenset({"exact", "swapped", "expected", "month", ""})
"""Levels of birth at which two may be children of one birth."""
_HOUSE: Final = frozenset({("place", "property"), ("place", "house"), ("phone", "same")})
_ONE_HOUSE: Final = _HOUSE | {("place", "similar")}


class Comparison(NamedTuple):
    """What came of comparing two identities.

    Attributes:
        weight: thousandths of a bit.
        steps: the waterfall, in a fixed order; family evidence that did not count stands with 0.
        conflict: why they can't be one person ('' if they can).
        same_id: they share an identifier that is one person's, so being named side by side is none.
    """

    weight: int
    steps: tuple[Step, ...]
    conflict: str
    same_id: bool


def compare(a: Features, b: Features, model: MatchModel) -> Comparison:
    """Weigh two feature sets against each other; symmetric."""
    given = given_step(a, b, model)
    birth = birth_level(a.births, b.births)
    ids, same_id = number_steps(a, b, model)
    shared = _shared(a, b, model, swapped=given is not None and given.level in _CROSSED)
    strict = _strict(a, b, model)
    if strict and same_id and birth == "differ" and not _is_alike(given):
        # A stranger's number, or the mother's, on a child's record; a national number has its own safeguards.
        same_id = any(s.level == "same" and model.comparison_of(s.name) != "other" for s in ids)
    near_id = any(s.level == "similar" for s in ids)
    said = [s for s in (given, middle_step(a, b, model), model.steps("birth", birth) if birth else None) if s]
    said += _alike_or_not(a, b, model)
    said += ids
    if strict:
        said += _doubt(a, b, birth, given, ids, model)
    said += _stage_step(a, b, given, shared, model)
    said += _one_name_step(a, b, given, birth, shared, model)
    namesakes = model.families and birth == "differ" and not near_id and _a_generation(a, b)
    if model.families and _of_one_family(given, birth, strict=strict, namesakes=namesakes, same_id=same_id or near_id):
        said += _count_once(shared, model)
    else:
        said += shared
    conflict = ""
    if model.families and not same_id:
        one_house = any(s.weight > 0 for s in shared)
        conflict = _conflict(
            a, b, given, birth, one_house=one_house, strict=strict and not near_id, namesakes=namesakes
        )
    conflict = _two_numbers(a, b, ids, same_id=same_id) or conflict
    return Comparison(sum([s.weight for s in said]), tuple(said), conflict, same_id)


def _of_one_family(given: Step | None, birth: str, *, strict: bool, namesakes: bool, same_id: bool) -> bool:
    """Whether they may be two of one family, so far as names and births tell.

    Then what a family shares is one piece of evidence. Two of a family never share the first name and, nearly, the
    birth date; grown-up twins, as a rule, have parted.
    """
    if namesakes:
        return True
    level = given.level if given is not None else ""
    if level in _ONE_NAME and birth and (birth != "differ" or not strict):
        return False
    if level in _NAME_AGREES and birth in _BORN_ALIKE:
        return False
    return strict or not (same_id or birth in _BORN_ALIKE or (birth == "typing" and given is None))


def _one_name_step(
    a: Features, b: Features, given: Step | None, birth: str, shared: list[Step], model: MatchModel
) -> list[Step]:
    """One first name, family name and house, and no two birth dates to compare: few houses have a namesake."""
    if birth or given is None or given.level not in _SPELT_ALIKE:
        return []
    levels = {(s.name, s.level) for s in shared}
    child = _young(a, b, model)
    if levels.isdisjoint(_ONE_HOUSE) or levels.isdisjoint(_KIN) or (child and not (a.sexes and b.sexes)):
        return []
    return [model.steps("household", "one_name_child" if child else "one_name")]


def _is_alike(given: Step | None) -> bool:
    return given is not None and given.level in _NAME_AGREES


def _two_numbers(a: Features, b: Features, ids: list[Step], *, same_id: bool) -> str:
    """Each has a valid number of its own of a kind that nobody has two of."""
    for step in ids:
        single = step.name == "nhs_number" or (step.name in _SINGLE and not same_id)
        if single and step.level != "same" and two_numbers(a, b, step.name):
            return TWO_NUMBERS
    return ""


def _alike_or_not(a: Features, b: Features, model: MatchModel) -> list[Step]:
    steps = []
    if a.sexes and b.sexes:
        steps.append(model.steps("sex", "differ" if _of_two_sexes(a, b) else "same"))
    if a.orders and b.orders:
        steps.append(model.steps("order", "differ" if set(a.orders).isdisjoint(b.orders) else "same"))
    return steps


def _of_two_sexes(a: Features, b: Features) -> bool:
    return bool(a.sexes and b.sexes) and set(a.sexes).isdisjoint(b.sexes)


def _shared(a: Features, b: Features, model: MatchModel, *, swapped: bool) -> list[Step]:
    """Steps of what a family shares."""
    found = (
        family_step(a, b, model, swapped=swapped),
        place_step(a, b, model),
        _contact("phone", a.phones, b.phones, model),
        _contact("email", a.emails, b.emails, model),
        shared_step(a, b, model),
    )
    return [step for step in found if step is not None]


def _contact(name: str, a: tuple[str, ...], b: tuple[str, ...], model: MatchModel) -> Step | None:
    if not a or not b:
        return None
    return model.steps(name, "differ" if set(a).isdisjoint(b) else "same")


def _count_once(shared: list[Step], model: MatchModel) -> list[Step]:
    """Of the agreements only the heaviest counts; differences all do."""
    best = max((s.weight for s in shared), default=0)
    kept: list[Step] = []
    counted = False
    for step in shared:
        if step.weight < 0 or (step.weight == best and not counted):
            kept.append(step)
            counted = counted or step.weight == best
        else:
            kept.append(model.steps.once(step))
    return kept


def _strict(a: Features, b: Features, model: MatchModel) -> bool:
    """Whether everything that may be a twin, a namesake or the mother's number is taken to be so.

    Of grown-ups weights decide, where neither record gives so much as a sex: such registers are not of families.
    """
    return model.families and (bool(a.sexes or b.sexes) or not (a.births or b.births) or _young(a, b, model))


def _young(a: Features, b: Features, model: MatchModel) -> bool:
    """Whether one is so young that a twin may live in the same house, or that it is the other's child."""
    return any(x[0][:4] >= model.twins_since for f in (a, b) for x in f.births)


def _a_generation(a: Features, b: Features) -> bool:
    """Whether their births lie as far apart as a parent's and a child's."""
    apart = [abs(int(x[0][:4]) - int(y[0][:4])) for x in a.births for y in b.births]
    return any(GENERATION[0] <= years <= GENERATION[1] for years in apart)


def _doubt(a: Features, b: Features, birth: str, given: Step | None, ids: list[Step], model: MatchModel) -> list[Step]:
    """Where a first name is missing, what else may tell twins apart, and is not there or differs."""
    if given is not None or birth not in _ONE_DAY or any(s.level == "same" for s in ids):
        return []
    if any(s.level == "differ" for s in ids):
        return [model.steps("unnamed", "other_number")]
    if bool(a.orders) != bool(b.orders):
        return [model.steps("unnamed", "one_of_twins")]
    return []


def _stage_step(a: Features, b: Features, given: Step | None, shared: list[Step], model: MatchModel) -> list[Step]:
    """Both are grown-ups, or both children, as far as the parts that records give them tell."""
    if (a.births and b.births) or not (a.adult or a.child or b.adult or b.child):
        return []
    stage = _generations(a, b)
    if stage == "differ":
        return [model.steps("stage", "differ")]
    one_name = given is not None and given.level in _ONE_NAME
    if stage == "alike" and one_name and any((s.name, s.level) in _HOUSE for s in shared):
        return [model.steps("stage", "alike")]
    return []


def _conflict(
    a: Features, b: Features, given: Step | None, birth: str,
    *, one_house: bool, strict: bool, namesakes: bool,
) -> str:  # fmt: skip
    """Why these two can't be one person, whatever else agrees."""
    if birth == "differ" and (strict or namesakes or not one_house or not _is_alike(given)):
        return BIRTH
    if not birth and not (a.births and b.births) and _of_another_age(a, b):
        return "generation"
    if birth in _ONE_DAY and a.orders and b.orders and set(a.orders).isdisjoint(b.orders):
        return "birth_order"
    if strict and given is None and birth in _ONE_DAY and _of_two_sexes(a, b):
        return SEX
    if strict and birth == "exact" and given is not None and given.level in _TWO_NAMES and one_house:
        return TWINS
    return ""


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


def _of_another_age(a: Features, b: Features) -> bool:
    return _generations(a, b) == "differ" or _numbers_of_another_age(a, b) or _numbers_of_another_age(b, a)


def _numbers_of_another_age(a: Features, b: Features) -> bool:
    """Whether b, of no known birth date, has a number of a kind that nobody of a's age can have."""
    if not a.births or not b.ids:
        return False
    years = [x[0][:4] for x in a.births]
    schemes = {i.scheme for i in b.ids}
    return ("nino" in schemes and min(years) > YOUNGEST_NINO) or ("upn" in schemes and max(years) < OLDEST_UPN)


def one_name_in_two(one: Comparison, other: Comparison) -> bool:
    """Whether a third record shows that the first names of two are one person's, by how it compares with each.

    Either its name is a short form of the one and a slip of the other (Andy, Andrew, Andrwe): neither is a twin's. Or
    it bears both names, and with the one the number, too: a clerk who takes a twin for the other writes the wrong name
    or the wrong number, not both.
    """
    mine, theirs = _given_level(one), _given_level(other)
    if mine == "nickname":
        return theirs in _MISSPELT
    return one.same_id and mine in _NAME_AGREES and theirs == "exact"


def _given_level(result: Comparison) -> str:
    return next((s.level for s in result.steps if s.name == "given"), "")


def bits(weight: int) -> str:
    """Thousandths of a bit for people: '+13.5'."""
    return f"{weight / MILLI:+.1f}"
