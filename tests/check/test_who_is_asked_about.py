"""Who a request is about: an unborn child by its mother alone, and numbers only to whom they belong."""

from __future__ import annotations

import pytest

from hub.messages import Identity
from hub.messages.identity import CoSubject, Edge
from hub.messages.record import Identifier, Name, Role
from streams.check.card import mother_of
from streams.check.release import numbers_for

from .people import MOTHER, SOURCES, World

FATHER = "f" * 32


def parent(world: World, source: str, given: str, sex: str) -> CoSubject:
    identity = Identity(names=[Name(given=given, family="Okoro-Vale")], sex=sex)
    return CoSubject(source_id=source, role=Role.PARENT, identity=world.sealer.seal(source, identity))


def found(world: World, *parents: CoSubject, **changes) -> str:
    entry = world.entry("health", "health.maternity", 3, [], role=Role.UNBORN, others=list(parents))
    mother = mother_of(world.snapshot(entries=[entry], **changes), world.sealer)
    return mother.identity.names[0].given if mother else ""


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("sexes", [("M", "F"), ("M", ""), ("", "F")])
def test_a_father_is_never_sent_out_as_the_mother(sexes, *, turned: bool) -> None:
    world = World()
    parents = [parent(world, FATHER, "Tom", sexes[0]), parent(world, MOTHER, "Imke", sexes[1])]
    assert found(world, *(reversed(parents) if turned else parents), circle=[], circle_members={}) == "Imke"


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_whose_sex_nobody_says_the_stated_relationship_decides(*, turned: bool) -> None:
    world = World()
    parents = [parent(world, FATHER, "Tom", ""), parent(world, MOTHER, "Imke", "")]
    said = {"circle": [Edge(person_id="p-mother", kind="relationship", relation="mother")]}
    assert found(world, *(reversed(parents) if turned else parents), **said) == "Imke"


def test_where_nobody_says_which_is_the_mother_none_is_sent() -> None:
    world = World()
    parents = [parent(world, FATHER, "Tom", ""), parent(world, MOTHER, "Imke", "")]
    assert found(world, *parents, circle=[], circle_members={}) == ""
    assert found(world, parents[0], circle=[Edge(person_id="p", kind="relationship", relation="father")],
                 circle_members={"p": FATHER}) == ""  # fmt: skip
    assert found(world, parents[1], circle=[], circle_members={}) == "Imke", "the only parent of an unborn child"


SAID = [
    ("health", Identifier(scheme="nhs_number", value="9990000018")),
    ("health", Identifier(scheme="hospital_number", value="4711", issuer="north")),
    ("housing", Identifier(scheme="tenancy", value="T-1")),
    ("police", Identifier(scheme="pnc", value="2001/0001234A")),
    ("police", Identifier(scheme="cro", value="1234/01A")),
    ("education", Identifier(scheme="upn", value="A123456789012")),
    ("social_care", Identifier(scheme="pnc", value="2001/0001234A")),
]


@pytest.mark.parametrize(
    ("agency", "schemes"),
    [
        ("police", {"nhs_number", "pnc", "cro"}),
        ("probation", {"nhs_number", "pnc", "cro"}),
        ("youth", {"nhs_number", "pnc", "cro", "upn"}),
        ("health", {"nhs_number", "hospital_number"}),
        ("education", {"nhs_number", "upn"}),
        ("housing", {"nhs_number", "tenancy"}),
        ("a_school", {"nhs_number"}),
        ("social_care", {"nhs_number", "upn", "pnc"}),
    ],
)
def test_a_number_goes_to_whom_it_belongs_and_to_whom_told_it(agency: str, schemes: set[str]) -> None:
    assert {n.scheme for n in numbers_for(agency, SAID)} == schemes


def test_sources_are_other_people() -> None:
    assert FATHER not in SOURCES.values()
