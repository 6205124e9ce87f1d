"""The check on a real Kafka: scripted parties carry a check to its end; the command line reads and acts."""

from __future__ import annotations

import ctypes.util
import json
import subprocess
import sys
import time

import pytest

from hub.sealing import Sealer
from hub.secret_files import key_store
from streams.check import cli_desk, scripted
from streams.check.state import State
from tests.check.live import environment, live
from tests.check.people import ANCHOR, NOW, World


@pytest.fixture(scope="module")
def hub(kafka, tmp_path_factory):
    folder = tmp_path_factory.mktemp("check")
    with live(kafka, f"t-check-{folder.name.strip('0')[-6:]}{time.time_ns() % 10**6}", folder) as hub:
        world = World()
        world.sealer = Sealer(key_store(hub.settings))
        hub.tick(NOW)
        hub.send(ANCHOR, world.proposal(level=4), world.proposal(proposal_id="p2", rules=("DA02",)))
        yield hub


def mash(hub, *arguments: str, group: str = "check") -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "hub.cli.main", group, *arguments]
    return subprocess.run(
        program, env=environment(hub.settings), capture_output=True, text=True, timeout=120, check=False
    )


def wait_for_checks(hub, count: int) -> list[dict]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = json.loads(mash(hub, "list", "--all", "--json").stdout or "[]")
        if len(found) == count:
            return found
    raise AssertionError((hub.settings.data_dir / "worker.log").read_text()[-3000:])


def test_the_command_line_carries_a_check(hub, tmp_path):
    checks = wait_for_checks(hub, 2)
    assert "Okoro" not in json.dumps(checks)
    number = next(c["check_id"] for c in checks if c["level"] == 3)

    refused = mash(hub, "close", number, "--as", "r.hale")
    assert refused.returncode == 1
    assert "Not saved" in refused.stderr
    assert "not at that step" in refused.stderr
    saved = mash(
        hub,
        "open",
        number[:8],
        "--as",
        "r.hale",
        "--rating",
        "green",
        "--concern",
        "neglect",
        "--because",
        "two agencies",
    )
    assert saved.stdout.startswith("Saved"), saved.stderr
    assert "It stands at: rated. Next: rate, dismiss, duplicate, transfer, gate." in saved.stdout
    assert cli_desk.model_of(hub.settings).checks[number].concern == ["neglect"]
    assert "--basis" in mash(hub, "gate", number, "--as", "r.hale").stderr

    page, paper = tmp_path / "b.html", tmp_path / "b.pdf"
    also = ["--pdf", str(paper)] if ctypes.util.find_library("pango-1.0") else []
    read = mash(hub, "bundle", number, "--as", "r.hale", "--html", str(page), *also, "--json")
    assert read.returncode == 0, read.stderr
    assert json.loads(read.stdout)["subject"]["title"] == "Tamsin Okoro-Vale"
    assert "Tamsin" in page.read_text()
    assert not also or paper.read_bytes().startswith(b"%PDF")
    picture = mash(hub, "show", "--check", number, "--as", "k.duty", group="picture")
    assert "Tamsin" in picture.stdout, picture.stderr
    elsewhere = mash(hub, "show", number, group="picture")
    assert elsewhere.returncode == 1
    assert "inside its check" in elsewhere.stderr
    events = cli_desk.model_of(hub.settings).events[number]
    assert [e.actor for e in events if e.kind == "read"] == ["r.hale", "k.duty"]

    unread = mash(hub, "show", number, "--as", "x", "--role", "service")
    assert unread.returncode == 1
    assert "Tamsin" not in unread.stdout


def test_scripted_parties_carry_every_check_to_its_end(hub):
    heard = []
    deadline = time.monotonic() + 90

    def until(model) -> bool:
        ended = sum(c.state is State.CLOSED for c in model.checks.values())
        return ended == 2 or time.monotonic() > deadline

    model = scripted.run(hub.settings, until, heard.append)
    assert {c.state for c in model.checks.values()} == {State.CLOSED}, [c.state for c in model.checks.values()]
    assert {e.kind for e in heard} >= {
        "proposed",
        "opened",
        "gate_passed",
        "requested",
        "returned",
        "decided",
        "closed",
    }
    refusals = {e.codes["reason"] for e in heard if e.kind == "refused" and e.role == "scripted"}
    assert refusals <= {"newer-bundle"}, "what was decided in the other check is read before deciding"
    shown = mash(hub, "show", next(iter(model.checks)), "--as", "r.hale", "--reason", "audit", "--role", "auditor")
    assert "Scripted:" in shown.stdout


def test_the_front_door_from_call_to_receipt(hub):
    """Last of all: it adds a check that no script has to end."""
    worry = ["--worry", "Bruises, and afraid to go home", "--as", "r.hale", "--json"]
    nobody = mash(hub, "contact", *worry)
    assert nobody.returncode == 2
    assert "nobody is named" in nobody.stderr
    who = ["--child", "Wren Applegarth, 2017-06-02", "--child", "Lark Applegarth, 2015-01-09"]
    taken = mash(
        hub, "contact", *worry, *who, "--danger", "yes", "--referrer", "J. Moss; teacher", "--agency", "education"
    )
    assert taken.returncode == 0, taken.stderr
    receipts = json.loads(taken.stdout)
    assert len(receipts) == 2
    model = cli_desk.model_of(hub.settings)
    one, other = (model.checks[r["check"]] for r in receipts)
    assert (one.state, other.state, one.danger) == (State.CONTACT, State.CONTACT, "said")
    assert one.links == {other.check_id: "sibling"}
    shown = mash(hub, "show", one.check_id, "--as", "r.hale")
    assert "Bruises, and afraid to go home" in shown.stdout
    assert "Moss" not in shown.stdout
    assert mash(hub, "referrer", one.check_id, "--as", "r.hale").stdout == "J. Moss, teacher\n"
    assert json.loads(mash(hub, "referrer", one.check_id, "--as", "r.hale", "--json").stdout)[0]["role"] == "teacher"
    assert "reporter_seen" in {e.kind for e in cli_desk.model_of(hub.settings).events[one.check_id]}

    asking = ["--born", "2017-06-02", "--as", "j.moss", "--reason", "worried", "--json"]
    deadline = time.monotonic() + 30
    while (found := json.loads(mash(hub, "known", "wren APPLEGARTH", *asking).stdout))["found"] == "no":
        assert time.monotonic() < deadline
    assert (found["open"], found["telephone"]) == ("yes", "01632 960100")
    assert json.loads(mash(hub, "known", "Wrenn Applegarth", *asking).stdout)["found"] == "no"
    assert mash(hub, "known", "Wren Applegarth", "--born", "2017-06-02", "--as", "j.moss").returncode == 1

    rows = mash(hub, "figures", "--csv").stdout.splitlines()
    assert rows[0] == "measure,group,value,unit,cases"
    assert "open_checks,contact,2.0000,count,2" in rows
    view = json.loads(mash(hub, "receipts", "education", "--json").stdout)
    assert view["records"]["in_check"] == 1, "one record, whose two children have a check each"
    assert {line["status"] for line in view["requests"]} <= {"answered", "not_known"}
    assert "No check ended" in mash(hub, "sample", "1999-W01", "--seed", "s").stdout
