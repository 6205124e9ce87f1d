"""What a committed batch adds to the metrics and the log. Nothing here is counted before it is durable."""

from __future__ import annotations

import time
from collections import Counter

from hub import metrics
from hub.log import get_logger
from hub.messages import Proposal
from hub.state.batch import BatchResult, Outbound

log = get_logger("lane")


def measure(stage: str, result: BatchResult, seconds: float) -> None:
    """Count a batch that was committed.

    Args:
        stage: name of the stage.
        result: what came of the batch.
        seconds: what its transaction took.
    """
    now = time.time()
    metrics.RECORDS_IN.labels(stage, "").inc(len(result.records))
    metrics.BATCH_RECORDS.labels(stage).observe(len(result.records))
    metrics.TRANSACTION_SECONDS.labels(stage).observe(seconds)
    metrics.LAST_PROGRESS.labels(stage).set(now)
    latency = metrics.LATENCY.labels(stage, "")
    for record in result.records:
        latency.observe(now - record.meta.published_at.timestamp())
    for name, count in Counter(output.topic for output in result.outputs).items():
        metrics.OUTPUTS.labels(stage, name).inc(count)
    _count_proposals(result.outputs)
    for reject in result.rejects:
        metrics.REJECTS.labels(stage, "", reject.reason).inc()
        metrics.DEAD_LETTERS.labels(stage, "", reject.reason).inc()
        log.warning(
            "record set aside",
            stage=stage,
            reason=reject.reason,
            what=reject.detail,
            topic=reject.cause.meta.topic,
            partition=reject.cause.meta.partition,
            offset=reject.cause.meta.offset,
        )


def _count_proposals(outputs: list[Outbound]) -> None:
    """Each counts once, under the rule that opens it: one record in a hundred makes one."""
    for output in outputs:
        if output.kind is Proposal and isinstance(message := output.message, Proposal):
            metrics.PROPOSALS.labels(message.fired[0].rule_id, str(message.level)).inc()
