"""A small labelled set: people who are easily taken for each other, or for two. Asserted by behaviour, not by weight."""

from __future__ import annotations

import pytest

from hub.messages.record import Identifier, Identity, Name, NameKind, Precision, Role

from .kit import Address, World, nhs, subject, who

OLIVIA = who("Olivia", "Smith", "2019-04-03", sex="F")
ELSEWHERE = "3 Quarry Road|ZE8 1BB"


def both(a, b, *, first: str = "health", second: str = "education") -> World:
    world = World()
    world.feed(world.mention("a", a, agency=first), world.mention("b", b, agency=second))
    return world


def joined(world: World) -> bool:
    return world.together("health/a", "education/b")


def card(number: str) -> dict[str, list[Identifier]]:
    """A number of a kind that the model does not know."""
    return {"identifiers": [Identifier(scheme="library_card", value=number)]}


SAME_PERSON = {
    "other writing": (OLIVIA, who("olivia ", "SMITH", "2019-04-03", sex="F")),
    "nickname": (who("William", "Tarrant", "2012-05-06"), who("Billy", "Tarrant", "2012-05-06")),
    "transliteration": (who("Mohammed", "Tarrant", "2012-05-06"), who("Muhammad", "Tarrant", "2012-05-06")),
    "accents": (who("Zoë", "O\u2019Brien", "2012-05-06"), who("ZOE", "OBRIEN", "2012-05-06")),
    "particles": (who("Ian", "Mc Donald", "2012-05-06"), who("Ian", "McDonald", "2012-05-06")),
    "names in each other's place": (who("Tariq", "Mahmoud", "2012-05-06"), who("Mahmoud", "Tariq", "2012-05-06")),
    "known by the second given name": (
        who("Peter James", "Tarrant", "2012-05-06"),
        who("James", "Tarrant", "2012-05-06"),
    ),
    "misspelt": (who("Rhiannon", "Tarrant", "2012-05-06"), who("Rhianon", "Tarrant", "2012-05-06")),
    "day and month swapped": (who("Rhiannon", "Tarrant", "2012-05-06"), who("Rhiannon", "Tarrant", "2012-06-05")),
    "moved": (who("Rhiannon", "Tarrant", "2012-05-06"), who("Rhiannon", "Tarrant", "2012-05-06", at=ELSEWHERE)),
    "renamed, same house": (who("Rhiannon", "Tarrant", "2012-05-06"), who("Rhiannon", "Vosper", "2012-05-06")),
    "moved and renamed, same NHS number": (
        who("Rhiannon", "Tarrant", "2012-05-06", nhs_number=nhs(3)),
        who("Rhiannon", "Vosper", "2012-05-06", nhs_number=nhs(3), at=ELSEWHERE),
    ),
    "moved and renamed, same telephone": (
        who("Rhiannon", "Tarrant", "2012-05-06", phone="07700 900123"),
        who("Rhiannon", "Vosper", "2012-05-06", phone="+447700900123", at=ELSEWHERE),
    ),
    "double surname": (
        who("Rhiannon", "Tarrant-Vosper", "2012-05-06", sex="F"),
        who("Rhiannon", "Vosper", "2012-05-06", sex="F"),
    ),
    "a girl of whom one record lacks the birth date and the sex": (
        who("Rhiannon", "Tarrant", "2012-05-06", sex="F"),
        who("Rhiannon", "Tarrant"),
    ),
    "slips in both first name and birth date, same house": (
        who("Rhiannon", "Tarrant", "2012-05-06", sex="F"),
        who("Rhianon", "Tarrant", "2012-05-17", sex="F"),
    ),
    "newborn whose year was mistyped, then named": (
        who("Baby Girl", "Smith", "2016-01-20", sex="F"),
        who("Olivia", "Smith", "2026-01-20", sex="F"),
    ),
    "slips in family name, birth date, number and house": (
        who("Vanessa", "George", "1942-02-10", at="6 Cleland Street|ZE9 9AA", **card("3116798")),
        who("Vanessa", "Geogre", "1942-02-20", at="Cleland Street|ZE9 9AA", **card("3116789")),
    ),
    "newborn, then named": (
        who("Baby Girl", "Smith", "2026-01-20", sex="F"),
        who("Olivia", "Smith", "2026-01-20", sex="F"),
    ),
    "no name at all, one UPN": (
        who(at="", born="2012-05-06", identifiers=[Identifier(scheme="upn", value="R201100018042")]),
        who("Ada", "Vosper", "2012-05-06", identifiers=[Identifier(scheme="upn", value="R201100018042")]),
    ),
    "a superseded NHS number beside the new one": (
        who("Ada", "Vosper", "2012-05-06", nhs_number=nhs(4)),
        who(
            "Ada",
            "Vosper",
            "2012-05-06",
            nhs_number=nhs(5),
            identifiers=[Identifier(scheme="nhs_number", value=nhs(4), superseded=True)],
        ),
    ),
}

