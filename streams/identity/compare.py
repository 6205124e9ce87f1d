"""Comparison of two feature sets: levels, weights, conflicts. A pure function of both and the model; no store here.

Fellegi and Sunter, "A theory for record linkage" (1969): the weight of a pair is the sum over comparisons of
log2(m/u). Surname, address, telephone and e-mail are what a family shares, so that their agreements are one piece of
evidence: the heaviest counts, the others add nothing.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from streams.identity.features import Features
from streams.identity.levels.ages import a_generation_apart, generations, is_young, of_another_age
from streams.identity.levels.births import birth_level
from streams.identity.levels.names import family_step, given_step, middle_step
from streams.identity.levels.numbers import number_steps, shared_step, two_numbers
from streams.identity.levels.places import place_step
from streams.identity.model import MILLI, MatchModel
from streams.identity.steps import Step

MOVED: Final = "moved"
ONE_MOTHER: Final = "one_mother"

TWO_NUMBERS = "two_numbers"
BIRTH = "birth"
TWINS = "twins"
SEX = "sex"
UNNAMED = "unnamed"
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
_SLIPPED: Final = frozenset({"swapped", "typing"})
_ONE_NAME: Final = frozenset({"exact", "nickname"})
_ONE_DAY: Final = frozenset({"exact", "swapped", "expected", "month", ""})
"""Levels of birth at which two may be children of one birth."""
_HOUSE: Final = frozenset({("place", "property"), ("place", "house"), ("place", "moved"), ("phone", "same")})
_ONE_HOUSE: Final = _HOUSE | {("place", "similar"), ("place", "unhoused")}
_MANGLED: Final = frozenset({"swapped", "typing", "close", "month", "year"})
"""Levels of birth that few of one house show who have one spelling of a first name, or an initial, in common."""
_NEARLY_NAMED: Final = _SPELT_ALIKE | {"initial", "middle"}


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


def compare(a: Features, b: Features, model: MatchModel, *, shown: str = "") -> Comparison:
    """Weigh two feature sets against each other; symmetric.

    Args:
        a: the one.
        b: the other.
        model: of weights.
        shown: what others show of the two: `MOVED`, others of a household lived at both their addresses; or
            `ONE_MOTHER`, one of them is unborn, and then nothing else that a family shares is asked for.
    """
    given = given_step(a, b, model)
    birth = birth_level(a.births, b.births)
    ids, same_id = number_steps(a, b, model)
    shared = _shared(a, b, model, swapped=given is not None and given.level in _CROSSED)
    if shown == ONE_MOTHER:
        shared = [model.steps("mother", "same")]
    elif shown == MOVED:
        shared = [s for s in shared if s.name != "place"] + [model.steps("place", "moved")]
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
    said += _one_house_step(a, b, given, birth, shared, model)
    if strict and same_id and birth == "differ" and not _is_alike(given) and a_generation_apart(a, b):
        said.append(model.steps("stage", "generation"))
    namesakes = model.families and birth == "differ" and not near_id and a_generation_apart(a, b)
    if model.families and _of_one_family(given, birth, strict=strict, namesakes=namesakes, same_id=same_id or near_id):
        said += _count_once(shared, model)
    else:
        said += shared
    conflict = ""
    if model.families and not same_id:
        one_house = any(s.weight > 0 for s in shared)
        conflict = _conflict(
            a, b, given, birth, ids, one_house=one_house, strict=strict and not near_id, namesakes=namesakes
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
    if level == "nickname" and birth == "near" and strict:
        return True  # brothers whose names begin alike (Abdi, Abdirahman)
    if level in _ONE_NAME and birth and (birth != "differ" or not strict):
        return False
    if level in _NAME_AGREES and birth in _BORN_ALIKE:
        return False
    return strict or not (same_id or birth in _BORN_ALIKE or (birth == "typing" and given is None))


def _one_house_step(
    a: Features, b: Features, given: Step | None, birth: str, shared: list[Step], model: MatchModel
) -> list[Step]:
    """What says little of strangers and much within one family's house, where only a few people live.

    One first name, and no two birth dates to compare: few houses have a namesake. Or a slip in the birth date, and no
    two first names: few siblings' dates are one keystroke apart. Or slips in both.
    """
    level = _one_house_level(a, b, given, birth, model)
    if not level:
        return []
    levels = {(s.name, s.level) for s in shared}
    if levels.isdisjoint(_ONE_HOUSE) or levels.isdisjoint(_KIN):
        return []
    if level == "two_slips" and ("family", "exact") not in levels:
        return []  # three slips are other people
    return [model.steps("household", level)]


def _one_house_level(a: Features, b: Features, given: Step | None, birth: str, model: MatchModel) -> str:
    if given is None:
        one_birth = birth in _SLIPPED and _strict(a, b, model) and bool(a.orders) == bool(b.orders)
        return "birth_slip" if one_birth else ""
    if birth:
        return "two_slips" if birth in _MANGLED and given.level in _NEARLY_NAMED else ""
    if given.level not in _SPELT_ALIKE:
        return "initial" if given.level == "initial" and not is_young(a, b, model) else ""
    if not is_young(a, b, model):
        return "one_name"
    # Where a sex is missing it may be the father; a daughter who bears her mother's name is rare.
    return "one_name_child" if (a.sexes and b.sexes) or "F" in a.sexes or "F" in b.sexes else ""


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
    return model.families and (bool(a.sexes or b.sexes) or not (a.births or b.births) or is_young(a, b, model))


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
    stage = generations(a, b)
    if stage == "differ":
        return [model.steps("stage", "differ")]
    one_name = given is not None and given.level in _ONE_NAME
    if stage == "alike" and one_name and any((s.name, s.level) in _HOUSE for s in shared):
        return [model.steps("stage", "alike")]
    return []


def _conflict(
    a: Features, b: Features, given: Step | None, birth: str, ids: list[Step],
    *, one_house: bool, strict: bool, namesakes: bool,
) -> str:  # fmt: skip
    """Why these two can't be one person, whatever else agrees."""
    if birth == "differ" and (strict or namesakes or not one_house or not _is_alike(given)):
        return BIRTH
    if not birth and not (a.births and b.births) and of_another_age(a, b):
        return "generation"
    if birth in _ONE_DAY and a.orders and b.orders and set(a.orders).isdisjoint(b.orders):
        return "birth_order"
    return _twins(a, b, given, birth, ids, one_house=one_house) if strict else ""


