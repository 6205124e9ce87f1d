"""Which format a file is: by its content, and never by a guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import registry
from connectors.kit.api import Unreadable
from connectors.police.formats import PoliceNoticeCsv

POLICE = b"notice_reference,notice_kind\n1,child\n"


def test_names_are_unique_and_each_finds_its_format() -> None:
    names = [fmt.name for fmt in registry.FORMATS]
    assert len(set(names)) == len(names)
    assert all(registry.by_name(name).name == name for name in names)


def test_the_content_decides_and_not_the_name() -> None:
    assert registry.recognise(POLICE, "pupils.xml").name == "police.notice.csv"


@pytest.mark.parametrize(
    ("head", "reason", "said"),
    [
        (b"", "empty-file", "empty"),
        (b" \n", "empty-file", "empty"),
        (b"PK\x03\x04....", "unknown-format", "spreadsheet"),
        (b"%PDF-1.7", "unknown-format", "PDF"),
        ("a,b".encode("utf-16"), "unknown-format", "UTF-16"),
        (b'<?xml version="1.0" encoding="klingon"?><Message/>', "unknown-format", "formats"),
        (b"Dear colleague,\n", "unknown-format", "formats"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>', "entity-bomb", "DOCTYPE"),
    ],
)
def test_what_no_format_takes_says_what_it_seems_to_be(head: bytes, reason: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said) as refused:
        registry.recognise(head, "x.csv")
    assert refused.value.reason == reason


def test_two_formats_that_both_fit_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FORMATS", (PoliceNoticeCsv(), PoliceNoticeCsv()))
    with pytest.raises(Unreadable, match=r"police.notice.csv, police.notice.csv") as refused:
        registry.recognise(POLICE, "x.csv")
    assert refused.value.reason == "ambiguous-format"


def test_a_name_that_is_none_lists_those_that_are() -> None:
    with pytest.raises(Unreadable, match=r"police.notice.csv"):
        registry.by_name("police.csv")


def test_no_connector_fails_on_any_sample(samples: Path) -> None:
    """Nothing crashes, and every file gives records or rejects with a reason (published samples of 20 systems)."""
    from connectors.cli import _checked
    from hub.settings import Settings

    rows = [_checked(registry.AUTO, path, Settings()) for path in sorted(samples.rglob("*")) if path.is_file()]
    assert len(rows) > 400
    for row in rows:
        assert row["records"] or row["rejected"], row
        assert "connector-error" not in row["reasons"], row  # type: ignore[operator]


def test_no_named_format_fails_on_a_sample_of_another(samples: Path) -> None:
    from connectors.cli import _checked
    from hub.settings import Settings

    smallest: dict[tuple[str, str], Path] = {}
    for path in sorted((p for p in samples.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size, reverse=True):
        smallest[path.relative_to(samples).parts[0], path.suffix] = path
    for fmt in registry.FORMATS:
        for path in smallest.values():
            row = _checked(fmt.name, path, Settings())
            assert "connector-error" not in row["reasons"], (fmt.name, row)  # type: ignore[operator]
