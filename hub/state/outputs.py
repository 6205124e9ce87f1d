"""Turns what a batch made into Kafka records: full topic names, keys, headers, dead letters. Sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache

from hub import avro
from hub.messages import Part
from hub.sealing import Sealer
from hub.state.batch import BatchResult, Inbound, Outbound
from hub.state.dead_letters import dead_letter
from hub.state.headers import Headers, carried, cloud_event
from hub.state.transaction import Send
from hub.topics import topic, topic_for

DEAD_LETTERS = "dead-letters"


class OutputWriter:
    """Writes one stage's outputs.

    Args:
        stage: its name; CloudEvents' source is `/mash/<stage>`.
        prefix: first part of topic names.
        sealer: seals the originals of dead letters.
        clock: the time now, UTC.
    """

    def __init__(self, stage: str, prefix: str, sealer: Sealer, clock: Callable[[], datetime]) -> None:
        """See the class."""
        self._stage = stage
        self._source = f"/mash/{stage}"
        self._prefix = prefix
        self._sealer = sealer
        self._clock = clock
        self._names: dict[str, str] = {}

    def sends(self, result: BatchResult) -> list[Send]:
        """Outputs in order, then the dead letters."""
        at = self._clock()
        letters = list(self._letters(result, at))
        time = at.isoformat(timespec="microseconds").encode()
        numbers: dict[int, int] = {}
        shared: dict[int, tuple[str, Headers]] = {}
        sends = []
        for output in (*result.outputs, *letters):
            meta = output.cause.meta
            number = numbers[meta.offset] = numbers.get(meta.offset, -1) + 1
            if meta.offset not in shared:
                place = f"{meta.topic}/{meta.partition}/{meta.offset}/"
                shared[meta.offset] = place, carried(output.cause.headers, meta.published_at)
            place, further = shared[meta.offset]
            kind = _kind(output.kind)
            event = cloud_event(identifier=f"{place}{number}", source=self._source, kind=kind, time=time)
            name = self._full(topic_for(output.topic, output.key))
            headers = (*event, *further)
            sends.append(Send(name, output.partition, output.key.encode(), output.value, headers))
        return sends

    def _letters(self, result: BatchResult, at: datetime) -> Iterable[Outbound]:
        for reject in result.rejects:
            letter = dead_letter(reject, stage=self._stage, at=at, sealer=self._sealer)
            cause: Inbound = reject.cause
            yield Outbound(DEAD_LETTERS, letter.letter_id, letter, avro.encode(letter), None, cause)

    def _full(self, name: str) -> str:
        full = self._names.get(name)
        if full is None:
            full = self._names[name] = topic(name).full_name(self._prefix)
        return full


@cache
def _kind(model: type[Part]) -> str:
    return f"{model.namespace}.{model.__name__}"
