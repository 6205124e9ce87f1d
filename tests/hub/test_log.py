"""No personal data in a log line, ever: not from our own calls, not from libraries, not from exceptions."""

from __future__ import annotations

import ast
import io
import json
import logging
import subprocess
import sys
import textwrap
import threading
import warnings
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from hub import log as hub_log
from hub.errors import Fatal, Skippable

ROOT = Path(__file__).resolve().parents[2]
PERSON = {
    "family": "Ztestling",
    "given": "Marigoldina",
    "nhs": "9990000018",
    "born": "2019-02-03",
    "address": "1 Invented Row, Testwick",
    "telephone": "01632960123",
}


@pytest.fixture
def lines(monkeypatch):
    """What was logged, line by line; everything as it was afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    hub_log.configure("debug", process="test", json=True)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.captureWarnings(capture=False)
    hub_log._fall_back()  # structlog's own defaults write to stdout, and later tests read commands there
    structlog.contextvars.clear_contextvars()
    root.handlers[:], root.level = before[0], before[1]
    sys.excepthook, threading.excepthook = before[2], before[3]


def says_nothing_personal(logged):
    assert logged, "nothing was logged, so this shows nothing"
    text = json.dumps(logged)
    assert not [value for value in PERSON.values() if value in text], text


def test_a_line_says_who_what_where(lines):
    hub_log.get_logger("stage").info("batch committed", stage="identity", partition=3, records=17, seconds=0.05)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "batch committed",
        "level": "info",
        "part": "stage",
        "process": "test",
        "stage": "identity",
        "partition": 3,
        "records": 17,
        "seconds": 0.05,
    }


def test_a_key_that_is_not_listed_is_dropped_and_named(lines):
    hub_log.get_logger("stage").info("record read", record=PERSON, nhs_number=PERSON["nhs"], stage="identity")
    says_nothing_personal(lines())
    assert lines()[0]["dropped"] == ["nhs_number", "record"]


def test_a_sentence_under_a_listed_key_is_masked(lines):
    hub_log.get_logger("stage").info("set aside", reason=f"{PERSON['given']} {PERSON['family']}", stage=PERSON)
    says_nothing_personal(lines())
    assert lines()[0]["reason"] == lines()[0]["stage"] == hub_log.MASKED


def test_a_personal_value_as_a_key_is_masked(lines):
    hub_log.get_logger("stage").info("counted", **{PERSON["address"]: 1})
    says_nothing_personal(lines())


def fail_with(record):
    name = record["given"]
    try:
        int(record["nhs"] + record["family"])  # its text quotes the value
    except ValueError as error:
        raise KeyError(name, record) from error


def test_an_exception_that_holds_a_record_shows_only_its_class_and_place(lines):
    try:
        fail_with(PERSON)
    except KeyError:
        hub_log.get_logger("stage").exception("handler failed", stage="identity")
    says_nothing_personal(lines())
    (line,) = lines()
    assert line["error"] == "KeyError"
    assert line["causes"] == ["ValueError"]
    assert line["frames"][-1].startswith("test_log.py:")
    assert line["frames"][-1].endswith(":fail_with")


@pytest.mark.parametrize("keyword", ["exc_info", "error"])
def test_an_exception_object_is_described_likewise(lines, keyword):
    hub_log.get_logger("stage").error("handler failed", **{keyword: ValueError(PERSON)})
    says_nothing_personal(lines())
    assert lines()[0]["error"] == "ValueError"


def test_an_error_of_our_own_says_what_and_remedy(lines):
    try:
        try:
            fail_with(PERSON)
        except KeyError as error:
            raise Skippable("Line 7 has no date of birth.", "Mend the extract.", reason="no-birth-date") from error
    except Skippable:
        hub_log.get_logger("stage").exception("set aside", reason="no-birth-date")
    says_nothing_personal(lines())
    assert lines()[0]["what"] == "Line 7 has no date of birth."
    assert lines()[0]["causes"] == ["KeyError", "ValueError"]


def test_a_group_of_exceptions_is_no_way_round(lines):
    hub_log.get_logger("stage").error("failed", exc_info=ExceptionGroup("two", [ValueError(PERSON["nhs"])]))
    says_nothing_personal(lines())


@pytest.mark.parametrize(
    "speak",
    [
        lambda log: log.error("Agent raised error: %r", PERSON),
        lambda log: log.error(f"crashed on {PERSON}"),  # noqa: G004 - what some libraries do
        lambda log: log.error("crashed", exc_info=ValueError(PERSON)),
        lambda log: log.warning("%(family)s", {"family": PERSON["family"]}),
        lambda log: log.error(ValueError(PERSON)),
        lambda log: log.error("crashed", extra={"record": PERSON}),
        lambda _log: warnings.warn(f"odd value {PERSON['nhs']}", UserWarning, stacklevel=1),
    ],
)
def test_libraries_lose_what_they_would_put_in(lines, speak):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        speak(logging.getLogger("faust.agents"))
    says_nothing_personal(lines())


def test_a_librarys_constant_text_and_place_remain(lines):
    logging.getLogger("aiokafka.consumer").warning("Heartbeat failed for group %s", PERSON["family"])
    assert lines()[0]["event"] == "Heartbeat failed for group %s"
    assert lines()[0]["where"].startswith("test_log.py:")
    assert lines()[0]["part"] == "aiokafka.consumer"


@given(st.dictionaries(st.text(min_size=1), st.text() | st.binary() | st.lists(st.text()), max_size=6))
def test_only_listed_keys_and_identifiers_come_through(values):
    kept = hub_log.only_allowed(None, "info", dict(values))
    assert set(kept) <= hub_log.ALLOWED_KEYS
    for key in kept.keys() - hub_log.PLAIN_TEXT_KEYS:
        for value in kept[key] if isinstance(kept[key], list) else [kept[key]]:
            assert value == hub_log.MASKED or hub_log.IDENTIFIER.fullmatch(value)


def test_a_process_that_dies_of_a_foreign_exception_says_nothing_personal():
    script = f"""
        import threading
        from hub import log
        log.configure("info", process="dies", json=True)
        def fail():
            raise ValueError({PERSON!r})
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        fail()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    logged = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in logged] == ["ended by an uncaught exception"] * 2
    says_nothing_personal(logged)


