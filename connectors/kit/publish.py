"""A batch of outcomes becomes sealed records and dead letters on Kafka, confirmed. No file and no position here.

Order within a batch: keys (one durable write for all), seal, send, wait for every confirmation. Only then may a caller
advance its position.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.kit.api import Reject
from connectors.kit.letters import Draft, draft, draft_of_file
from connectors.kit.letters import seal as seal_letter
from connectors.kit.outbox import ROOM, Outbox, Outgoing
from connectors.kit.outcomes import Outcome, is_of_file
from connectors.kit.source import Source
from connectors.kit.tally import Gauges, Tally
from hub.avro import encode
from hub.errors import Skippable
from hub.ids import Pseudonyms
from hub.messages import AgencyRecord, Receipt, SealedRecord
from hub.sealing import Sealer, key_names, seal_record
from hub.state.headers import PUBLISHED, TRACEPARENT, cloud_event, micros
from hub.topics import topic_for

TOO_LARGE = "too-large"
UNSEALABLE = "unsealable"
_RECORD_TYPE = "mash.record.SealedRecord"
_LETTER_TYPE = "mash.control.DeadLetter"
_RECEIPT_TYPE = "mash.check.Receipt"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Puts outcomes on Kafka.

    Attributes:
        partnership: whose hub.
        pseudonyms: keyed hashes.
        sealer: seals.
        outbox: sends.
        now: the clock, UTC.
    """

    partnership: str
    pseudonyms: Pseudonyms
    sealer: Sealer
    outbox: Outbox
    now: Callable[[], datetime]

    def publish(self, batch: Sequence[Outcome], connector: str, source: Source, tally: Tally, gauges: Gauges) -> None:
        """Send a batch and wait until Kafka has confirmed all of it.

        Raises:
            hub.errors.Retriable: told to stop while the broker was away.
            hub.errors.Fatal: the broker refuses for good.
        """
        began = time.monotonic()
        at = self.now()
        drafts = [self._draft(o.reject, connector, source) for o in batch if o.reject is not None]
        owned = [(outcome, record) for outcome in batch for record in outcome.records]
        self._make_keys(owned, drafts)
        messages, sealed = [], []
        for owner, record in owned:
            try:
                closed, value = self._seal(record)
            except Skippable as error:
                drafts.append(self._draft(_set_aside(record, owner, error), connector, source))
                continue
            sealed.append(closed)
            messages.append(_record_message(closed, value, at))
        reasons = [letter.reject.reason for letter in drafts]
        gauges.rejected(reasons)
        messages += [self._letter_message(letter, connector, at) for letter in drafts]
        self.outbox.send_all(messages)
        _count(tally, batch, sealed, reasons)
        gauges.confirmed(read=len(batch), records=len(sealed), letters=reasons, seconds=time.monotonic() - began)

    def _make_keys(self, owned: Sequence[tuple[Outcome, AgencyRecord]], drafts: Sequence[Draft]) -> None:
        """All keys of the batch at once: one durable write. A record without a proper name fails when it is sealed."""
        names = {letter.key_id for letter in drafts}
        for _owner, record in owned:
            with contextlib.suppress(UnicodeEncodeError):
                names |= key_names(record, self.pseudonyms)
        self.sealer.ensure(names)

    def _seal(self, record: AgencyRecord) -> tuple[SealedRecord, bytes]:
        """A record sealed and encoded.

        Raises:
            Skippable: `too-large`, or `unsealable`: a value that no message can hold (half a character, a number of
                more than 64 bits) slipped through its translation.
        """
        try:
            closed = seal_record(record, self.pseudonyms, self.sealer)
            value = encode(closed)
        except (ValueError, OverflowError) as error:  # UnicodeEncodeError is a ValueError
            raise Skippable(
                f"The record holds a value that cannot be encoded ({type(error).__name__}).",
                "Report it: the connector should have set that field aside. Replay the dead letter after the mend.",
                reason=UNSEALABLE,
            ) from None
        if len(value) > ROOM:
            raise Skippable(
                f"The record is {len(value)} bytes when sealed, and a message takes {ROOM}.",
                "Shorten its narrative where it is kept, or send it in parts.",
                reason=TOO_LARGE,
            )
        return closed, value

    def _draft(self, reject: Reject, connector: str, source: Source) -> Draft:
        if is_of_file(reject):
            return draft_of_file(reject, connector, source)
        return draft(reject, connector, source, self.pseudonyms)

    def _letter_message(self, letter: Draft, connector: str, at: datetime) -> Outgoing:
        message = seal_letter(letter, partnership=self.partnership, connector=connector, at=at, sealer=self.sealer)
        event = cloud_event(
            identifier=letter.letter_id, source=f"/connectors/{connector}", kind=_LETTER_TYPE, time=_rfc3339(at)
        )
        return Outgoing("dead-letters", letter.letter_id, encode(message), (_published(at), *event))


def _count(tally: Tally, batch: Sequence[Outcome], sealed: Sequence[SealedRecord], reasons: Sequence[str]) -> None:
    tally.read += len(batch)
    tally.unmapped += sum(len(record.unmapped) for outcome in batch for record in outcome.records)
    for record in sealed:
        tally.note_published(record.record_id, record.original_hash)
    tally.rejected.update(reasons)


def _set_aside(record: AgencyRecord, outcome: Outcome, error: Skippable) -> Reject:
    native = outcome.native
    assert native is not None  # only a native record has records
    return Reject(native.raw, record.whence.position, error.reason, str(error), native.before, native.after)


def _record_message(record: SealedRecord, value: bytes, at: datetime) -> Outgoing:
    content = record.original_hash.hex()
    event = cloud_event(
        identifier=f"{record.record_id}.{record.version}.{content}",
        source=f"/connectors/{record.whence.connector}",
        kind=_RECORD_TYPE,
        time=_rfc3339(record.received_at),
    )
    # W3C Trace Context: a trace per content of a record, so that a re-reading shows in the same trace.
    trace = (TRACEPARENT, f"00-{content}-{record.record_id[:16]}-01".encode())
    return Outgoing("records", record.record_id, value, (_published(at), trace, *event), region=record.partnership)


def receipt_message(receipt: Receipt, connector: str, at: datetime) -> Outgoing:
    """What a sender says of its records, on its agency's topic of receipts.

    Args:
        receipt: says it.
        connector: whose list it was.
        at: now, UTC.
    """
    value, key = encode(receipt), f"{receipt.agency}/{receipt.system}"
    event = cloud_event(
        identifier=f"{receipt.stage}.{hashlib.sha256(value).hexdigest()[:32]}",
        source=f"/connectors/{connector}",
        kind=_RECEIPT_TYPE,
        time=_rfc3339(receipt.at),
    )
    return Outgoing(topic_for("receipts", key), key, value, (_published(at), *event))


def _published(at: datetime) -> tuple[str, bytes]:
    return (PUBLISHED, b"%d" % micros(at))


def _rfc3339(at: datetime) -> bytes:
    return at.isoformat().encode()
