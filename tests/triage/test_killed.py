"""A kill -9 of the check worker in the middle of a decision, at the desk: nothing lost, nothing twice, nothing pretended."""

from __future__ import annotations

import signal
import time

import pytest

from hub.kafka.admin import admin, apply
from hub.settings import load
from tests.check.live import PARTITIONS, Live, start_worker
from tests.check.people import NOW
from tests.triage.browsing import Person
from tests.triage.served import served, settings_for
from triage.sql import queries

pytestmark = [pytest.mark.browser, pytest.mark.kafka]


def test_a_worker_killed_while_somebody_saves(kafka, tmp_path, chromium, built):
    settings = load(
        find_running=False, bootstrap=kafka, topic_prefix=f"t-kill-{time.time_ns() % 10**9}", data_dir=tmp_path,
        partitions=PARTITIONS,
    )  # fmt: skip
    with admin(kafka) as client:
        apply(client, settings.topic_prefix, PARTITIONS)
    worker, hub = start_worker(settings), Live(settings)
    try:
        with served(settings_for(hub), hub) as at_desk:
            check = at_desk.propose("killed")
            person = Person(chromium, at_desk, "r.hale")
            person.open(f"/checks/{check.check_id}").press("Claim it").sees("Tamsin Okoro-Vale")
            person.do(check.check_id, "open").choose("Amber: complex needs, likely significant harm")
            person.write("Why", "Said while the worker dies")
            worker.send_signal(signal.SIGKILL)
            worker.wait(20)
            person.press("Open the check")
            person.page.locator("form[aria-busy=true]").wait_for()
            assert not person.page.locator(".govuk-notification-banner--success").count(), (
                "nobody says that it is saved"
            )
            worker = start_worker(settings)
            hub.tick(NOW)
            person.page.locator(".govuk-notification-banner--success, .govuk-error-summary").first.wait_for()
            if person.page.locator(".govuk-error-summary").count():  # the restart took longer than the desk waits
                assert person.page.locator("#words").input_value() == "Said while the worker dies"
                person.press("Open the check")
            person.saved("Opened")
            with at_desk.desk.engine.connect() as connection:
                kinds = [event.kind for event in queries.history(connection, check.check_id)]
            assert kinds.count("opened") == 1
            assert "refused" not in kinds
            person.close()
    finally:
        hub.close()
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)
