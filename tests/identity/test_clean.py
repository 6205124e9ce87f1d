"""Cleaning, step by step."""

from __future__ import annotations

import pytest

from hub.messages.record import Address, BirthDate, Identifier, Name, NameKind, Precision
from streams.identity.clean.contact import clean_email, clean_phone
from streams.identity.clean.dates import clean_birth
from streams.identity.clean.identifiers import clean_identifier, nhs_number_holds, uln_holds, upn_holds
from streams.identity.clean.names import CleanName, clean_name, placeholder_sex
from streams.identity.clean.places import clean_place, clean_postcode, house_of
from streams.identity.clean.text import LONGEST, fold
from streams.identity.errors import ModelWrong
from streams.identity.model import load_model, shipped_model

TABLES = shipped_model().tables


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  José  María ", "JOSE MARIA"),
        ("O\u2019Brien-\u0141ukasz", "OBRIEN LUKASZ"),
        ("a\u202eb\x00c\u200fd", "ABCD"),
        ("Stra\u00dfe", "STRASSE"),
        ("", ""),
        ("...", ""),
        ("نور", "نور"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_fold_looks_at_a_bounded_part() -> None:
    assert len(fold("x" * 100_000)) == LONGEST


@pytest.mark.parametrize(
    ("given", "family", "clean"),
    [
        ("Mr John", "Smith", CleanName("JOHN", (), "SMITH")),
        ("Anne-Marie", "Smith", CleanName("ANNE", ("MARIE",), "SMITH")),
        ("Ian", "Mc Donald", CleanName("IAN", (), "MCDONALD")),
        ("Ian", "van der Berg", CleanName("IAN", (), "VANDERBERG")),
        ("Ali", "Al-Hassan", CleanName("ALI", (), "ALHASSAN")),
        ("Jo", "St", CleanName("JO", (), "ST")),
        ("Ada", "Smith-Jones", CleanName("ADA", (), "SMITH JONES")),
        ("Baby Girl", "Smith", CleanName("", (), "SMITH")),
        ("BABY BOY", "Smith", CleanName("", (), "SMITH")),
        ("O Hayley", "O Brien", CleanName("O", ("HAYLEY",), "OBRIEN")),
        ("Chowdhury", "Baby Girl", CleanName("", (), "CHOWDHURY")),
        ("Chowdhury", "Twin 2", CleanName("", (), "CHOWDHURY", 2)),
        ("Ada", "Unknown", CleanName("ADA", (), "")),
        ("Twin 2", "Smith", CleanName("", (), "SMITH", 2)),
        ("Twin A", "Smith", CleanName("", (), "SMITH", 1)),
        ("Triplet Three", "Smith", CleanName("", (), "SMITH", 3)),
        ("Unknown", "UNKNOWN", CleanName("", (), "")),
        ("N/K", "Smith", CleanName("", (), "SMITH")),
        ("", "", CleanName("", (), "")),
        ("Unknown James", "Smith", CleanName("", ("JAMES",), "SMITH")),
        ("U/K Anne-Marie", "Smith", CleanName("", ("ANNE", "MARIE"), "SMITH")),
        ("Unknown Female", "Smith", CleanName("", (), "SMITH")),
        ("Male infant", "Smith", CleanName("", (), "SMITH")),
        ("Second twin", "Smith", CleanName("", (), "SMITH", 2)),
        ("Girl Twin 2", "Smith", CleanName("", (), "SMITH", 2)),
        ("BabyGirl", "Smith", CleanName("", (), "SMITH")),
        ("TwinA", "Smith", CleanName("", (), "SMITH", 1)),
        ("A", "Smith", CleanName("A", (), "SMITH")),
        ("Na Li", "Wang", CleanName("NA", ("LI",), "WANG")),
        ("Ada", "Unknown Smith", CleanName("ADA", (), "SMITH")),
    ],
)
def test_names(given: str, family: str, clean: CleanName) -> None:
    assert clean_name(Name(given=given, family=family), TABLES) == clean


def test_a_name_that_the_source_calls_a_placeholder_is_missing() -> None:
    assert clean_name(Name(given="Peanut", family="Smith", kind=NameKind.PLACEHOLDER), TABLES).first == ""


@pytest.mark.parametrize(
    ("value", "precision", "clean"),
    [
        ("2012-05-06", "day", ("2012-05-06", "d")),
        ("2012-05", "month", ("2012-05", "m")),
        ("2012", "year", ("2012", "y")),
        ("2012-05-06", "year", ("2012", "y")),
        ("2012-01-01", "day", ("2012", "y")),
        ("2026-02-10", "expected", ("2026-02-10", "e")),
        ("1900-01-01", "day", None),
        ("1899-12-30", "day", None),
        ("2012-05-06", "placeholder", None),
        ("2012-02-30", "day", ("2012-02-30", "w")),  # its digits still tell: a slip of 2012-02-20
        ("2012-00-00", "day", None),
        ("3012-02-03", "day", ("3012-02-03", "w")),
        ("9999-12-31", "day", None),
        ("0000-00-00", "day", None),
        ("yesterday", "day", None),
        ("", "day", None),
    ],
)
def test_birth_dates(value: str, precision: str, clean: tuple[str, str] | None) -> None:
    assert clean_birth(BirthDate(value=value, precision=Precision(precision))) == clean


def test_nhs_numbers() -> None:
    assert nhs_number_holds("9990000026")
    assert not nhs_number_holds("9990000027")
    assert not nhs_number_holds("9999999999")
    assert not nhs_number_holds("999000002")
    assert not nhs_number_holds("99900000٢٦")


@pytest.mark.parametrize("upn", ["R201100018042", "T20110001804V"])
def test_upns_of_the_published_vectors_hold(upn: str) -> None:
    assert upn_holds(upn)
    assert not upn_holds(("A" if upn[0] != "A" else "B") + upn[1:])


def test_ulns() -> None:
    good = [f"10000000{n:02}" for n in range(100) if uln_holds(f"10000000{n:02}")]
    assert 8 <= len(good) <= 10  # one check digit for each nine-digit stem but those with remainder 0
    assert not uln_holds("0000000000")


@pytest.mark.parametrize(
    ("scheme", "value", "clean"),
    [
        ("nhs_number", "999 000 0026", ("nhs_number", "9990000026", "v", False)),
        ("nhs_number", "9990000027", ("nhs_number", "9990000027", "f", False)),
        ("former_upn", "R201100018042", ("upn", "R201100018042", "v", True)),
        ("pnc", "1979/0163001B", ("pnc", "790163001B", "u", False)),
        ("pnc", "79/163001b", ("pnc", "790163001B", "u", False)),
        ("nhs_number", "0000000000", None),
        ("hospital_number", "unknown", None),
        ("", "123", None),
    ],
)
def test_identifiers(scheme: str, value: str, clean: tuple[object, ...] | None) -> None:
    found = clean_identifier(Identifier(scheme=scheme, value=value))
    assert (None if found is None else tuple(found)) == clean


def test_a_local_number_is_of_its_issuer() -> None:
    found = clean_identifier(Identifier(scheme="hospital_number", value="42", issuer="RZ9"))
    assert found is not None
    assert found.value == "RZ9/42"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("ze99aa", "ZE9 9AA"),
        ("ZE9 9AA", "ZE9 9AA"),
        ("ZZ99 3VZ", ""),
        ("ZZ9 3VZ", "ZZ9 3VZ"),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_postcodes(text: str, clean: str) -> None:
    assert clean_postcode(text) == clean


@pytest.mark.parametrize(
    ("lines", "house"),
    [
        (["12 Mill Lane"], "12"),
        (["Flat 3", "12a Mill Lane"], "3-12A"),
        (["Rose Cottage", "Mill Lane"], "ROSE COTTAGE"),
        (["Mill Lane"], ""),
        ([], ""),
    ],
)
def test_houses(lines: list[str], house: str) -> None:
    assert house_of(lines) == house


def test_places_that_are_none() -> None:
    assert clean_place(Address(no_fixed_abode=True, postcode="ZE9 9AA")) is None
    assert clean_place(Address()) is None
    found = clean_place(Address(uprn="000100012345"))
    assert found is not None
    assert found.uprn == "100012345"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("07700 900123", "7700900123"),
        ("+44 7700 900123", "7700900123"),
        ("0000 000 0000", ""),
        ("ext 12", ""),
        ("", ""),
    ],
)
def test_telephones(text: str, clean: str) -> None:
    assert clean_phone(text) == clean


def test_e_mails() -> None:
    assert clean_email(" A.B@Example.ORG ") == "a.b@example.org"
    assert clean_email("none@") == clean_email("nobody") == clean_email("none@example.org") == ""


def test_a_model_that_is_wrong_says_so(tmp_path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text("version: x\n", "utf-8")
    with pytest.raises(ModelWrong, match="packs/match"):
        load_model(path)


@pytest.mark.parametrize(
    ("given", "sex"), [("Baby Girl", "F"), ("BABY BOY", "M"), ("Twin 1 Male", "M"), ("Baby", ""), ("Boy George", "")]
)
def test_a_placeholder_may_tell_the_sex(given: str, sex: str) -> None:
    assert placeholder_sex(Name(given=given, family="Smith"), TABLES) == sex
