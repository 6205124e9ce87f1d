"""What a county is made of: deterministic, made up, of realistic shape, with bounded memory."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bench.county import Config, generate
from bench.county.config import BadConfig
from bench.county.identifiers import is_drama_number, is_nhs_number, is_upn
from bench.county.places import POSTCODE_AREA, TOWNS
from bench.county.tables import words
from tests.county.conftest import AS_OF, PEOPLE, Made

ALLOCATED_AREAS = words(
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU GY HA HD "
    "HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH "
    "RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE ZZ"
)


def digest(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def native_text(made: Made) -> str:
    return "\n".join(
        p.read_text("utf-8") for p in sorted(made.path.rglob("*")) if p.is_file() and "truth" not in p.parts
    )


def test_same_seed_same_bytes_and_file_times(county: Made, tmp_path: Path) -> None:
    again = tmp_path / "again"
    generate(replace(county.config, out=again))
    assert digest(again) == digest(county.path)
    for item in again.rglob("*_*.*"):
        assert item.stat().st_mtime == (county.path / item.relative_to(again)).stat().st_mtime


def test_another_seed_other_people(county: Made, tmp_path: Path) -> None:
    generate(replace(county.config, out=tmp_path / "x", people=1_000, seed=12))
    generate(replace(county.config, out=tmp_path / "y", people=1_000, seed=13))
    same = digest(tmp_path / "x").items() & digest(tmp_path / "y").items()
    assert not [name for name, _ in same if not name.startswith("truth/")]


def test_the_number_of_people_asked_for(county: Made) -> None:
    people = county.truth("people.jsonl")
    assert county.summary.counts["people"] == len(people) == len({p["id"] for p in people}) == PEOPLE


def test_nhs_numbers_valid_distinct_and_of_the_test_range(county: Made) -> None:
    numbers = [p["nhs"] for p in county.truth("people.jsonl") if p["nhs"]]
    assert len(numbers) == len(set(numbers)) > 0.99 * PEOPLE
    assert all(is_nhs_number(n) and n.startswith("999") for n in numbers)


def test_upns_hold_but_for_planted_errors(county: Made) -> None:
    upns = re.findall(r"<UPN>(\w+)</UPN>", native_text(county))
    failing = [u for u in upns if not is_upn(u)]
    assert len(upns) > 300
    assert 0 < len(failing) < 0.03 * len(upns)


def test_no_source_id_belongs_to_two_people(county: Made) -> None:
    owners: dict[tuple[str, ...], str] = {}
    for person in county.truth("people.jsonl"):
        for entry in person["ids"]:
            assert owners.setdefault(tuple(entry), person["id"]) == person["id"]


def test_postcodes_and_towns_are_made_up(county: Made) -> None:
    assert POSTCODE_AREA not in ALLOCATED_AREAS
    found = set(re.findall(r"\b([A-Z]{1,2})\d{1,2} \d[A-Z]{2}\b", native_text(county)))
    assert found == {POSTCODE_AREA}
    assert len(set(TOWNS)) == len(TOWNS)


def test_telephone_numbers_are_ofcoms_for_drama(county: Made) -> None:
    # Digits of eleven that begin with 0: nothing else in these files has that shape.
    numbers = re.findall(r"(?<![\w.-])0\d{10}(?![\w.-])", native_text(county))
    assert len(numbers) > 1_000
    assert all(is_drama_number(n) for n in numbers)


def test_nothing_is_dated_on_the_last_day_or_later(county: Made) -> None:
    for item in county.path.rglob("*"):
        if item.is_file() and "truth" not in item.parts:
            assert date.fromisoformat(item.name[:10]) < AS_OF
    stamps = re.findall(r"MSH\|[^\r]*?\|(\d{14})\|", native_text(county))
    assert max(stamps) < AS_OF.strftime("%Y%m%d")


def test_households_have_structure(county: Made) -> None:
    kinds = {h["kind"] for h in county.truth("households.jsonl")}
    assert kinds >= {"single", "couple", "couple_children", "lone_parent", "step_family", "multigeneration", "sharers"}
    people = county.truth("people.jsonl")
    assert [p for p in people if p["birth_order"] == 2]
    assert [p for p in people if any(name.startswith("Baby ") for name in p["before"])]
    assert [h for h in county.truth("households.jsonl") if len(h["homes"]) > 1]


def test_a_moved_household_has_a_new_property(county: Made) -> None:
    for house in county.truth("households.jsonl"):
        uprns = [home["uprn"] for home in house["homes"]]
        assert len(set(uprns)) == len(uprns)
        assert all(re.fullmatch(r"999\d{9}", u) for u in uprns)


@pytest.mark.parametrize("change", [{"people": 499}, {"people": 1_400_001}, {"days": 119}])
def test_sizes_out_of_bounds_are_refused(county: Made, tmp_path: Path, change: dict[str, int]) -> None:
    with pytest.raises(BadConfig, match="Give"):
        replace(county.config, out=tmp_path / "n", **change)


def test_a_folder_in_use_is_refused(county: Made) -> None:
    with pytest.raises(BadConfig, match="not empty"):
        generate(county.config)


def test_memory_does_not_grow_with_people(tmp_path: Path) -> None:
    # A small spill size in a process of its own: four times the people may not take much more memory.
    code = (
        "import resource, sys; from datetime import date; from pathlib import Path; import bench.county.spool as spool;"
        "spool.SPILL_BYTES = 1 << 19; from bench.county import Config, generate;"
        "generate(Config(Path(sys.argv[1]), int(sys.argv[2]), 3, date(2026, 1, 5), 120));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = [
        int(
            subprocess.run(
                [sys.executable, "-c", code, str(tmp_path / n), n], check=True, capture_output=True, text=True
            ).stdout
        )
        for n in ("3000", "12000")
    ]
    assert peaks[1] < 1.25 * peaks[0]


def test_spilled_files_are_the_same(county: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.county.spool.SPILL_BYTES", 200_000)
    generate(replace(county.config, out=tmp_path / "spilled"))
    assert digest(tmp_path / "spilled") == digest(county.path)


def test_config_is_checked_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadConfig):
        Config(tmp_path / "never", 10, 1, AS_OF)
    assert not (tmp_path / "never").exists()