DIFFERENT_PEOPLE = {
    "twins": (OLIVIA, who("Amelia", "Smith", "2019-04-03", sex="F")),
    "twins with names one letter apart": (who("Jake", "Smith", "2019-04-03"), who("Jade", "Smith", "2019-04-03")),
    "twins with rhyming names": (who("Kayden", "Smith", "2019-04-03"), who("Jayden", "Smith", "2019-04-03")),
    "unnamed twins with an order": (who("Twin 1", "Smith", "2026-01-20"), who("Twin 2", "Smith", "2026-01-20")),
    "siblings a year apart": (OLIVIA, who("Amelia", "Smith", "2020-04-03", sex="F")),
    "siblings a year apart, one missing a name": (OLIVIA, who("", "Smith", "2020-04-03", sex="F")),
    "father and son of one name": (who("John", "Smith", "1985-02-11"), who("John", "Smith", "2012-09-30")),
    "mother and daughter": (
        who("Ann", "Tarrant", "1985-02-11", sex="F"),
        who("Anna", "Tarrant", "2012-09-30", sex="F"),
    ),
    "two NHS numbers": (
        who("Rhiannon", "Tarrant", "2012-05-06", nhs_number=nhs(6)),
        who("Rhiannon", "Tarrant", "2012-05-06", nhs_number=nhs(7)),
    ),
    "placeholder dates": (who("John", "Smith", "1900-01-01", at=""), who("John", "Smith", "1900-01-01", at="")),
    "nothing known": (who(at=""), who(at="")),
    "only placeholders": (
        who("Unknown", "Unknown", "1900-01-01", at=""),
        who("Unknown", "Unknown", "1900-01-01", at=""),
    ),
    "an NHS number of one digit repeated": (
        who("Ada", "Vosper", "1950-05-06", nhs_number="9999999999"),
        who("Joan", "Tarrant", "2012-05-06", nhs_number="9999999999", at=ELSEWHERE),
    ),
    "one initial, and the birth date of a child": (
        who("Rhiannon", "Tarrant", "2012-05-06", sex="F"),
        who("R", "Tarrant", sex="F"),
    ),
    "one house and surname, no more": (who("", "Smith", ""), who("", "Smith", "")),
    "a mother's NHS number on her baby": (
        who("Ann", "Tarrant", "1990-02-11", nhs_number=nhs(8), sex="F"),
        who("Baby Boy", "Tarrant", "2026-01-20", nhs_number=nhs(8), sex="M"),
    ),
    "across partnerships": None,
}


@pytest.mark.parametrize("case", SAME_PERSON)
def test_records_of_one_person_are_joined(case: str) -> None:
    assert joined(both(*SAME_PERSON[case]))


@pytest.mark.parametrize("case", [c for c, pair in DIFFERENT_PEOPLE.items() if pair])
def test_records_of_two_people_are_not(case: str) -> None:
    assert not joined(both(*DIFFERENT_PEOPLE[case]))


