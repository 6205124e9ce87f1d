"""Stories of children in which what one agency knows is not enough. Rule ids are those of the rule pack."""

from __future__ import annotations

from datetime import timedelta

from bench.county.health import Reason
from bench.county.noise import SELF_HARM
from bench.county.people import Change, Person
from bench.county.planting import Plant, Plot
from bench.county.police import Named
from bench.county.population import Wish
from bench.county.social_care import Contact

MALTREATMENT = Reason("T74.1", "Physical abuse")
NOT_MOBILE = Reason("S72.3", "Fracture of shaft of femur", mobile="N")


def two_ambers(p: Plant) -> Plot:
    """Three suspensions (school) and self-harm (hospital): two of level 3 from two agencies."""
    p.settle()
    for before in (100, 60, 25):
        p.suspended(p.child, before)
    p.emergency(p.child, 12, SELF_HARM)
    return Plot([p.child], ("CB02", "ED05", "HE04"), "self-harm after three suspensions")


def missing_and_absent(p: Plant) -> Plot:
    """Missing three times (police) and half of school missed (school)."""
    p.settle()
    for before in (70, 40, 15):
        p.missing(p.child, before, 6)
    p.absent(p.child, 0.62)
    return Plot([p.child], ("CB02", "MI02", "ED02"), "severe absence between three missing episodes")


def amber_and_greens(p: Plant) -> Plot:
    """Self-harm (hospital) with a suspension (school) and a police notice: one of level 3 and two of level 2."""
    p.settle()
    p.suspended(p.child, 35)
    p.child_notice(p.child, 20)
    p.emergency(p.child, 9, SELF_HARM)
    return Plot([p.child], ("CB03", "HE04"), "self-harm, with what school and police each took for a small thing")


def accumulation(p: Plant) -> Plot:
    """Four of level 2: attendances, absence, a domestic incident, a police notice. No agency has one of level 3."""
    p.settle()
    for before in (100, 62, 26):
        p.emergency(p.child, before)
    p.incident(48, 4)
    p.child_notice(p.child, 33)
    p.absent(p.child, 0.17)
    return Plot([p.child], ("CB04", "HE01", "DA01", "ED01", "PO01"), "the fourth small thing")


def notices_and_attendances(p: Plant) -> Plot:
    """Three police notices, three emergency attendances and a suspension."""
    p.settle()
    for before in (101, 60, 21):
        p.child_notice(p.child, before)
    for before in (90, 50, 14):
        p.emergency(p.child, before)
    p.suspended(p.child, 30)
    return Plot(
        [p.child], ("CB03", "PO02", "HE01", "ED04"), "the third notice, for a child whom hospital and school see too"
    )


def violence_and_exclusion(p: Plant) -> Plot:
    """Three domestic incidents (police) and a permanent exclusion (school) of a child of the household."""
    p.settle()
    for before in (92, 55, 24):
        p.incident(before, 6)
    p.suspended(p.child, 18, permanent=True)
    return Plot([p.child], ("CB02", "DA02", "ED06"), "exclusion of a child who lives with repeated violence")


def new_partner(p: Plant) -> Plot:
    """A man whose mental health crisis the council saw elsewhere is, weeks later, a partner in a child's home."""
    man = p.family(Wish("single", sexes="M", head_age=36)).members[0]
    p.settle()
    p.contact(
        man, 95, Contact("mh.crisis", "observed", "3D", role="adult", narrative="Taken to a place of safety (s136).")
    )
    partner = Named(man, p.house, "suspect", (("partner", 1), ("parents_partner", 3)), home=p.house.homes[-1][1])
    victim = Named(p.parent, p.house, "victim", (("mother", 3),))
    child = Named(p.child, p.house, "child", columns={"present": "Y", "welfare_check": "Y"})
    p.notice(
        "domestic",
        16,
        [victim, partner, child],
        "domestic incident with the new partner",
        dash_ticks="7",
        dash_grade="medium",
        children_present="Y",
    )
    return Plot([p.child, p.parent], ("CB05",), "his history follows him into the household")


