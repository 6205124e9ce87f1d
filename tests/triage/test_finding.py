"""What a check answers to: its number's beginning, a whole number of the person, the beginnings of one name's parts."""

from __future__ import annotations

import pytest

from hub.messages import Identity
from hub.messages.record import Identifier, Name, NameKind
from triage.finding import answers

CHECK = "3f2a91c0-0000-5000-8000-000000000001"
PEOPLE = [
    Identity(
        names=[Name(given="Zoë Anne", family="Okoro-Vale"), Name(kind=NameKind.ALIAS, given="Zed", family="O'Hara")],
        identifiers=[Identifier(scheme="nhs_number", value="9990000018")],
    )
]


@pytest.mark.parametrize(
    ("term", "by"),
    [
        ("3F2A", "reference"),
        ("3f2a91c0", "reference"),
        ("3f2", ""),
        ("999 000 0018", "number"),
        ("999000", ""),
        ("zoe okoro", "name"),
        ("Okoro Vale", "name"),
        ("OKOROVALE", "name"),
        ("ohara", "name"),
        ("Anne", "name"),
        ("zoe ohara", ""),
        ("zed vale", ""),
        ("koro", ""),
        ("z", ""),
        ("' or 1=1 --", ""),
        ("%", ""),
        ("", ""),
    ],
)
def test_what_it_answers_to(term, by):
    assert answers(term, CHECK, PEOPLE) == by


def test_nobody_is_nobody():
    assert answers("okoro", CHECK, []) == ""
