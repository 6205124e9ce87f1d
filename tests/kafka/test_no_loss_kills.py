"""Nothing lost: workers killed, stopped and continued, and joined by others, at the worst moments."""

from __future__ import annotations

import json
import signal

import pytest

from tests.kafka.stage_worker import AFTER_CACHE, AFTER_COMMIT, BEFORE_COMMIT, IN_BATCH
from tests.kafka.trial import Trial, watches

EXIT_AGAIN = 75


@pytest.fixture
def make_trial(kafka, topic_prefix, tmp_path):
    trials = []

    def make(partitions):
        trials.append(Trial(kafka, topic_prefix, tmp_path, partitions))
        return trials[-1]

    yield make
    for trial in trials:
        trial.__exit__()


def test_kill_at_every_point_between_reading_and_committing(make_trial):
    trial = make_trial(2)
    trial.send(watches(0, 2000))
    hurts = [
        trial.hurt("SIGKILL", place, times)
        for place, times in ((IN_BATCH, 700), (BEFORE_COMMIT, 2), (AFTER_COMMIT, 3), (AFTER_CACHE, 4))
    ]
    trial.start("one")
    sent = 2000
    while any(hurt.exists() for hurt in hurts):
        trial.send(watches(sent, sent + 500))
        sent += 500
        ends = len(trial.ends)
        trial.until(lambda ends=ends: len(trial.ends) > ends or not any(h.exists() for h in hurts))
        trial.committed_is_never_ahead()
    trial.run_to_the_end()
    trial.account()
    assert [code for _, code in trial.ends] == [-signal.SIGKILL] * len(hurts)


@pytest.mark.parametrize("place", [BEFORE_COMMIT, IN_BATCH])
def test_a_worker_stopped_past_its_session_and_continued_changes_nothing(make_trial, place):
    trial = make_trial(1)
    trial.send(watches(0, 1000))
    stopped = trial.hurt("SIGSTOP", place, 1)
    first = trial.start("zombie")
    trial.until(lambda: not stopped.exists())
    del trial.workers["zombie"]
    trial.start("successor")
    try:
        trial.send(watches(1000, 1500))
        trial.run_to_the_end()
        first.send_signal(signal.SIGCONT)
        trial.send(watches(1500, 2000))
        assert first.wait(30) == EXIT_AGAIN, "fenced: it must end, not go on"
        trial.run_to_the_end()
        trial.account()
    finally:
        first.kill()
        first.wait()


def test_workers_that_come_and_go_every_second_or_two(make_trial):
    trial = make_trial(4)
    trial.start("one")
    trial.start("two")
    sent = 0
    for round_ in range(6):
        trial.send(watches(sent, sent + 1000))
        sent += 1000
        guest = f"guest-{round_}"
        trial.start(guest)
        trial.until(lambda guest=guest: "lane open" in (trial.folder / f"{guest}.log").read_text())
        trial.send(watches(sent, sent + 1000))
        sent += 1000
        if round_ % 2:
            assert trial.stop(guest) == 0
        else:
            process = trial.workers.pop(guest)
            process.kill()
            process.wait()
        trial.committed_is_never_ahead()
    trial.run_to_the_end()
    trial.account()
    opened = [json.loads(line) for name in ("one", "two") for line in _lines(trial, name) if '"lane open"' in line]
    assert len(opened) >= 12, "partitions moved about"


def _lines(trial, name):
    return (trial.folder / f"{name}.log").read_text().splitlines()
