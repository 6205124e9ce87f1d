from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from hl7.client import MLLPClient

from connectors.health.ack import Answer, acknowledge
from connectors.health.hl7_files import MESSAGE_LIMIT
from connectors.health.hl7_text import parse
from connectors.health.mllp import Listener, listen, understand
from connectors.kit.outcomes import Outcome
from hub.errors import Fatal, Retriable
from tests.connectors.cases import CONTEXT
from tests.connectors.health.test_adt import FULL

MESSAGE = FULL.encode()
NO_PID = b"MSH|^~\\&|PAS|RXX|HUB|TESTSHIRE|20260105231500||ADT^A08|M2|P|2.4\r"
NOON = datetime(2026, 1, 6, 12, tzinfo=UTC)
WAIT = 30.0


def framed(raw: bytes) -> bytes:
    return b"\x0b" + raw + b"\x1c\r"


def answer(connection: socket.socket) -> tuple[str, str, str]:
    """Code, message and reason of the next acknowledgement; of two that come together, the other stays to be read."""
    held = b""
    while not held.endswith(b"\x1c\r"):
        chunk = connection.recv(1)
        assert chunk, "hung up without an answer"
        held += chunk
    msa = parse(held.strip(b"\x0b\x1c\r")).first("MSA")
    return msa.text(1), msa.text(2), msa.text(3)


class Kafka:
    """What stands in the broker's place at the listener's door: it takes, and confirms when it is told to."""

    def __init__(self) -> None:
        self.taken: queue.Queue[list[Outcome]] = queue.Queue()
        self.confirm = threading.Event()
        self.confirm.set()
        self.refuse: Exception | None = None

    def __call__(self, batch: list[Outcome]) -> None:
        self.taken.put(batch)
        assert self.confirm.wait(WAIT)
        if self.refuse:
            raise self.refuse


@contextmanager
def listening(
    kafka: Callable[[list[Outcome]], None], patience: float = WAIT
) -> Iterator[tuple[int, list[BaseException]]]:
    """A listener in a thread of its own: its port, and what it ended with."""
    ports: queue.Queue[int] = queue.Queue()
    stop, ended = threading.Event(), []

    def run() -> None:
        try:
            listen(Listener(CONTEXT, lambda: NOON, port=0, patience=patience, ready=ports.put), kafka, stop)
        except Fatal as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ports.get(timeout=WAIT), ended
    finally:
        stop.set()
        thread.join(WAIT)
        assert not thread.is_alive()


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=WAIT)


def test_a_message_is_accepted_when_kafka_has_it() -> None:
    kafka = Kafka()
    with listening(kafka) as (port, _), connected(port) as connection:
        connection.sendall(framed(MESSAGE))
        assert answer(connection) == ("AA", "M1", "")
    (outcome,) = kafka.taken.get_nowait()
    assert [r.local_id for r in outcome.records] == [
        "person/RXX/H1001",
        "episode/RXX/E900/attendance",
        "episode/RXX/E900/reasons",
    ]


def test_no_answer_goes_out_before_kafka_has_confirmed() -> None:
    kafka = Kafka()
    kafka.confirm.clear()
    with listening(kafka) as (port, _), connected(port) as connection:
        connection.sendall(framed(MESSAGE))
        kafka.taken.get(timeout=WAIT)
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            connection.recv(1)
        connection.settimeout(WAIT)
        kafka.confirm.set()
        assert answer(connection)[0] == "AA"


def test_what_cannot_become_a_record_is_refused_after_its_letter_is_safe() -> None:
    kafka = Kafka()
    with listening(kafka) as (port, _), connected(port) as connection:
        connection.sendall(framed(NO_PID))
        assert answer(connection) == ("AE", "M2", "no-pid")
    (outcome,) = kafka.taken.get_nowait()
    assert outcome.reject is not None
    assert outcome.reject.raw == NO_PID


@pytest.mark.parametrize("raw", [b"", b"hello", b"MSH|", b"\xff\xfe\x00"])
def test_anything_in_a_frame_has_an_answer(raw: bytes) -> None:
    kafka = Kafka()
    with listening(kafka) as (port, _), connected(port) as connection:
        connection.sendall(framed(raw) + framed(MESSAGE))
        assert answer(connection)[:2] == ("AE", "")
        assert answer(connection)[0] == "AA"


