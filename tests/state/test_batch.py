"""What a batch does with messages that go wrong: they leave a reject and no other trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub import avro
from hub.errors import Fatal, Retriable, Skippable
from hub.messages import Receipt, Tick, Watch
from hub.state.batch import BEGINNING, OUTPUT_LIMIT
from hub.state.memory import MemoryTurnDriver
from hub.state.rows import ROW_LIMIT

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def watch(name: str, *, anchor: str = "a", state: str = "open", seq: int = 1) -> Watch:
    return Watch(partnership="demo", check_id=name, anchor=anchor, state=state, seq=seq)


class Core:
    """Counts per anchor; `actions` says what to do when a check id comes by, after writing, sending and touching."""

    name = "facts"
    input_topic = "facts"

    def __init__(self, **actions):
        self.actions = actions
        self.handled: list[str] = []
        self.settled: list[tuple[bytes, int, datetime]] = []

    def handle(self, message, turn):
        if isinstance(message, Tick):
            return
        self.handled.append(message.check_id)
        key = b"count/" + message.anchor.encode()
        turn.store.put(key, b"%d" % (int(turn.store.get(key) or 0) + 1))
        turn.emit("persons", message.anchor, message)
        turn.touch(message.anchor.encode())
        if action := self.actions.get(message.check_id):
            action(turn)

    def settle_one(self, key, turn):
        self.settled.append((key, turn.meta.offset, turn.now))
        turn.store.put(b"settled/" + key, turn.store.get(b"count/" + key))
        if action := self.actions.get("settle_" + key.decode()):
            action(turn)


def fail(error):
    def action(_turn):
        raise error

    return action


def rows(driver):
    return dict(driver.store.scan(b""))


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (fail(Skippable("No.", reason="asked-for")), "asked-for"),
        (fail(ZeroDivisionError("Example Person")), "handler-error"),
        (fail(RecursionError()), "handler-error"),
        (lambda turn: turn.store.put(b"big", b"x" * ROW_LIMIT), "row-too-large"),
        (lambda turn: turn.emit("persons", "k" * OUTPUT_LIMIT, watch("z")), "output-too-large"),
        (lambda turn: turn.emit("nowhere", "k", watch("z")), "handler-error"),
        (lambda turn: turn.emit("requests", "k", watch("z")), "handler-error"),
        (lambda turn: turn.store.put(b"\x00position", b"mine"), "handler-error"),
    ],
)
def test_a_message_that_fails_leaves_its_neighbours_alone(action, reason):
    disturbed = MemoryTurnDriver(Core(bad=action))
    disturbed.feed(watch("one"), watch("bad"), watch("two", anchor="b"))
    calm = MemoryTurnDriver(Core())
    calm.feed(watch("one"), watch("two", anchor="b"))
    assert rows(disturbed) == rows(calm)
    assert disturbed.outputs == calm.outputs
    assert [(r.reason, r.cause.meta.offset, r.partnership) for r in disturbed.rejects] == [(reason, 1, "demo")]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "bad-avro"),
        (b"\xff\xfe not avro", "bad-avro"),
        (avro.encode(watch("x"))[:-3], "bad-avro"),
        (avro.encode(watch("x")) + b"more", "bad-avro"),
        (b"\xc3\x01" + b"\x07" * 8 + b"body", "unknown-schema"),
    ],
)
def test_bytes_that_are_no_message_are_set_aside(value, reason):
    driver = MemoryTurnDriver(Core())
    driver.feed(watch("one"), value, watch("two"))
    assert [r.reason for r in driver.rejects] == [reason]
    assert driver.core.handled == ["one", "two"]


def test_a_hiccup_is_tried_again_before_the_message_is_blamed():
    failures = iter([ZeroDivisionError()])

    def once(_turn):
        for error in failures:
            raise error

    driver = MemoryTurnDriver(Core(odd=once))
    driver.feed(watch("odd"))
    assert driver.rejects == []
    assert rows(driver)[b"count/a"] == b"1", "the first attempt left nothing"
    assert len(driver.outputs) == 1


@pytest.mark.parametrize("error", [Fatal("x"), Retriable("x"), OSError(), MemoryError(), KeyboardInterrupt()])
def test_what_is_not_the_messages_fault_ends_the_batch(error):
    driver = MemoryTurnDriver(Core(bad=fail(error)))
    with pytest.raises(type(error)):
        driver.feed(watch("one"), watch("bad"))
    assert driver.rejects == []


def test_a_rejects_detail_has_no_text_of_the_error():
    driver = MemoryTurnDriver(Core(bad=fail(ZeroDivisionError("Example Person"))))
    driver.feed(watch("bad"))
    assert driver.rejects[0].detail.startswith("ZeroDivisionError at test_batch.py:")
    assert "Example" not in driver.rejects[0].detail


def test_each_touched_key_is_settled_once_a_batch_in_key_order():
    driver = MemoryTurnDriver(Core())
    driver.feed(watch("1", anchor="b"), watch("2", anchor="a"), watch("3", anchor="b"))
    assert [(key, offset) for key, offset, _ in driver.core.settled] == [(b"a", 1), (b"b", 2)]
    assert rows(driver)[b"settled/b"] == b"2"
    driver.core.settled.clear()
    driver.feed(watch("4", anchor="b"), watch("5", anchor="b"), batch=1)
    assert [key for key, _, _ in driver.core.settled] == [b"b", b"b"]


def test_what_settling_touches_is_settled_too_but_no_key_twice():
    def touch_both(turn):
        turn.touch(b"a")
        turn.touch(b"z")
        turn.store.put(b"count/z", b"0")

    driver = MemoryTurnDriver(Core(settle_a=touch_both))
    driver.feed(watch("1"))
    assert [key for key, _, _ in driver.core.settled] == [b"a", b"z"]


def test_a_key_that_cannot_be_settled_keeps_what_was_handled():
    driver = MemoryTurnDriver(Core(settle_a=fail(ZeroDivisionError())))
    driver.feed(watch("1"), watch("2", anchor="b"))
    assert rows(driver) == {b"count/a": b"1", b"count/b": b"1", b"settled/b": b"1"}
    assert [(r.reason, r.settle_key, r.cause.meta.offset) for r in driver.rejects] == [("handler-error", b"a", 0)]


def test_now_is_the_latest_tick_and_never_goes_back():
    driver = MemoryTurnDriver(Core())
    assert driver.now == BEGINNING
    driver.tick(NOON)
    driver.tick(NOON - timedelta(hours=1))
    driver.feed(watch("1"))
    assert driver.now == NOON
    assert driver.core.settled == [(b"a", 2, NOON)]


def test_a_tick_holds_for_the_messages_after_it_in_its_batch():
    driver = MemoryTurnDriver(Core())
    driver.feed(watch("1"), Tick(at=NOON))
    assert [now for _, _, now in driver.core.settled] == [NOON]


def test_the_driver_collects_by_topic():
    driver = MemoryTurnDriver(Core())
    assert driver.feed(watch("1"))[0].key == "a"
    assert driver.sent("persons") == [watch("1")]
    assert driver.sent("receipts") == []
    assert Receipt not in {type(message) for message in driver.sent("persons")}