def high_risk_violence(p: Plant) -> Plot:
    """A domestic incident of sixteen DASH ticks with two children at home."""
    p.settle()
    p.incident(13, 16, marac="Y")
    return Plot(list(p.house.children), ("CB01", "DA03"), "sixteen ticks")


def strangulation(p: Plant) -> Plot:
    """A domestic incident with strangulation, and few ticks, with children at home."""
    p.settle()
    p.incident(23, 5, strangulation="Y")
    return Plot(list(p.house.children), ("CB01", "DA04"), "strangulation, whatever the number of ticks")


def police_protection(p: Plant) -> Plot:
    """Police protection was used."""
    p.settle()
    p.child_notice(p.child, 8, grade="red", police_protection="Y")
    return Plot([p.child], ("CB01", "PO03"), "police protection")


def missing_overnight(p: Plant) -> Plot:
    """Missing for thirty hours, at fifteen."""
    p.settle()
    p.missing(p.child, 17, 30)
    return Plot([p.child], ("CB01", "MI03"), "more than 24 hours")


def missing_young(p: Plant) -> Plot:
    """Missing for five hours, at eleven."""
    p.settle()
    p.missing(p.child, 22, 5)
    return Plot([p.child], ("CB01", "MI03"), "under thirteen")


def newborn_injury(p: Plant) -> Plot:
    """A baby registered as "Baby Boy", named since, has a broken leg and can't yet move about."""
    _unnamed(p, p.child, 12)
    p.settle()
    p.emergency(p.child, 10, NOT_MOBILE)
    return Plot([p.child], ("CB01", "HE02"), "an injury to a baby who cannot crawl")


def one_twin_harmed(p: Plant) -> Plot:
    """Suspected abuse of one twin. The other has nothing."""
    p.settle()
    harmed, other = p.house.children[-2:]
    p.emergency(other, 70)
    p.emergency(harmed, 11, MALTREATMENT)
    return Plot([harmed], ("CB01", "HE03"), "a suspected injury of one twin", [other])


def unnamed_twins(p: Plant) -> Plot:
    """Twins, both first registered as "Baby Girl"; the second has an injury that a baby can't give itself."""
    first, second = p.house.children[-2:]
    _unnamed(p, first, 20)
    _unnamed(p, second, 20)
    p.settle()
    p.emergency(second, 19, NOT_MOBILE)
    return Plot(
        [second], ("CB01", "HE02"), "an injury of the second twin, whose first name was her sister's too", [first]
    )


def moved_and_renamed(p: Plant) -> Plot:
    """Self-harm under an old name and address; since then moved, with her stepfather's name, and missing thrice."""
    girl, stepfather = p.child, p.house.members[1]
    moved = p.day(58)
    old_home = p.house.homes[0]
    p.settle()
    p.emergency(girl, 74, SELF_HARM)
    girl.changes = [Change(moved, girl.given, girl.family)]
    girl.family = stepfather.family
    p.county.population.move(p.house, p.district, moved)
    if p.house.homes[0] is not old_home:
        raise AssertionError("homes are kept oldest first")
    p.county.schools.changed(girl, p.house, moved, p.rng)
    p.absent(girl, 0.03)
    for before in (46, 29, 9):
        p.missing(girl, before, 7)
    return Plot([girl], ("CB02", "HE04", "MI02"), "two halves of one girl under two names and addresses")


def not_seen(p: Plant) -> Plot:
    """A referral about a child of two for neglect, an appointment refused, and nobody has seen the child since."""
    p.settle()
    p.contact(
        p.child,
        62,
        Contact("concern.neglect", "alleged", "1B", "referral", narrative="Neighbour has not seen the child outside."),
    )
    return Plot([p.child], ("CB09",), "weeks of silence after an open concern", silence=28)