def _twins(a: Features, b: Features, given: Step | None, birth: str, ids: list[Step], *, one_house: bool) -> str:
    """What tells two of one birth apart: first names; where they have none, sexes or numbers."""
    if given is not None:
        return TWINS if birth == "exact" and given.level in _TWO_NAMES and one_house else ""
    if birth in _ONE_DAY and _of_two_sexes(a, b):
        return SEX
    numbers = birth in _ONE_DAY and any(s.name in NUMBERED and s.level == "differ" for s in ids)
    return UNNAMED if numbers else ""


def one_name_in_two(one: Comparison, other: Comparison) -> bool:
    """Whether a third record shows that the first names of two are one person's, by how it compares with each.

    Either its name is a short form of the one and a slip of the other (Andy, Andrew, Andrwe), or a keystroke from each
    (Ewsn, Ewan, Ewab): neither is a twin's. Or
    it bears both names, and with the one the number, too: a clerk who takes a twin for the other writes the wrong name
    or the wrong number, not both.
    """
    mine, theirs = _given_level(one), _given_level(other)
    if mine == "nickname":
        return theirs in _MISSPELT
    if mine == theirs == "similar":
        return True
    return one.same_id and mine in _NAME_AGREES and theirs == "exact"


def bears_both(one: Comparison, other: Comparison) -> bool:
    """Whether a third record bears the first names of two, the one's as a further given name of its own."""
    return _given_level(one) == "middle" and _given_level(other) in _ONE_NAME


def number_of_one(one: Comparison, other: Comparison) -> bool:
    """Whether a third record has the number of one of two and the first name of the other."""
    return one.same_id and _given_level(other) in _ONE_NAME


def _given_level(result: Comparison) -> str:
    return next((s.level for s in result.steps if s.name == "given"), "")


def bits(weight: int) -> str:
    """Thousandths of a bit for people: '+13.5'."""
    return f"{weight / MILLI:+.1f}"
