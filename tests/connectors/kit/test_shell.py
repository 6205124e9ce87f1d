"""Positions, watched folders, names of sources, faults of connectors: the parts around Kafka, without Kafka."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from connectors.kit import letters, outbox
from connectors.kit.api import Context, Native, Reject
from connectors.kit.checkpoint import Checkpoints, Position
from connectors.kit.outcomes import outcomes
from connectors.kit.source import SourceChanged, SourceUnreadable, look_at
from connectors.kit.tally import Tally
from connectors.kit.watch import dropped, files_of
from hub.errors import Fatal, Retriable
from hub.ids import Pseudonyms
from hub.messages import AgencyRecord

NAMES = Pseudonyms(b"s" * 32, "demo")
NOW = datetime(2026, 3, 3, tzinfo=UTC)
CONTEXT = Context("demo", "", NOW, NOW)


def test_positions_survive_closing_and_are_apart_by_source(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "checkpoints.sqlite"
    with Checkpoints(path) as checkpoints:
        assert checkpoints.position("a") == Position()
        checkpoints.advance("a", Position(7))
        checkpoints.advance("a", Position(9))
    with Checkpoints(path) as checkpoints:
        assert checkpoints.position("a") == Position(9)
        assert checkpoints.position("b") == Position()
        checkpoints.advance("a", Position(9, finished=True))
        assert checkpoints.position("a").finished


def test_checkpoints_that_cannot_be_opened_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no database, and long enough to be looked at as one", "utf-8")
    with pytest.raises(Fatal, match="writable"):
        Checkpoints(tmp_path / "taken")


def test_a_source_is_called_by_hashes_and_known_again_by_content(tmp_path: Path) -> None:
    path = tmp_path / "ilo testbrook.csv"
    path.write_bytes(b"a")
    first = look_at(path, NAMES)
    assert "ilo" not in first.name
    path.write_bytes(b"b")
    second = look_at(path, NAMES)
    assert (second.name, second.content == first.content) == (first.name, False)
    second.check_unchanged()
    path.write_bytes(b"longer")
    with pytest.raises(SourceChanged):
        second.check_unchanged()


def test_a_file_that_cannot_be_read_is_fatal_and_unnamed(tmp_path: Path) -> None:
    with pytest.raises(Fatal) as fault:
        look_at(tmp_path / "ilo.csv", NAMES)
    assert "ilo" not in str(fault.value)


def test_a_dropped_file_is_given_when_it_rests_and_again_when_it_changes(tmp_path: Path) -> None:
    stop = threading.Event()
    (tmp_path / "a.csv").write_bytes(b"1")
    (tmp_path / "b.csv.part").write_bytes(b"1")
    (tmp_path / ".hidden").write_bytes(b"1")
    found: Iterator[Path] = dropped([tmp_path], stop, seconds=0.001)
    assert next(found).name == "a.csv"
    (tmp_path / "a.csv").write_bytes(b"12")
    assert next(found).read_bytes() == b"12"
    stop.set()
    assert list(found) == []


def test_files_of_a_folder_come_in_order_and_a_missing_one_is_fatal(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.tmp"):
        (tmp_path / name).touch()
    assert [p.name for p in files_of([tmp_path])] == ["a.csv", "b.csv"]
    with pytest.raises(Fatal):
        files_of([tmp_path / "nowhere"])


class _Faulty:
    """A connector with mistakes in it."""

    name, agency, system = "test.faulty", "other", "test"

    def __init__(self, reading: BaseException | None = None, translating: BaseException | None = None) -> None:
        self._reading, self._translating = reading, translating

    def sniff(self, head: bytes, file_name: str) -> bool:
        return False

    def read(self, source: BinaryIO) -> Iterator[Native | Reject]:
        yield Native(source.read(), "line 1", 1, None)
        if self._reading:
            raise self._reading

    def translate(self, native: Native, context: Context) -> list[AgencyRecord]:
        if self._translating:
            raise self._translating
        return []


@pytest.mark.parametrize("fault", [KeyError("Ilo Testbrook"), ValueError("2019-04-02"), RecursionError()])
def test_a_fault_of_a_connector_is_a_reject_that_quotes_nothing(fault: Exception) -> None:
    for faulty in (_Faulty(reading=fault), _Faulty(translating=fault)):
        *_, last = outcomes(faulty, io.BytesIO(b"bytes"), CONTEXT, source="abc")
        assert last.reject is not None
        assert (last.reject.reason, last.reject.raw) == ("connector-error", b"bytes")
        assert type(fault).__name__ in last.reject.detail
        assert "Ilo" not in last.reject.detail
        assert "2019" not in last.reject.detail
        assert last.reject.position.startswith("abc:")


@pytest.mark.parametrize("fault", [Fatal("the disk is full"), Retriable("busy"), MemoryError(), OSError()])
def test_a_fault_that_is_not_the_files_ends_the_run(fault: BaseException) -> None:
    with pytest.raises(type(fault)):
        list(outcomes(_Faulty(reading=fault), io.BytesIO(b"x"), CONTEXT))


def test_outcomes_taken_before_are_passed_over() -> None:
    assert list(outcomes(_Faulty(), io.BytesIO(b"x"), CONTEXT, skip=1)) == []


def test_letters_of_one_place_and_content_have_one_id_and_others_another(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x")
    source = look_at(path, NAMES)
    ids = {
        letters.draft(Reject(raw, position, "r", ""), connector, source, NAMES).letter_id
        for raw in (b"1", b"2")
        for position in ("line 1", "line 2")
        for connector in ("a", "b")
        for _twice in (1, 2)
    }
    assert len(ids) == 8


def test_duplicates_are_counted_within_what_is_remembered() -> None:
    tally = Tally()
    for number in (1, 2, 1):
        tally.note_published(f"{number:032x}", bytes([number]) * 16)
    assert (tally.published, tally.duplicates) == (3, 1)


def test_every_partnership_has_one_partition() -> None:
    assert outbox.region_partition("demo", 1) == 0
    places = {outbox.region_partition(f"partnership-{n}", 8) for n in range(200)}
    assert places == set(range(8))


UNREADABLE = Path("/proc/self/mem")
"""A file that opens and cannot be read, even by root."""


def test_a_file_that_opens_and_cannot_be_read_is_named_by_its_hash() -> None:
    with pytest.raises(SourceUnreadable, match="cannot be read") as caught:
        look_at(UNREADABLE, NAMES)
    assert caught.value.source in str(caught.value)


def test_a_file_comes_again_when_this_user_may_read_it(tmp_path: Path) -> None:
    path, stop = tmp_path / "a.csv", threading.Event()
    path.write_bytes(b"x")
    path.chmod(0)
    given = dropped([tmp_path], stop, seconds=0.0)
    assert next(given) == path
    path.chmod(0o600)
    assert next(given) == path
    stop.set()


class _Refusing:
    """A producer whose broker says no in a given way."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self.closed = 0

    def send(self, *_: Any, **__: Any) -> Any:
        raise self._error

    def close(self, **_: Any) -> None:
        self.closed += 1


def test_what_a_broker_refuses_for_good_is_not_tried_again() -> None:
    from kafka.errors import TopicAuthorizationFailedError

    producer = _Refusing(TopicAuthorizationFailedError())
    box = outbox.Outbox("nowhere:1", "t", {"t.records.v1": 1}, connect=lambda _kafka: producer)  # type: ignore[arg-type, return-value]
    with pytest.raises(outbox.NotAllowed, match="TopicAuthorizationFailedError"):
        box.send_all([outbox.Outgoing("records", "k", b"v")])
    assert producer.closed == 1


def test_told_to_stop_while_the_broker_is_away_it_gives_up() -> None:
    from kafka.errors import KafkaTimeoutError

    stop = threading.Event()
    made: list[_Refusing] = []

    def connect(_kafka: Any) -> Any:
        made.append(_Refusing(KafkaTimeoutError()))
        if len(made) == 3:
            stop.set()
        return made[-1]

    box = outbox.Outbox("nowhere:1", "t", {"t.records.v1": 1}, stop, connect)
    with pytest.raises(outbox.NotTaken):
        box.send_all([outbox.Outgoing("records", "k", b"v")])
    assert len(made) == 3