@pytest.mark.parametrize(("role", "one"), [(Role.OTHER, False), (Role.PARENT, False), (Role.CHILD, True)])
def test_a_namesake_without_a_birth_date_may_be_the_father(role: Role, *, one: bool) -> None:
    """Unless the record speaks of a child, too."""
    world = World()
    world.feed(
        world.record("r1", subject("x", who("John", "Smith", ""), local="undated", role=role)),
        world.record("r2", subject("y", who("John", "Smith", "2012-09-30"), local="son", role=Role.CHILD)),
    )
    assert world.together("undated", "son") == one


@pytest.mark.parametrize(
    "undated",
    [who("R", "Tarrant", sex="F"), who("Rhiannon", "Tarrant", at="Mill Lane|ZE9 9AA")],
    ids=["an initial", "no house"],
)
def test_a_grown_up_is_found_in_the_house_by_a_record_without_a_birth_date(undated: Identity) -> None:
    world = World()
    dated = who("Rhiannon", "Tarrant", "1970-05-06", sex="F")
    world.feed(
        world.record("r1", subject("x", undated, local="undated", role=Role.OTHER)),
        world.record("r2", subject("y", dated, local="dated", role=Role.OTHER)),
    )
    assert world.together("undated", "dated")


def test_nothing_is_matched_across_partnerships() -> None:
    world = World()
    world.feed(world.mention("a", OLIVIA), world.mention("b", OLIVIA, agency="education", partnership="elsewhere"))
    assert not joined(world)


def test_unnamed_twins_of_one_record_are_two_people() -> None:
    world = World()
    baby = who("Baby", "Smith", "2026-01-20")
    world.feed(world.record("birth", subject("x", baby, local="1"), subject("y", baby, local="2")))
    assert not world.together("1", "2")


def test_an_unnamed_record_that_could_be_either_twin_goes_to_review_and_to_neither() -> None:
    world = World()
    world.feed(world.mention("o", OLIVIA), world.mention("b", who("Baby Girl", "Smith", "2019-04-03", sex="F")))
    assert world.together("o", "b")
    world.feed(world.mention("a", who("Amelia", "Smith", "2019-04-03", sex="F")))
    assert not world.together("o", "b")
    assert not world.together("a", "b")
    assert sorted(r.state for r in world.reviews().values()) == ["open", "open"]


def test_an_unnamed_girl_is_not_her_twin_brother_though_one_record_of_his_gives_no_sex() -> None:
    world = World()
    world.feed(
        world.mention("girl", who("Baby", "Smith", "2026-01-20", sex="F", phone="07700900111")),
        world.mention("his", who("Rafferty", "Smith", "2026-01-20", phone="07700900111")),
        world.mention("boy", who("Rafferty", "Smith", "2026-01-20", sex="M")),
    )
    assert world.together("his", "boy")
    assert not world.together("girl", "boy")


@pytest.mark.parametrize(("twin", "one"), [("", True), ("Twin 2", False)])
def test_where_a_twin_is_spoken_of_a_child_without_a_name_may_be_the_other(twin: str, *, one: bool) -> None:
    world = World()
    world.feed(
        world.mention("baby", who("Baby Boy", "Smith", "2026-01-20", sex="M")),
        world.mention("named", who("Harry", "Smith", "2026-01-20", sex="M"), agency="education"),
    )
    if twin:
        world.feed(world.mention("twin", who(twin, "Smith", "2026-01-20", sex="M"), agency="police"))
    assert world.together("baby", "education/named") == one


def test_two_children_without_a_name_are_told_apart_by_a_number_that_fails_its_check() -> None:
    world = World()
    wrong = [Identifier(scheme="nhs_number", value="9990000018")]
    world.feed(
        world.mention("one", who("Baby", "Smith", "2026-01-20", nhs_number=nhs(3))),
        world.mention("two", who("Baby", "Smith", "2026-01-20", identifiers=wrong)),
        world.mention("named", who("Harry", "Smith", "2026-01-20"), agency="education"),
    )
    assert not world.together("one", "two")
    assert not world.together("one", "education/named")


