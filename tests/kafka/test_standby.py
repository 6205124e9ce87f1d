"""A second worker that keeps a warm copy: what it takes over is whole, and it reads the last seconds only."""

from __future__ import annotations

import json
from contextlib import suppress

import lmdb
import pytest

from tests.kafka.trial import Trial, watches

SENT = 3000
SLOTS = {"one": 0, "two": 1}
"""Workers in the order in which they start, and so which folder each takes."""


@pytest.fixture
def make_trial(kafka, topic_prefix, tmp_path):
    trials = []

    def make(partitions):
        trials.append(Trial(kafka, topic_prefix, tmp_path, partitions, HUB_STANDBY="1"))
        return trials[-1]

    yield make
    for trial in trials:
        trial.__exit__()


def test_a_standby_takes_over_with_little_left_to_read(make_trial):
    trial = make_trial(1)
    for worker in SLOTS:
        trial.start(worker)
        trial.until(lambda: said(trial, "one", "lane open"))
    # Whoever joins makes the group share out anew, and either may get the one partition.
    trial.until(lambda: any(said(trial, worker, "standby ready") for worker in SLOTS))
    (spare,) = (worker for worker in SLOTS if said(trial, worker, "standby ready"))
    (owner,) = set(SLOTS) - {spare}
    trial.send(watches(0, SENT))
    trial.run_to_the_end()
    whole = trial.journal_end(0)
    trial.until(lambda: copied_to(trial, SLOTS[spare]) == whole)

    process = trial.workers.pop(owner)
    process.kill()
    process.wait()
    trial.send(watches(SENT, SENT + 500))
    trial.run_to_the_end()
    trial.account()
    opening = said(trial, spare, "lane open")[-1]
    assert opening["offset"] == SENT
    assert opening["restored"] < whole / 100, "what the copy has is not read again"
    assert trial.ends == []


def test_workers_that_change_places_copy_each_other_and_lose_nothing(make_trial):
    trial = make_trial(2)
    trial.start("one")
    trial.start("two")
    sent = 0
    for leaver in ("one", "two"):
        trial.until(lambda: said(trial, "one", "standby ready") and said(trial, "two", "standby ready"))
        trial.send(watches(sent, sent + 500))
        trial.until(lambda before=sent: sum(trial.committed()) > before)
        process = trial.workers.pop(leaver)
        process.kill()
        process.wait()
        (trial.folder / f"{leaver}.log").unlink()
        trial.send(watches(sent + 500, sent + 1000))
        sent += 1000
        trial.start(leaver)
        trial.run_to_the_end()
        trial.committed_is_never_ahead()
    trial.account()


def said(trial, worker, event):
    """Lines of a worker's log that tell of this."""
    lines = (trial.folder / f"{worker}.log").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["event"] == event]


def copied_to(trial, slot):
    """How far the local store of a slot's partition 0 reaches into the journal; 0 before there is one."""
    with suppress(lmdb.Error), lmdb.open(
        str(trial.folder / "data" / "workers" / "facts" / str(slot) / "state" / "facts" / "0"),
        readonly=True, lock=False, max_dbs=2,
    ) as store, store.begin() as rows:  # fmt: skip
        return int((rows.get(b"state", db=store.open_db(b"meta", txn=rows, create=False)) or b"0").split()[0])
    return 0
