"""What holds of any pack: level 2 alone opens nothing, an echo is no corroboration, one proxy of poverty, no context."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from streams.picture.rules.engine import Engine
from streams.picture.stories import Trigger, play
from streams.picture.story import Happening, Someone, Story, Tie

START = date(2026, 1, 5)
PEOPLE = {
    "child": Someone(role="child", born=date(2011, 5, 5)),
    "mother": Someone(role="adult", born=date(1985, 2, 2)),
    "adult": Someone(role="adult", born=date(1950, 2, 2)),
}
TIES = [Tie(of="child", other="mother", relation="mother")]


def told(
    engine: Engine, *happens: Happening, people: dict[str, Someone] | None = None, days: int = 60
) -> list[Trigger]:
    """Play happenings on a child who is on a school's roll, and so is seen."""
    roll = Happening(day=START, agency="education", about="child", facts=["school.roll"])
    story = Story(
        story="made up for a test", people=PEOPLE | (people or {}), ties=TIES, happens=[roll, *happens],
        until=START + timedelta(days=days), expect=[],
    )  # fmt: skip
    return play(story, engine)


def rules(triggers: list[Trigger]) -> list[tuple[str, int]]:
    return [(t.proposal.fired[0].rule_id, t.proposal.level) for t in triggers]


def at(day: int, agency: str, *facts: str | dict, about: str = "child", **more: str) -> Happening:
    return Happening(day=START + timedelta(days=day), agency=agency, about=about, facts=list(facts), **more)


LEVEL_2 = [
    at(1, "police", "missing.reported"),
    at(2, "education", "suspension"),
    at(3, "education", {"attendance.summary": {"absence_rate": "0.2", "sessions": "80"}}),
    at(4, "youth", "yj.disposal"),
]


@pytest.mark.parametrize("left_out", range(len(LEVEL_2)))
def test_level_2_opens_only_as_a_signed_off_accumulation_of_four(engine: Engine, left_out: int) -> None:
    # Not more than three of level 2, however many agencies: nothing. Four in three agencies: CB04, which says so.
    fewer = [h for n, h in enumerate(LEVEL_2) if n != left_out]
    assert told(engine, *fewer) == []
    assert rules(told(engine, *LEVEL_2)) == [("CB04", 3)]
    assert [c.id for c in engine.pack.combinations if c.accumulates] == ["CB04", "CB13"]


def test_no_number_of_level_2_of_two_agencies_opens(engine: Engine) -> None:
    many = [
        *LEVEL_2[:3],
        *(at(n, "police", "missing.reported", incident=f"M{n}") for n in (40,)),
        at(6, "police", "notice.child", incident="N1"),
        at(7, "education", *["concern.low"] * 4),
    ]
    assert told(engine, *many) == []


def test_agencies_are_counted_per_originating_incident(engine: Engine) -> None:
    crime = at(1, "police", "weapon.child", incident="W1")
    echo = at(3, "education", "concern.injury", prompted_by="W1")
    apart = at(3, "education", "concern.injury", incident="S1")
    assert told(engine, crime, echo) == [], "the school only wrote down what police told it"
    assert rules(told(engine, crime, apart)) == [("CB02", 3)]


def test_an_incident_under_one_reference_in_two_systems_is_one(engine: Engine) -> None:
    incidents = [
        at(n, agency, "da.incident", about="mother", incident="A1")
        for n, agency in enumerate(["police", "health", "social_care", "housing"])
    ]
    assert told(engine, *incidents) == [], "four agencies tell of one incident: no repeated violence"


def test_at_most_one_poverty_proxy_counts(engine: Engine) -> None:
    proxies = [LEVEL_2[2], at(4, "housing", "homeless.app"), at(5, "health", "check.missed", incident="C1")]
    proxies.append(at(6, "health", "check.missed", incident="C2"))
    beside = [at(1, "police", "missing.reported"), at(2, "education", "suspension")]
    assert told(engine, *beside, *proxies) == [], "three proxies stand for one of the four that CB04 asks for"
    assert rules(told(engine, *beside, *proxies, at(7, "youth", "yj.disposal"))) == [("CB04", 3)]


def test_a_poverty_proxy_beside_level_3_counts_once(engine: Engine) -> None:
    grave = at(1, "health", "ae.selfharm")
    proxies = [LEVEL_2[2], at(4, "housing", "homeless.app")]
    assert told(engine, grave, *proxies) == [], "CB03 asks for two of level 2"
    assert rules(told(engine, grave, *proxies, LEVEL_2[0])) == [("CB03", 3)]


def test_context_never_counts(engine: Engine) -> None:
    known = at(1, "health", "mh.open", about="mother")
    violence = at(2, "police", "da.incident", about="mother", incident="A1")
    assert told(engine, known, violence) == []
    crisis = at(3, "health", "mh.crisis", about="mother")
    assert rules(told(engine, known, violence, crisis))[0] == ("CB05", 3), "a crisis does: not context"


@pytest.mark.parametrize(
    ("who", "fact"),
    [
        (Someone(role="child", born=START - timedelta(days=250)), ""),
        (Someone(role="unborn", due=START + timedelta(days=100)), ""),
        (Someone(role="child", born=date(2016, 1, 1)), "disability.dependent"),
    ],
    ids=["under one", "unborn", "dependent"],
)
def test_who_cannot_wait_is_raised_once_and_never_to_4(engine: Engine, who: Someone, fact: str) -> None:
    family = [at(1, "health", "concern.neglect", "seen"), at(2, "police", "notice.child")]
    assert told(engine, *family, days=20) == [], "an older child: one of level 3 and one of level 2 is one short"
    family.insert(0, at(0, "health", "gp.registered", *([fact] if fact else [])))
    raised = told(engine, *family, people={"child": who}, days=20)
    assert rules(raised) == [("CB15", 3)]
    grave = told(engine, *family, at(3, "education", "exclusion.permanent"), people={"child": who}, days=20)
    assert max(level for _, level in rules(grave)) == 3


def test_concerns_about_one_provider_count_and_about_several_do_not(engine: Engine) -> None:
    def concerns(*providers: str) -> list[Happening]:
        return [
            at(n, agency, {"provider.concern": {"value": provider}}, about="adult", incident=f"P{n}")
            for n, (agency, provider) in enumerate(zip(("health", "adult_social_care", "fire"), providers, strict=True))
        ]

    # One of level 3 by itself opens nothing; with another agency's it does.
    other = at(9, "police", "financial.concern", about="adult")
    assert rules(told(engine, *concerns("HOME-1", "HOME-1", "HOME-1"), other)) == [("CB12", 3)]
    assert told(engine, *concerns("HOME-1", "HOME-2", "HOME-3"), other) == []
    assert told(engine, *concerns("HOME-1", "HOME-1", "HOME-1")) == []