def test_a_slip_in_the_birth_date_of_a_child_without_a_name_hides_it_from_nobody() -> None:
    assert joined(both(who("Baby Girl", "Smith", "2026-01-20", sex="F"), who("Ivy", "Smith", "2026-01-26", sex="F")))


def test_brothers_whose_names_begin_alike_are_two() -> None:
    one, other = who("Abdirahman", "Jama", "2017-11-20", sex="M"), who("Abdi", "Jama", "2018-10-15", sex="M")
    assert not joined(both(one, other))


def test_a_birth_date_that_is_none_parts_a_girl_from_a_woman_of_her_name() -> None:
    assert not joined(both(who("Anna", "Balogh", "2021-63-18", sex="F"), who("Anna", "Balogh", "1968-08-17", sex="F")))


def test_twins_named_later_are_told_apart_by_their_order() -> None:
    world = World()
    world.feed(
        world.mention("1", who("Twin 1", "Smith", "2026-01-20")),
        world.mention("2", who("Twin 2", "Smith", "2026-01-20")),
    )
    world.feed(
        world.mention("o", who("Olivia", "Smith", "2026-01-20", birth_order=1), agency="education"),
        world.mention("a", who("Amelia", "Smith", "2026-01-20", birth_order=2), agency="education"),
    )
    assert world.together("1", "education/o")
    assert world.together("2", "education/a")
    assert not world.together("1", "2")


def test_one_child_between_two_does_not_chain_them() -> None:
    """A record that holds both twins' first names (keyed by a tired hand) must not make them one."""
    world = World()
    tired = who("Olivia", "Smith", "2019-04-03").model_copy(
        update={
            "names": [Name(given="Olivia", family="Smith"), Name(given="Amelia", family="Smith", kind=NameKind.ALIAS)]
        }
    )
    world.feed(
        world.mention("o", OLIVIA), world.mention("a", who("Amelia", "Smith", "2019-04-03")), world.mention("t", tired)
    )
    assert not world.together("o", "a")


@pytest.mark.parametrize(("number", "one"), [("R201100018042", True), ("", False)])
def test_a_record_with_both_first_names_and_the_number_shows_that_they_are_one_childs(
    number: str, *, one: bool
) -> None:
    """Without the number the record that has both names might be a tired hand's, of twins."""
    upn = [Identifier(scheme="upn", value=number)] if number else []
    world = World()
    world.feed(
        world.mention("second", who("Ava", "Smith", "2019-04-03", sex="F", identifiers=upn)),
        world.mention("both", who("Chloe Ava", "Smith", "2019-04-03", sex="F", identifiers=upn)),
        world.mention("first", who("Chloe", "Smith", "2019-04-03", sex="F")),
    )
    assert world.together("first", "second") == one


def test_two_records_with_both_first_names_show_that_they_are_one_childs() -> None:
    world = World()
    world.feed(
        world.mention("second", who("Ava", "Smith", "2019-04-03", sex="F")),
        world.mention("first", who("Chloe", "Smith", "2019-04-03", sex="F")),
        world.mention("both", who("Chloe Ava", "Smith", "2019-04-03", sex="F")),
    )
    assert not world.together("first", "second")
    world.feed(world.mention("both", who("Chloe Ava", "Smith", "2019-04-03", sex="F"), agency="education"))
    assert world.together("first", "second")


@pytest.mark.parametrize("both_names", [True, False])
def test_one_record_with_both_first_names_and_another_with_the_others_number_show_it(*, both_names: bool) -> None:
    upn = [Identifier(scheme="upn", value="R201100018042")]
    world = World()
    world.feed(
        world.mention("second", who("Ava", "Smith", "2019-04-03", sex="F", identifiers=upn)),
        world.mention("first", who("Chloe", "Smith", "2019-04-03", sex="F")),
        world.mention("numbered", who("Chloe", "Smith", "2019-04-03", sex="F", identifiers=upn)),
    )
    if both_names:
        world.feed(world.mention("both", who("Chloe Ava", "Smith", "2019-04-03", sex="F"), agency="education"))
    assert world.together("first", "second") == both_names


