"""Trials on a CSV file: any columns, any content, the stream's own core; scores; weights estimated without labels."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from bench.identity.families import families
from bench.identity.sample import Sample, Traits, mixed_kinds
from hub.state.memory import MemoryStore
from streams.identity.cli import app
from streams.identity.features import contribution_of
from streams.identity.model import load_model, read_model, shipped_model
from streams.identity.trial.csv_records import WrongFile, identity_of, read_records
from streams.identity.trial.memory import HashedRows
from streams.identity.trial.retrained import REGION, as_yaml, retrained
from streams.identity.trial.run import run
from streams.identity.trial.score import score
from streams.identity.trial.train import train

MODEL = shipped_model()


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def evaluate(path: Path, *more: str):
    out = path.with_suffix(".out")
    done = CliRunner().invoke(app, ["evaluate", str(path), "--clusters", str(out), "--json", *more])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    with out.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["record_id", "person_id"]
    return json.loads(done.stdout), rows[1:]


def test_a_file_is_grouped_and_measured(tmp_path) -> None:
    records = write(
        tmp_path / "r.csv",
        "record_id,given_name,surname,date_of_birth,identifiers,postcode,house",
        "a,Ada,Vosper,2012-05-06,nhs_number:9990000026,ZE9 9AA,12",
        "b,Ada,Vosper,20120506,,ZE9 9AA,12",
        "c,Peter,Quinn,1970-02-03,,ZE8 1BB,3",
    )
    truth = write(tmp_path / "t.csv", "record_id,person_id", "a,1", "b,1", "c,2")
    figures, rows = evaluate(records, "--truth", str(truth))
    assert [r[0] for r in rows] == ["a", "b", "c"]
    assert rows[0][1] == rows[1][1] != rows[2][1]
    assert figures["score"]["f1"] == 1
    assert figures["model"] == MODEL.version


HOSTILE = [
    ["h1", "police", "A" * 10_000, "B" * 10_000, "1899-12-30", "F", "|".join(f"x{n}:{n * 7}" for n in range(50))],
    ["h2", "\x00\x1b[31m", "\u202e\u200f", "\u202e\u200f", "2087-01-02", "?", ":::|::|:|nhs_number:|:9"],
    ["h3", "", "", "", "", "", ""],
    ["h4", "", "", "", "", "", ""],
    ["", "x" * 500, "'''", "\n\n", "not a date", "M", "nhs_number:9999999999"],
    ["", "x", "DROP TABLE", "--", "00000000", "M", "nhs_number:9999999999"],
    ["h5", "x", "ملالا", "نور", "9999-99-99", "F", "=cmd|' /C calc'!A0"],
    ["h6", "x", "Unknown", "Unknown", "1900-01-01", "M", "nhs_number:0000000000"],
    ["h7", "x", "Unknown", "Unknown", "1900-01-01", "M", "nhs_number:0000000000"],
]


def test_hostile_rows_are_persons_of_their_own_and_nothing_raises(tmp_path) -> None:
    path = tmp_path / "hostile.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["record_id", "agency", "given_name", "surname", "date_of_birth", "sex", "identifiers"])
        writer.writerows(HOSTILE)
    figures, rows = evaluate(path)
    assert len(rows) == len(HOSTILE) == len({person for _, person in rows})
    assert figures["rejects"] == 0


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "given_name",
                "surname",
                "date_of_birth",
                "sex",
                "identifiers",
                "house",
                "street",
                "town",
                "postcode",
                "uprn",
                "phone",
                "previous_surnames",
            ]
        ),
        st.text(max_size=30),
    )
)
def test_any_row_has_features(cells) -> None:
    contribution_of(identity_of(cells), MODEL.tables)


@pytest.mark.parametrize(
    ("lines", "says"),
    [(["name,surname", "a,b"], "no column record_id"), (["record_id,colour", "a,b"], "tells who"), ([""], "no column")],
)
def test_a_wrong_file_says_so(tmp_path, lines: list[str], says: str) -> None:
    with pytest.raises(WrongFile, match=says):
        list(read_records(write(tmp_path / "w.csv", *lines)))


def test_a_truth_of_other_records_says_so(tmp_path) -> None:
    records = write(tmp_path / "r.csv", "record_id,surname", "a,b")
    truth = write(tmp_path / "t.csv", "record_id,person_id", "z,1")
    with pytest.raises(WrongFile, match="belong together"):
        evaluate(records, "--truth", str(truth))


def test_what_is_deferred_is_done_in_the_end(tmp_path) -> None:
    path, _ = families(30, 4).write(tmp_path)
    bound = replace(MODEL, limits=MODEL.limits.model_copy(update={"candidates": 1, "backlog": 1}))
    free = run(read_records(path), MODEL)
    held = run(read_records(path), bound)
    assert held.deferred > 0
    assert held.persons == free.persons


@pytest.mark.parametrize("seed", [11, 12])
def test_no_twins_are_joined_whom_a_first_name_tells_apart(tmp_path, seed: int) -> None:
    sample = families(250, seed)
    path, _ = sample.write(tmp_path)
    found = dict(run(read_records(path), MODEL).persons)
    assert score(found, sample.truth).precision > 0.99
    named = {
        r["record_id"]
        for r in sample.records
        if len(r["given_name"]) > 2 and not r["given_name"].startswith(("Baby", "Twin", "Unk", "U/K"))
    }
    told = {r: person for r, person in found.items() if r in named}
    assert mixed_kinds(sample, told)["twins"] == 0


@given(
    st.lists(st.tuples(st.sampled_from([b"a", b"b", b"w"]), st.binary(max_size=10), st.booleans()), max_size=40),
    st.binary(max_size=4),
)
def test_rows_in_a_hash_table_are_as_rows_in_order(changes, prefix: bytes) -> None:
    one, other = HashedRows(), MemoryStore()
    for table, rest, gone in changes:
        for store in (one, other):
            store.delete(table + rest) if gone else store.put(table + rest, rest)
    assert len(one) == len(other)
    for start in (b"", b"a", b"w", prefix, *(t + r for t, r, _ in changes)):
        assert list(one.scan(start)) == list(other.scan(start))
        assert one.get(start) == other.get(start)


def test_scores() -> None:
    truth = {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2}
    found = score({"a": "x", "b": "x", "c": "y", "d": "y", "e": "z"}, truth)
    assert (found.precision, found.recall) == (0.5, 0.25)
    assert (found.mixed, found.split) == (1, 2)
    assert found.bcubed_precision == pytest.approx(0.8)
    assert found.bcubed_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 0.5 + 0.5) / 5)
    assert score(truth, truth).f1 == 1


def test_kinds_of_mixes() -> None:
    people = {"p": Traits(1, "2020-01-01", "A"), "q": Traits(1, "2020-01-01", "B"), "s": Traits(2, "2020-01-01", "A")}
    sample = Sample("x", [], {"1": "p", "2": "q", "3": "s", "4": "s"}, people)
    assert mixed_kinds(sample, {"1": "c", "2": "c", "3": "d", "4": "d"}) == {"twins": 1}
    assert mixed_kinds(sample, {"1": "c", "2": "d", "3": "d", "4": "d"}) == {"strangers": 1}


def features_of(path: Path):
    return [contribution_of(row.record.subjects[0].identity, MODEL.tables).features for row in read_records(path)]


def test_weights_are_estimated_and_the_model_loads(tmp_path) -> None:
    path, _ = families(70, 3).write(tmp_path)
    out = tmp_path / "model.yaml"
    done = CliRunner().invoke(app, ["train", str(path), "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert figures["families"] is True
    model = load_model(out)
    assert model.version == figures["model"] != MODEL.version
    assert model.link == MODEL.link
    assert model.weights["birth"]["exact"] > 8_000
    assert model.weights["sex"]["differ"] < 0
    found = score(dict(run(read_records(path), model).persons), families(70, 3).truth)
    assert found.precision > 0.99
    assert found.f1 > 0.9


def test_records_of_people_who_share_no_house_have_no_families(tmp_path) -> None:
    def name(n: int) -> str:
        """Names that sound apart."""
        return "".join("BAKEDIFOGUJALEMINOPURAS"[2 * (n // 11**place % 11) :][:2] for place in range(3))

    lines = [
        f"{n}-{copy},{name(n)},{name(7 * n + 5)}BY,{1930 + n % 60}-{n % 12 + 1:02}-{n % 27 + 2:02},{n},High St,ZE{n % 90} {n % 9}AA"
        for n in range(100)
        for copy in range(2)
    ]
    path = write(tmp_path / "r.csv", "record_id,given_name,surname,date_of_birth,house,street,postcode", *lines)
    raw, _ = read_model()
    found = train(features_of(path), MODEL, raw.levels)
    assert found.families is False
    assert 93 <= found.matches <= 107
    small = retrained(raw, found, people=REGION // 1024)
    assert small.thresholds.link == raw.thresholds.link - 10
    (tmp_path / "m.yaml").write_text(as_yaml(small, "r.csv", REGION // 1024), "utf-8")
    assert load_model(tmp_path / "m.yaml").families is False
