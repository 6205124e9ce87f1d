"""`mash rules backtest` and `shadow` on a family's records: what they say, what they refuse, what they never show."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from hub.errors import Fatal
from hub.messages.record import Operation, Whence
from packs import HERE
from streams.backtest.cli import app
from streams.backtest.history import HistoryWrong
from tests.backtest.made import CHILDREN, READ, family, record, written


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_backtest_says_when_why_of_whom_and_what_followed(tmp_path: Path) -> None:
    history = written(tmp_path / "history.jsonl", family())
    report = json.loads(run("backtest", history, "--chart", tmp_path / "chart.svg", "--json"))
    assert report["begun"] == 1
    assert [day for day, n in report["by_day"].items() if n] == ["2026-03-20"]
    assert {r["rule"] for r in report["rules"]} == {"CB02", "ED05", "HE04"}
    assert report["agencies"] == {"education": 1, "health": 1}
    assert report["outcomes"] == [1, 1], "an enquiry in May: within 90 days"
    assert report["children"] == 2
    rates = {r["group"]: (r["triggered"], r["people"]) for r in report["fairness"]["ethnicity"]}
    assert rates == {"White": (1, 1), "Asian or Asian British": (0, 1)}
    assert report["unrecorded"]["disability"] == 1.0
    assert ET.fromstring((tmp_path / "chart.svg").read_text("utf-8")) is not None


def test_nothing_personal_leaves_a_report_or_a_comparison(tmp_path: Path) -> None:
    history = written(tmp_path / "history.jsonl", family())
    said = run("backtest", history) + run("backtest", history, "--json", "--chart", tmp_path / "chart.svg")
    said += run("shadow", HERE / "rules" / "thistlemere.yaml", history, "--json")
    said += (tmp_path / "chart.svg").read_text("utf-8")
    for personal in ("Ada", "Ben", "Thistle ", "Made Up", "1AA", *(number for number, *_ in CHILDREN.values())):
        assert personal not in said


def test_whoever_is_restricted_does_not_show_even_in_a_count(tmp_path: Path) -> None:
    open_ones = family()
    first = open_ones[0].subjects[0]
    adopted = first.model_copy(update={"restricted": "adoption", "local_person_id": "Cy"})
    secret = open_ones[0].model_copy(update={"local_id": "secret", "subjects": [adopted]})
    later = record("Ben", "2026-05-01", "housing", "homeless.app")
    taken_in = later.model_copy(update={"operation": Operation.RESTRICT, "version": 2, "recorded_at": READ})
    said = [json.loads(run("backtest", written(tmp_path / "h.jsonl", records), "--json"))
            for records in (open_ones, [*open_ones, secret, later, taken_in])]  # fmt: skip
    assert said[0]["people"] == said[1]["people"] == 2
    assert said[0]["fairness"] == said[1]["fairness"]


def test_records_out_of_order_and_back_loaded_are_told_on_their_day(tmp_path: Path) -> None:
    back_loaded = Whence(connector="made", position="line 1", history=True)
    records = [r.model_copy(update={"whence": back_loaded}) for r in reversed(family())]
    report = json.loads(run("backtest", written(tmp_path / "h.jsonl", records), "--json"))
    assert [day for day, n in report["by_day"].items() if n] == ["2026-03-20"]


def test_what_was_known_before_the_days_that_count_is_known_and_not_counted(tmp_path: Path) -> None:
    history = written(tmp_path / "h.jsonl", family())
    report = json.loads(run("backtest", history, "--until", "2026-04-30", "--days", "30", "--json"))
    assert (report["first"], report["last"], report["begun"]) == ("2026-04-01", "2026-04-30", 0)
    report = json.loads(run("backtest", history, "--until", "2026-04-10", "--days", "25", "--json"))
    assert report["begun"] == 1, "the suspensions of early March count for the self-harm of the 20th"


def test_by_when_the_hub_read_it_everything_comes_on_one_day(tmp_path: Path) -> None:
    report = json.loads(run("backtest", written(tmp_path / "h.jsonl", family()), "--known", "received", "--json"))
    assert (report["first"], report["last"]) == ("2026-11-02", "2026-11-02")
    assert report["begun"] == 0, "self-harm of March has left force"


def test_silence_fires_after_the_last_record(tmp_path: Path) -> None:
    records = [record("Ben", "2026-03-02", "education", "school.left", "concern.low")]
    records += [record("Ben", "2026-03-03", "education", "ehe.notified")]
    history = written(tmp_path / "h.jsonl", records)
    assert json.loads(run("backtest", history, "--json"))["begun"] == 0
    report = json.loads(run("backtest", history, "--until", "2026-04-20", "--json"))
    assert [day for day, n in report["by_day"].items() if n] == ["2026-03-31"]


def test_a_shadow_pack_is_held_against_the_live_one(tmp_path: Path) -> None:
    history = written(tmp_path / "h.jsonl", family())
    found = json.loads(run("shadow", HERE / "rules" / "thistlemere.yaml", history, "--json"))
    assert (found["live"], found["shadow"]) == ("default/2", "thistlemere/3")
    hows = {d["how"]: d for d in found["differences"]}
    # Thistlemere: Ben is missing at 13 (level 4 there); Ada's two suspensions make a level 3 for it.
    assert hows["only shadow"]["shadow_rules"] == ["CB01", "MI03"]
    assert sum(found["how"].values()) == len(found["differences"])
    nothing = json.loads(run("shadow", HERE / "rules" / "default.yaml", history, "--json"))
    assert nothing["differences"] == []
    assert nothing["same"] == 1


def test_what_the_connector_set_aside_is_counted(tmp_path: Path) -> None:
    history = written(tmp_path / "h.jsonl", family(), '{"reject": {"position": "line 3", "reason": "x", "detail": ""}}')
    assert json.loads(run("backtest", history, "--json"))["notes"] == {"set aside by the connector": 1}


@pytest.mark.parametrize("line", ["{", "[]", '{"record": {"agency": "police"}}', '{"other": 1}', "null"])
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: str) -> None:
    history = written(tmp_path / "h.jsonl", family()[:2], line)
    with pytest.raises(HistoryWrong, match=r"h\.jsonl line 3 is no record"):
        run("backtest", history)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["backtest"], "no history to play"),
        (["backtest", "h.jsonl", "--hub"], "or two"),
        (["backtest", "nowhere.jsonl"], r"nowhere\.jsonl cannot be read"),
        (["shadow", str(HERE / "rules" / "default.yaml"), "h.jsonl", "--follow"], "Only a running hub"),
    ],
)
def test_a_history_that_is_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    monkeypatch.setenv("HUB_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Fatal, match=says):
        run(*arguments)


def test_an_empty_history_is_said(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match="holds no record"):
        run("backtest", written(tmp_path / "h.jsonl", []))


@pytest.mark.parametrize("command", [(), ("lint",), ("list",), ("explain",), ("test",), ("backtest",), ("shadow",)])
def test_every_command_has_help_with_an_example(command: tuple[str, ...]) -> None:
    assert "Example: mash rules" in run(*command, "--help")
