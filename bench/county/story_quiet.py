"""Families in which nothing should open, each a near miss: one fact more, or one wrong match, and it would."""

from __future__ import annotations

from bench.county.noise import ILLNESS, SELF_HARM
from bench.county.people import Person
from bench.county.planting import Plant, Plot
from bench.county.population import Wish
from bench.county.social_care import Contact


def two_greens_of_one(p: Plant) -> Plot:
    """A suspension and persistent absence: two of level 2 from one agency."""
    p.settle()
    p.suspended(p.child, 30)
    p.absent(p.child, 0.16)
    return _quiet(p)


def two_ambers_of_one(p: Plant) -> Plot:
    """Three suspensions and an exclusion: two of level 3, from one agency."""
    p.settle()
    for before in (100, 62, 31):
        p.suspended(p.child, before)
    p.suspended(p.child, 15, permanent=True)
    return _quiet(p)


def echo(p: Plant) -> Plot:
    """One domestic incident, told again by school and hospital: counted thrice it would be repeated violence."""
    p.settle()
    reference = p.incident(40, 4)
    for before, source in ((38, "2A"), (36, "3A")):
        p.contact(
            p.child,
            before,
            Contact("da.incident", source=source, incident=reference, attributes="children_present=yes"),
        )
    for before in (90, 55, 20):
        p.emergency(p.child, before)
    p.absent(p.child, 0.15)
    return _quiet(p)


def stable_parent(p: Plant) -> Plot:
    """A parent known to mental health and stable, and one domestic incident: context, never one of the trio."""
    p.settle()
    p.contact(p.parent, 85, Contact("mh.open", "observed", "3C", role="adult"))
    p.incident(35, 3)
    return _quiet(p)


def twins_apart(p: Plant) -> Plot:
    """One twin is suspended three times, the other harms himself. Taken for one child they would be a check."""
    p.settle()
    first, second = p.house.children[-2:]
    for before in (98, 64, 27):
        p.suspended(first, before)
    p.emergency(second, 16, SELF_HARM)
    return _quiet(p)


def siblings_apart(p: Plant) -> Plot:
    """The same with brother and sister."""
    p.settle()
    first, second = p.house.children[:2]
    for before in (97, 63, 26):
        p.suspended(first, before)
    p.emergency(second, 17, SELF_HARM)
    return _quiet(p)


def father_and_son(p: Plant) -> Plot:
    """Father and son have one name and address: the father harms himself, the son is suspended three times."""
    father, son = p.house.members[1], p.child
    son.given, son.family = father.given, father.family
    p.settle()
    for before in (96, 65, 28):
        p.suspended(son, before)
    p.emergency(father, 18, SELF_HARM)
    return _quiet(p)


def namesakes(p: Plant) -> Plot:
    """Two children of one name and birth date in two families: one harms herself, one is suspended three times."""
    other = p.family(Wish("couple_children", (14.2,), sexes="F"))
    first, second = p.child, other.children[0]
    second.given, second.family, second.birth = first.given, first.family, first.birth
    p.settle()
    p.settle(other)
    for before in (95, 66, 29):
        p.suspended(first, before)
    p.emergency(second, 19, SELF_HARM)
    return _quiet(p)


def long_between(p: Plant) -> Plot:
    """Three missing episodes that no 90 days hold together, and a suspension."""
    p.settle()
    for before in (112, 64, 14):
        p.missing(p.child, before, 4)
    p.suspended(p.child, 40)
    return _quiet(p)


def one_short(p: Plant) -> Plot:
    """A domestic incident, absence and emergency attendances: three of level 2 from three agencies, one short."""
    p.settle()
    p.incident(45, 3)
    p.absent(p.child, 0.18)
    for before in (88, 52, 21):
        p.emergency(p.child, before, ILLNESS[3])
    return _quiet(p)


def two_adult_notices(p: Plant) -> Plot:
    """Two police notices on an adult."""
    p.settle()
    for before in (80, 22):
        p.adult_notice(p.parent, before)
    return _quiet(p)


def ordinary_life(p: Plant) -> Plot:
    """A fever, a move, a day off school."""
    p.settle()
    p.emergency(p.child, 50)
    p.absent(p.child, 0.05)
    return _quiet(p)


def _quiet(p: Plant) -> Plot:
    people: list[Person] = [person for house in p.houses for person in house.members]
    return Plot(people)


STORIES = (
    (two_greens_of_one, Wish("couple_children", (12.4,))),
    (two_ambers_of_one, Wish("couple_children", (14.5, 10.0))),
    (echo, Wish("couple_children", (9.4,))),
    (stable_parent, Wish("couple_children", (7.2,))),
    (twins_apart, Wish("couple_children", (13.6,), twins=True, sexes="M")),
    (siblings_apart, Wish("couple_children", (14.5, 13.1), sexes="MF")),
    (father_and_son, Wish("couple_children", (14.7,), sexes="M")),
    (namesakes, Wish("couple_children", (14.2,), sexes="F")),
    (long_between, Wish("lone_parent", (15.1,))),
    (one_short, Wish("couple_children", (10.2,))),
    (two_adult_notices, Wish("single", head_age=70)),
    (ordinary_life, Wish("couple_children", (6.6, 3.3))),
)
"""Each near miss and the family that it needs."""
