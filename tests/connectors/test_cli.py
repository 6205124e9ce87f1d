"""`mash connector`: preview, check and formats need no Kafka, show every field, and send nothing."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.cli import _was_read, app
from connectors.kit.flat import Trace
from connectors.kit.source import look_at
from connectors.kit.tally import Tally
from hub.ids import Pseudonyms
from hub.messages import AgencyRecord

NOTICES = (
    "notice_reference,notice_kind,given_name,date_of_birth,shoe size\n"
    "PPN-1,child,Ilo,02/04/2019,34\n"
    "PPN-2,parking,Ada,,\n"
    "PPN-3,child\n"
    "PPN-4,adult,Bo,,\n"
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path / "var"))
    path = tmp_path / "notices.txt"
    path.write_text(NOTICES, "utf-8")
    return path


def call(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize("name", ["auto", "police.notice.csv"])
def test_preview_gives_machines_a_line_a_record_or_reject(file: Path, name: str) -> None:
    lines = [json.loads(line) for line in call("preview", name, str(file), "--json").splitlines()]
    assert [next(iter(line)) for line in lines] == ["record", "reject", "reject", "record"]
    first = AgencyRecord.model_validate(lines[0]["record"])
    assert first.subjects[0].identity.names[0].given == "Ilo"
    assert set(lines[1]["reject"]) == {"position", "reason", "detail"}
    assert [line["reject"]["reason"] for line in lines[1:3]] == ["wrong-columns", "unknown-kind"]


def test_preview_shows_people_each_field_its_source_and_the_counts(file: Path) -> None:
    out = call("preview", "auto", str(file))
    for text in (
        "Police protection notice on a child", "Ilo", "from 1/given_name", "2019-04-02", "from 1/date_of_birth",
        "kept without a map", "shoe size", "Set aside: unknown-kind", "Set aside: wrong-columns", "Nothing was sent",
    ):  # fmt: skip
        assert text in out


def test_preview_stops_at_its_limit_and_writes_nothing_down(file: Path, tmp_path: Path) -> None:
    assert len(call("preview", "auto", str(file), "--json", "--limit", "1").splitlines()) == 1
    assert not (tmp_path / "var").exists()


def test_preview_of_what_no_format_takes_is_one_reject(tmp_path: Path) -> None:
    path = tmp_path / "letter.csv"
    path.write_text("Dear colleague", "utf-8")
    (line,) = call("preview", "auto", str(path), "--json").splitlines()
    assert json.loads(line)["reject"]["reason"] == "unknown-format"


def test_check_counts_a_folder(file: Path) -> None:
    (file.parent / "empty.csv").touch()
    said = json.loads(call("check", str(file.parent), "--json"))
    assert said["total"] == {
        "files": 2, "records": 2, "rejected": 3,
        "reasons": {"empty-file": 1, "unknown-kind": 1, "wrong-columns": 1},
    }  # fmt: skip
    assert "2 files: 2 records, 3 set aside" in call("check", str(file.parent))


def test_formats_are_listed() -> None:
    names = {row["name"] for row in json.loads(call("formats", "--json"))}
    assert {"police.notice.csv", "police.notice.json", "health.hl7v2.adt", "social_care.contact.csv"} <= names


@pytest.mark.parametrize("command", ["preview", "check", "run", "formats"])
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    assert f"Example: mash connector {command}" in call(command, "--help")


def test_a_result_is_traced_to_its_source_by_what_it_says() -> None:
    trace = Trace({"DOB": "02/04/2019", "Tel": "+44 7700 900123", "marac": "Y", "n": ["a"]})
    assert trace.of("identity.birth.value", "2019-04-02") == "DOB"
    assert trace.of("identity.telephones", "07700900123") == "Tel"
    assert trace.of("facts[da.dash].attributes.marac", "yes") == "marac"
    assert trace.of("nothing", "of the kind") == ""


def test_a_file_that_cannot_be_read_leaves_the_others(file: Path) -> None:
    (file.parent / "a.csv").symlink_to("/proc/self/mem")  # opens and cannot be read, even by root
    said = json.loads(call("check", str(file.parent), "--json"))
    assert said["total"]["records"] == 2
    assert said["total"]["reasons"]["unreadable-file"] == 1


def test_a_run_goes_on_after_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    class Runner:
        def run(self, path: Path, _tally: Tally) -> None:
            look_at(path, Pseudonyms(b"k" * 32, "demo"))

    readable = tmp_path / "a.csv"
    readable.touch()
    paths = (Path("/proc/self/mem"), tmp_path / "gone.csv", readable)
    for patient, expected in ((False, [False, False, True]), (True, [False, True, True])):
        done = [_was_read(Runner(), p, Tally(), threading.Event(), patient=patient) for p in paths]  # type: ignore[arg-type]
        assert done == expected