def test_an_error_of_ours_is_still_readable_for_people(monkeypatch, lines):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    hub_log.configure("info", json=False)
    hub_log.get_logger("stage").error("stopped", error=Fatal("The topic is missing.", "Run `mash topics apply`."))
    assert "The topic is missing." in stream.getvalue()


METHODS = {"debug", "info", "warning", "error", "exception", "critical"}


def log_calls():
    for folder in ("hub", "connectors", "streams", "triage", "bench"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in METHODS
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id.lower().strip("_") in {"log", "logger"}
                ):
                    yield path.relative_to(ROOT), node


def test_every_event_in_the_code_base_is_a_literal():
    wrong = [
        f"{path}:{node.lineno}"
        for path, node in log_calls()
        if not (node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str))
    ]
    assert not wrong, f"an event that is put together may hold a person's data: {wrong}"


def test_every_key_in_the_code_base_is_listed():
    wrong = [
        f"{path}:{node.lineno} {keyword.arg}"
        for path, node in log_calls()
        for keyword in node.keywords
        if keyword.arg and keyword.arg not in hub_log.ALLOWED_KEYS | {"exc_info"}
    ]
    assert not wrong, f"these keys would be dropped: {wrong}"


def test_a_process_that_never_set_logging_up_still_says_nothing_personal_and_nothing_on_stdout():
    code = "from hub import log; log.get_logger('x').warning('a literal', child_name='Ottoline Zzyzx')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert "a literal" in done.stderr
    assert "Zzyzx" not in done.stderr