def test_a_broker_that_is_away_makes_the_sender_send_again() -> None:
    kafka = Kafka()
    kafka.refuse = Retriable("away")
    with listening(kafka) as (port, _), connected(port) as connection:
        connection.sendall(framed(MESSAGE))
        assert answer(connection) == ("AR", "M1", "not-confirmed")
        kafka.refuse = None
        connection.sendall(framed(MESSAGE))
        assert answer(connection) == ("AA", "M1", "")


def test_a_broker_that_is_slow_makes_the_sender_send_again() -> None:
    kafka = Kafka()
    kafka.confirm.clear()
    with listening(kafka, patience=0.05) as (port, _), connected(port) as connection:
        connection.sendall(framed(MESSAGE))
        assert answer(connection) == ("AR", "M1", "not-confirmed")
        kafka.confirm.set()


def test_a_broker_that_refuses_for_good_ends_the_listener() -> None:
    kafka = Kafka()
    kafka.refuse = Fatal("no topic")
    with listening(kafka) as (port, ended), connected(port) as connection:
        connection.sendall(framed(MESSAGE))
        assert answer(connection)[0] == "AR"
        assert connection.recv(1) == b""
    assert [str(error) for error in ended] == ["no topic"]


def test_messages_of_several_senders_go_to_kafka_together() -> None:
    kafka = Kafka()
    kafka.confirm.clear()
    with listening(kafka) as (port, _):
        senders = [connected(port) for _ in range(4)]
        senders[0].sendall(framed(MESSAGE))
        assert len(kafka.taken.get(timeout=WAIT)) == 1
        for sender in senders[1:]:
            sender.sendall(framed(MESSAGE))
        kafka.confirm.set()
        assert {answer(sender)[0] for sender in senders} == {"AA"}
        for sender in senders:
            sender.close()


def test_a_message_that_is_too_large_is_refused_and_the_connection_ends() -> None:
    kafka = Kafka()
    with listening(kafka) as (port, _), connected(port) as connection:
        connection.sendall(b"\x0b" + MESSAGE + b"ZZZ|" + b"x" * (MESSAGE_LIMIT + (1 << 17)))
        assert answer(connection) == ("AE", "", "too-large")


def test_a_sender_that_hangs_up_inside_a_message_leaves_nothing() -> None:
    kafka = Kafka()
    with listening(kafka) as (port, _):
        with connected(port) as connection:
            connection.sendall(framed(MESSAGE)[:100])
        with connected(port) as connection:
            connection.sendall(framed(MESSAGE))
            assert answer(connection)[0] == "AA"
    assert kafka.taken.qsize() == 1


def test_a_frame_that_comes_in_pieces_and_two_that_come_together_are_each_answered() -> None:
    kafka = Kafka()
    both = framed(MESSAGE) + framed(MESSAGE.replace(b"|M1|", b"|M2|"))
    with listening(kafka) as (port, _), connected(port) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(both), 97):
            connection.sendall(both[at : at + 97])
        assert [answer(connection)[:2] for _ in range(2)] == [("AA", "M1"), ("AA", "M2")]


def test_the_hl7_library_s_client_is_served() -> None:
    kafka = Kafka()
    with listening(kafka) as (port, _), MLLPClient("127.0.0.1", port) as client:
        assert b"MSA|AA|M1" in client.send_message(MESSAGE)


def test_later_messages_of_the_same_second_have_higher_versions() -> None:
    first, second = (understand(MESSAGE, row, CONTEXT).records[0] for row in (1, 2))
    assert first.local_id == second.local_id
    assert first.version < second.version


@pytest.mark.parametrize("code", list(Answer))
def test_an_acknowledgement_names_the_message_and_nobody(code: Answer) -> None:
    text = acknowledge(MESSAGE, code, "no-pid", NOON).decode()
    ack = parse(text.encode())
    assert [ack.header.text(n) for n in (3, 4, 5, 6)] == ["HUB", "TESTSHIRE", "PAS", "RXX"]
    assert ack.header.text(9) == "ACK"
    assert ack.first("MSA").text(1) == code
    assert ack.first("MSA").text(2) == "M1"
    for private in ("Testley", "Maya", "9990000026", "H1001", "20110304"):
        assert private not in text


def test_an_acknowledgement_uses_the_usual_delimiters() -> None:
    raw = b"MSH#*~\\&#P*A#F#HUB#T#20260105##ADT*A08#M9#P#2.4\r"
    ack = parse(acknowledge(raw, Answer.ACCEPTED, "", NOON))
    assert ack.header.text(5) == "P"
    assert ack.header.text(5, 2) == "A"
    assert ack.first("MSA").text(2) == "M9"
