"""Where a partnership's messages go: murmur2, as Kafka's own partitioner hashes keys (architecture, State)."""

from __future__ import annotations

from functools import lru_cache

from kafka.partitioner.default import murmur2

_POSITIVE = 0x7FFFFFFF


@lru_cache(maxsize=1_024)
def region_partition(partnership: str, partitions: int) -> int:
    """The partition of a topic that is placed by region."""
    hashed: int = murmur2(partnership.encode()) & _POSITIVE
    return hashed % partitions
