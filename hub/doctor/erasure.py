"""Examination of erasures: what waits, and whether a restored key store brought anybody back. Changes nothing."""

from __future__ import annotations

from contextlib import closing

from hub.clock import system_time
from hub.doctor.examine import Finding
from hub.erasure.eraser import oldest_seconds
from hub.erasure.ledger import Ledger
from hub.kafka.clients import connection
from hub.secret_files import key_store, key_store_file
from hub.settings import Settings

WAITING_SECONDS = 3600.0
"""As the alert MashErasurePending."""


def erasures(settings: Settings) -> Finding:
    """Whether erasures wait, and whether keys that were destroyed are back."""
    if not settings.bootstrap:
        return Finding("Erasures", "ok", "to be looked at when Kafka runs.")
    with Ledger(connection(settings), settings.topic_prefix) as ledger:
        ledger.catch_up()
    back = 0
    if key_store_file(settings).exists():
        with closing(key_store(settings)) as keys:
            back = keys.returned(ledger.destroyed())
    if back:
        return Finding(
            "Erasures",
            "wrong",
            f"{back} keys of erased persons are in the key store again: it was restored from a backup.",
            "Run `mash keys reapply` now.",
        )
    oldest = oldest_seconds(ledger.pending, system_time())
    found = f"{len(ledger.pending)} pending, {len(ledger.done)} done."
    if oldest > WAITING_SECONDS:
        remedy = (
            "See `mash keys erasures`; does the eraser run, and does every stage work off its input (`mash status`)?"
        )
        return Finding("Erasures", "warning", f"{found} The oldest waits for {oldest / 3600:.0f} h.", remedy)
    return Finding("Erasures", "ok", found)
