"""The command line: quick, complete, and no broken part harms another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from importlib.metadata import EntryPoint

import pytest

from hub.cli import lazy, main
from hub.errors import Fatal
from hub.metrics import CATALOGUE
from hub.settings import Settings


def run(*arguments, **environment):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
    return subprocess.run(
        [sys.executable, "-m", "hub.cli.main", *arguments],
        capture_output=True, text=True, timeout=60, check=False, env=clean | environment,
    )  # fmt: skip


def test_help_imports_no_part_and_no_kafka():
    probe = "import sys; sys.argv=['mash','--help']\ntry:\n from hub.cli.main import main; main()\nexcept SystemExit: pass\n"
    probe += "print([m for m in ('kafka','faust','pydantic','streams','connectors','structlog') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    for name, _target, _text in main.BUILT_IN:
        assert name in done.stdout


@pytest.mark.parametrize("name", [entry[0] for entry in main.BUILT_IN])
def test_every_command_has_help_with_an_example(name):
    group = main.group()
    command = group.commands[name]._load()
    for one in getattr(command, "commands", {"": command}).values():
        assert one.help
        assert "Example: " in (one.epilog or ""), f"{name} {one.name} shows no example"


def test_a_group_that_cannot_be_imported_harms_no_other(monkeypatch, tmp_path):
    broken = EntryPoint("broken", "broken_commands:app", lazy.GROUPS)
    (tmp_path / "broken_commands.py").write_text('"""Breaks when it is imported."""\nraise ValueError("Ztestling")\n')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(lazy, "entry_points", lambda group: [broken])
    commands = {command.name: command for command in lazy.from_packages()}
    assert commands["broken"].help == "Breaks when it is imported."
    with pytest.raises(Fatal, match=r"`broken` cannot be loaded.*ValueError") as caught:
        commands["broken"].make_context("broken", [])
    assert "Ztestling" not in str(caught.value)
    assert "settings" in main.group().commands


def test_no_package_takes_the_place_of_the_hubs_own_command(monkeypatch):
    monkeypatch.setattr(lazy, "entry_points", lambda group: [EntryPoint("up", "os:path", lazy.GROUPS)])
    assert main.group().commands["up"].help == main.BUILT_IN[0][2]


def test_an_error_says_what_and_remedy_and_ends_with_1():
    done = run("topics", "list", HUB_BATCH_MS="0")
    assert done.returncode == 1
    assert "HUB_BATCH_MS is '0'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_that_is_not_there_ends_with_2():
    assert run("no-such-command").returncode == 2


def test_a_fault_of_ours_quotes_nothing():
    script = """
        from hub.cli import main
        class Broken:
            def main(self, **_):
                raise RuntimeError("Marigoldina Ztestling")
        main.group = Broken
        main.main()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == main.EXIT_FAULT
    assert "RuntimeError" in done.stderr
    assert "Ztestling" not in done.stdout + done.stderr


def test_settings_are_listed_for_people_machines_and_the_reference():
    listed = json.loads(run("settings", "--json", HUB_PSEUDONYM_KEY="ab" * 32).stdout)
    assert [row["variable"] for row in listed] == [f"HUB_{name.upper()}" for name in Settings.model_fields]
    assert "abab" not in json.dumps(listed)
    page = run("settings", "--markdown").stdout
    assert all(f"`{row['variable']}`" in page for row in listed)


def test_metrics_are_listed_for_people_machines_and_the_reference():
    listed = json.loads(run("metrics", "--json").stdout)
    assert [row["name"] for row in listed] == [metric.name for metric in CATALOGUE]
    assert all(f"`{metric.name}`" in run("metrics", "--markdown").stdout for metric in CATALOGUE[:1])


def test_topics_are_made_and_listed(kafka, topic_prefix):
    where = {"HUB_BOOTSTRAP": kafka, "HUB_TOPIC_PREFIX": topic_prefix, "HUB_PARTITIONS": "2"}
    made = json.loads(run("topics", "apply", "--json", **where).stdout)["made"]
    assert f"{topic_prefix}.records.v1" in made
    assert json.loads(run("topics", "apply", "--json", **where).stdout)["made"] == []
    listed = json.loads(run("topics", "list", "--json", **where).stdout)
    assert {topic["state"] for topic in listed} == {"ready"}
    other = run("topics", "apply", **where | {"HUB_PARTITIONS": "3"})
    assert other.returncode == 1
    assert "2 partitions instead of 3" in other.stderr


def test_without_a_hub_commands_say_so(tmp_path):
    down = run("status", HUB_DATA_DIR=str(tmp_path))
    assert (down.returncode, "mash up" in down.stdout) == (3, True)
    assert run("down", HUB_DATA_DIR=str(tmp_path)).returncode == 0
    assert "mash up" in run("topics", "list", HUB_DATA_DIR=str(tmp_path)).stderr
