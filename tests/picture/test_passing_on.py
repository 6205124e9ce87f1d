"""A subject's record passes into a FactPut without being encoded again: the bytes are what encoding would give."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hub.avro import decode, encode
from hub.messages import FactPut, SubjectFacts
from hub.messages.identity import CoSubject
from hub.messages.picture import Entry
from hub.messages.record import Operation, Role, Terms
from streams.picture.merge import entry_of, put_bytes

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)

subjects = st.builds(
    SubjectFacts,
    partnership=st.text(max_size=80),
    version=st.integers(-(2**62), 2**62),
    assignment_seq=st.integers(1, 2**40),
    operation=st.sampled_from(Operation),
    role=st.sampled_from(Role),
    occurred_at=st.none() | st.just(NOW),
    recorded_at=st.none(),
    received_at=st.just(NOW),
    identity=st.binary(max_size=200),
    content=st.binary(max_size=20_000),
    terms=st.builds(Terms, area=st.text(max_size=5)),
    others=st.lists(st.builds(CoSubject, role=st.sampled_from(Role)), max_size=3),
)


@given(subjects, st.text(max_size=70), st.integers(0, 2**40), st.integers(0, 2**40))
def test_the_bytes_passed_on_are_those_of_the_message(facts: SubjectFacts, person: str, seq: int, held: int) -> None:
    put = put_bytes(facts, encode(facts), person, seq, held)
    wanted = FactPut(
        partnership=facts.partnership, person_id=person, assignment_seq=seq, held=held, entry=entry_of(facts)
    )
    assert put == encode(wanted)
    assert decode(put) == wanted


def test_an_entry_has_what_a_subject_has_in_the_same_order_and_one_more() -> None:
    names = list(SubjectFacts.model_fields)
    assert list(Entry.model_fields) == ["source_id", *names[names.index("record_id") :], "left_out"]
