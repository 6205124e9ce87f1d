"""Large pictures and answers: nothing is dropped in silence, no row and no message grows past its limit."""

from __future__ import annotations

from datetime import timedelta

from hub.avro import encode
from hub.messages import CheckEvent
from hub.state.batch import OUTPUT_LIMIT
from hub.state.rows import ROW_LIMIT
from streams.check.core import WORDS_LIMIT
from streams.check.fold import fold
from streams.check.rows import Rows
from tests.check.people import NOW


def test_a_picture_as_large_as_a_message_is_cut_with_its_gap_shown(driver, world):
    entry = world.entries()[0]
    many = [
        entry.model_copy(
            update={"record_id": f"{n:032d}", "content": b"x" * 4000, "occurred_at": NOW - timedelta(days=n)}
        )
        for n in range(200)
    ]
    driver.feed(world.proposal(snapshot=world.snapshot(entries=many)))
    check_id = driver.sent("check-events")[0].check_id
    driver.feed(world.command(check_id, "open", rating="amber"))
    driver.feed(world.command(check_id, "gate", basis="agreed", family="agreed"))
    for request in driver.sent("requests"):
        driver.feed(world.answer(request).model_copy(update={"words": b"w" * WORDS_LIMIT}))
    assert driver.rejects == []
    bundle = driver.sent("bundles")[-1]
    assert len(encode(bundle)) < OUTPUT_LIMIT
    assert len(bundle.picture.entries) + bundle.picture.omitted == 200
    assert f"omitted:{bundle.picture.omitted}" in bundle.gaps
    assert bundle.picture.entries[0].occurred_at > bundle.picture.entries[-1].occurred_at
    assert all(len(r.words) == WORDS_LIMIT for r in bundle.returns)
    assert max(len(k) + len(v) for k, v in driver.store.scan(b"")) <= ROW_LIMIT


def test_a_smaller_picture_leaves_no_slice_of_a_larger_one(driver, world):
    entry = world.entries()[0]
    many = [entry.model_copy(update={"record_id": f"{n:032d}", "content": b"x" * 4000}) for n in range(150)]
    driver.feed(world.proposal(snapshot=world.snapshot(entries=many)))
    check_id = driver.sent("check-events")[0].check_id
    rows = Rows(driver.store)
    assert len(rows.picture(check_id).snapshot.entries) == 150
    driver.feed(world.update(check_id, world.snapshot(as_of=NOW + timedelta(hours=1))))
    assert len(rows.picture(check_id).snapshot.entries) == 4


def test_a_fold_of_an_older_kind_is_folded_again(driver, world):
    driver.feed(world.proposal())
    check_id = driver.sent("check-events")[0].check_id
    driver.feed(world.command(check_id, "open", rating="amber"))
    rows = Rows(driver.store)
    stale = rows.check(check_id).model_copy(update={"fold": 0, "rating": "stale"})
    driver.store.put(f"check/{check_id}".encode(), stale.model_dump_json().encode())
    assert rows.check(check_id) == fold(e for e in driver.sent("check-events") if isinstance(e, CheckEvent))