@pytest.mark.parametrize(
    ("names", "one"),
    [
        (("Andy", "Andrew", "Andree"), True),
        (("Ewab", "Ewan", "Ewsn"), True),
        (("Amelia", "Millie", "Emily"), False),
    ],
)
def test_a_short_form_and_a_slip_of_one_name_are_one_childs(names: tuple[str, str, str], *, one: bool) -> None:
    """Two full names that share a short form may be sisters'."""
    world = World()
    world.feed(*(world.mention(n, who(n, "Smith", "2019-04-03", sex="F")) for n in names))
    assert world.together(names[0], names[2]) == one


def test_a_twins_number_on_the_other_twins_record_joins_nothing() -> None:
    upn = [Identifier(scheme="upn", value="R201100018042")]
    world = World()
    world.feed(
        world.mention("o", who("Olivia", "Smith", "2019-04-03", sex="F", identifiers=upn)),
        world.mention("wrong", who("Amelia", "Smith", "2019-04-03", sex="F", identifiers=upn)),
        world.mention("a", who("Amelia", "Smith", "2019-04-03", sex="F")),
    )
    assert not world.together("o", "a")


def test_a_mother_named_beside_her_daughter_is_not_her_daughter() -> None:
    world = World()
    world.feed(
        world.record(
            "r",
            subject("child", who("Ann", "Smith", ""), local="c"),
            subject("mother", who("Ann", "Smith", "", phone="07700900111"), local="m", role=Role.PARENT),
            ties=[("mother", "mother", "child")],
        )
    )
    assert not world.together("c", "m")


def test_an_expected_baby_is_the_baby_that_is_born() -> None:
    world = World()
    expected = who("Unborn", "Tarrant", "2026-02-10", precision=Precision.EXPECTED, phone="07700900111")
    world.feed(
        world.mention("u", expected), world.mention("b", who("Ivy", "Tarrant", "2026-01-30", phone="07700900111"))
    )
    # Weeks apart and unnamed: too little to join, enough to look at.
    assert [r.state for r in world.reviews().values()] == ["open"]


@pytest.mark.parametrize("restricted", ["adoption", "gender_recognition", "protected_person"])
def test_the_machine_never_bridges_a_sealed_identity(restricted: str) -> None:
    world = World()
    world.feed(world.mention("old", OLIVIA), world.mention("new", OLIVIA, agency="social_care", restricted=restricted))
    assert not world.together("old", "social_care/new")
    assert world.reviews() == {}


def test_a_confidential_address_matches() -> None:
    hidden = [Address(lines=["12 Mill Lane"], postcode="ZE9 9AA", confidential=True)]
    assert joined(both(who("Ada", "", "2012-05-06"), who("Ada", "", "2012-05-06", addresses=hidden)))


HOSTILE = [
    who("A" * 10_000, "B" * 10_000, "2019-04-03"),
    who("\x00\x1b[31m", "\u202e\u200f", "2019-04-03"),
    who("Ada", "Vosper", "2087-01-02"),
    who("Ada", "Vosper", "2019-13-45"),
    who("Ada", "Vosper", "not a date"),
    who("🙂", "'''", "", at="|"),
    who("Ada", "Vosper", "", identifiers=[Identifier(scheme="nhs_number", value=str(n) * 10) for n in range(50)]),
    who("", "", "", at="", identifiers=[Identifier(scheme="\x1f", value="\x1f")]),
    who("ملالا", "نور", "2019-04-03"),
]


@pytest.mark.parametrize("at", range(len(HOSTILE)))
def test_hostile_content_gets_a_person_of_its_own(at: int) -> None:
    world = World()
    world.feed(world.mention("a", HOSTILE[at]), world.mention("b", who("Peter", "Quinn", "1970-02-03", at=ELSEWHERE)))
    assert not world.together("a", "b")


def test_emptiness_joins_nothing() -> None:
    world = World()
    world.feed(*(world.mention(str(n), who(at="")) for n in range(30)))
    assert len(world.partition()) == 30