def three_closures(p: Plant) -> Plot:
    """Three contacts, each closed with no further action."""
    p.settle()
    for before, source in ((96, "2A"), (58, "1B"), (19, "3A")):
        p.contact(
            p.child, before, Contact("School is worried about tiredness and clothing", source=source, outcome="nfa")
        )
    return Plot([p.child], ("CB07",), "the third closure")


def unborn(p: Plant) -> Plot:
    """A pregnant woman hurt at home (police), who took an overdose (council): the child is not born yet."""
    expected = p.county.config.as_of + timedelta(days=75)
    baby = Person(0, "unborn", "", expected, p.parent.origin, "Unborn", p.parent.family)
    p.county.population.add(p.house, baby)
    p.settle()
    p.contact(
        p.parent, 40, Contact("treatment.disengaged", "observed", "3C", role="adult", attributes="overdose=yes"),
    )  # fmt: skip
    p.contact(baby, 39, Contact("Pre-birth enquiry from midwife", "observed", "3B", expected=expected, role="unborn"))
    unborn_child = Named(
        baby,
        p.house,
        "unborn",
        columns={"expected_delivery_date": expected.isoformat(), "date_of_birth": "", "given_name": "Unborn"},
    )
    man = p.house.members[1]
    named = [
        Named(p.parent, p.house, "victim", (("mother", 3),)),
        Named(man, p.house, "suspect", (("partner", 1), ("father", 3))),
        unborn_child,
    ]
    p.notice(
        "domestic",
        15,
        named,
        "domestic incident, victim pregnant",
        dash_ticks="8",
        dash_grade="medium",
        pregnant="Y",
        children_present="N",
    )
    return Plot([baby], ("CB06",), "violence and overdose around a child who is not born yet")


def person_of_risk(p: Plant) -> Plot:
    """A registered sex offender, known to the police elsewhere, is named at the front door as living with a child."""
    man = p.family(Wish("single", sexes="M", head_age=36)).members[0]
    p.settle()
    p.adult_notice(man, 104, "amber", risk_kind="registered_sex_offender")
    other = (man, "parents_partner")
    p.contact(p.child, 21, Contact("Mother asks for housing advice with new partner", source="1A", other=other))
    return Plot([p.child], ("CB01", "PO04"), "who he is, known to one agency; where he lives, to another")


def _unnamed(p: Plant, child: Person, days: int) -> None:
    word = "Girl" if child.sex == "F" else "Boy"
    child.changes = [Change(child.birth + timedelta(days=days), f"Baby {word}", p.parent.family, placeholder=True)]


STORIES = (
    (two_ambers, Wish("couple_children", (14.3, 11.1))),
    (missing_and_absent, Wish("lone_parent", (15.2,))),
    (amber_and_greens, Wish("couple_children", (13.4, 9.0))),
    (accumulation, Wish("couple_children", (9.3,))),
    (notices_and_attendances, Wish("lone_parent", (8.4, 6.1))),
    (violence_and_exclusion, Wish("couple_children", (14.6,))),
    (new_partner, Wish("lone_parent", (6.4,))),
    (high_risk_violence, Wish("couple_children", (8.2, 4.9))),
    (strangulation, Wish("couple_children", (5.3, 2.4))),
    (police_protection, Wish("lone_parent", (4.2,))),
    (missing_overnight, Wish("multigeneration", (15.3,))),
    (missing_young, Wish("couple_children", (11.3,))),
    (newborn_injury, Wish("couple_children", (0.3,), sexes="M")),
    (one_twin_harmed, Wish("couple_children", (6.4, 3.2), twins=True)),
    (unnamed_twins, Wish("couple_children", (0.17,), twins=True, sexes="F")),
    (moved_and_renamed, Wish("step_family", (14.4,), sexes="F")),
    (not_seen, Wish("lone_parent", (2.4,))),
    (three_closures, Wish("lone_parent", (7.3,))),
    (unborn, Wish("couple", sexes="F", head_age=27)),
    (person_of_risk, Wish("lone_parent", (7.7,))),
)
"""Each story and the family that it needs."""
