"""Stories beyond the family: children of different homes who share a telephone, a place or a man, and what is none."""

from __future__ import annotations

from bench.county.identifiers import TELEPHONES, telephone
from bench.county.people import Person
from bench.county.planting import Plant, Plot
from bench.county.police import Named
from bench.county.population import FOR_STORIES, Wish

TAKEAWAY = {
    "place_building": "1", "place_street": "Harbour Parade", "place_town": "Fennick", "place_uprn": "999990000001",
}  # fmt: skip
"""No dwelling of any county has this UPRN."""


def shared_telephone(p: Plant) -> Plot:
    """A boy with markers of exploitation, and a girl excluded from school, of another home, with one telephone."""
    friend = _friend(p)
    number = telephone(TELEPHONES - 1 - p.house.number % FOR_STORIES)
    for before in (75, 52):
        _notice(p, friend, before, {"markers": "exploitation", "telephone": number})
    _notice(p, p.child, 44, {"telephone": number})
    p.suspended(p.child, 18, permanent=True)
    return Plot(
        [p.child], ("CB02", "NW01", "ED06"), "exclusion of a girl who shares an exploited boy's number", [friend]
    )


def shared_place(p: Plant) -> Plot:
    """Two missing children found at one place; one of them is excluded from school."""
    friend = _friend(p)
    for child, before in ((friend, 61), (p.child, 40)):
        place = {**TAKEAWAY, "place_uprn": f"99999{p.house.number:07d}", "place_building": str(p.house.number)}
        p.notice("missing", before, [Named(child, p.home_of(child), "child")], "found at a takeaway", **place)
    p.suspended(p.child, 18, permanent=True)
    return Plot([p.child], ("CB02", "NW01", "ED06"), "exclusion of a girl found where another child was", [friend])


def same_man(p: Plant) -> Plot:
    """Two notices, half a season apart, each on another child with the same man, who is no relation of either."""
    friend = _friend(p)
    man = p.family(Wish("single", sexes="M", head_age=36)).members[0]
    suspect = Named(man, p.home_of(man), "suspect")
    for child, before, columns in ((friend, 66, {"markers": "exploitation"}), (p.child, 31, {})):
        named = [Named(child, p.home_of(child), "child", columns=columns), suspect]
        p.notice("child", before, named, "notice on a child with a man", grade="green")
    _notice(p, friend, 58, {"markers": "exploitation"})
    p.suspended(p.child, 18, permanent=True)
    return Plot([p.child], ("CB02", "NW01", "ED06"), "exclusion of a girl named with an exploited boy's man", [friend])


def family_telephone(p: Plant) -> Plot:
    """A boy with markers of exploitation and his sister, excluded, share their home's telephone: no network."""
    p.settle()
    sister, brother = p.house.children[:2]
    number = telephone(TELEPHONES - 1 - p.house.number % FOR_STORIES)
    for before in (75, 52):
        _notice(p, brother, before, {"markers": "exploitation", "telephone": number})
    p.suspended(sister, 18, permanent=True)
    return Plot(list(p.house.members))


def _friend(p: Plant) -> Person:
    """A child of another home."""
    home = p.family(Wish("lone_parent", (15.4,), sexes="M"))
    p.settle()
    p.settle(home)
    return home.children[0]


def _notice(p: Plant, child: Person, before: int, columns: dict[str, str]) -> None:
    named = [Named(child, p.home_of(child), "child", columns=columns)]
    p.notice("child", before, named, "vulnerability notice on the child", grade="green")


STORIES = (
    (shared_telephone, Wish("couple_children", (14.2,), sexes="F")),
    (shared_place, Wish("couple_children", (14.3,), sexes="F")),
    (same_man, Wish("lone_parent", (14.4,), sexes="F")),
)
QUIET = ((family_telephone, Wish("couple_children", (15.2, 14.1))),)
