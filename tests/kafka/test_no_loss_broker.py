"""Nothing lost: a broker that is slow, stopped or killed while batches are on their way."""

from __future__ import annotations

import os
import signal
import time

from tests.kafka.trial import Trial, watches

EXIT_AGAIN = 75


def test_a_broker_stopped_within_and_beyond_what_a_transaction_may_take(own_kafka, topic_prefix, tmp_path):
    with Trial(own_kafka.bootstrap, topic_prefix, tmp_path / "trial", 2, GIVE_UP_SECONDS="6") as trial:
        trial.start("one")
        sent = 0
        for seconds in (1.5, 8.0):
            trial.send(watches(sent, sent + 1500))
            sent += 1500
            trial.until(lambda sent=sent: sum(trial.committed()) > sent - 1500)
            trial.send(watches(sent, sent + 1500))
            sent += 1500
            os.kill(own_kafka.pid, signal.SIGSTOP)
            try:
                time.sleep(seconds)  # the length of the stop is what is tried
            finally:
                os.kill(own_kafka.pid, signal.SIGCONT)
            trial.run_to_the_end()
        trial.account()
        assert {code for _, code in trial.ends} <= {EXIT_AGAIN}


def test_a_broker_killed_and_started_again_on_its_data(own_kafka, topic_prefix, tmp_path):
    with Trial(own_kafka.bootstrap, topic_prefix, tmp_path / "trial", 2, GIVE_UP_SECONDS="6") as trial:
        trial.start("one")
        trial.start("two")
        sent = 0
        for _ in range(2):
            trial.send(watches(sent, sent + 3000))
            sent += 3000
            trial.until(lambda sent=sent: sum(trial.committed()) > sent - 3000)
            trial.hang_up()  # kafka-python leaks the sockets of refused connections
            own_kafka.kill()
            trial.supervise()
            own_kafka.start()
        trial.send(watches(sent, sent + 500))
        trial.run_to_the_end()
        trial.account()
        assert {code for _, code in trial.ends} <= {EXIT_AGAIN}
