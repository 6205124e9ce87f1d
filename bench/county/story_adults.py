"""Stories of adults at risk. Rule ids are those of the rule pack."""

from __future__ import annotations

from bench.county.planting import Plant, Plot
from bench.county.population import Wish
from bench.county.social_care import Contact


def notices_and_money(p: Plant) -> Plot:
    """Three police notices, and a worry about money that reached the council: two of level 3 from two agencies."""
    p.settle()
    for before in (99, 57, 18):
        p.adult_notice(p.parent, before)
    p.contact(p.parent, 30, Contact("financial.concern", "alleged", "5D", role="adult"))
    return Plot([p.parent], ("CB12", "AD05", "AD04"), "the third notice")


def high_risk_adult(p: Plant) -> Plot:
    """Sixteen DASH ticks, a victim with care needs, no children."""
    p.settle()
    p.contact(p.parent, 80, Contact("care.need", "observed", "3C", role="adult"))
    p.incident(14, 16, marac="Y")
    victim = next((m for m in p.house.members if m.sex == "F"), p.parent)
    return Plot([victim], ("CB11", "AD06"), "sixteen ticks")


def ability_unknown(p: Plant) -> Plot:
    """Care needs and suspected abuse; whether the person can protect herself is not known."""
    p.settle()
    limbs = "s42_a=yes;s42_b=yes;s42_c=unknown"
    p.contact(p.parent, 20, Contact("adult.concern", "alleged", "3C", role="adult", attributes=limbs))
    return Plot([p.parent], ("CB14",), "two limbs of section 42, the third open")


def cuckooing(p: Plant) -> Plot:
    """A home taken over."""
    p.settle()
    p.adult_notice(p.parent, 12, "red", markers="modern_slavery")
    return Plot([p.parent], ("CB11", "AD07"), "cuckooing")


STORIES = (
    (notices_and_money, Wish("single", head_age=79)),
    (high_risk_adult, Wish("couple", sexes="F", head_age=61)),
    (ability_unknown, Wish("single", sexes="F", head_age=84)),
    (cuckooing, Wish("single", head_age=44)),
)
"""Each story and the household that it needs."""
