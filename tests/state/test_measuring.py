"""What a committed batch adds to the metrics."""

from __future__ import annotations

import pytest

from hub import metrics
from hub.avro import encode
from hub.messages import Proposal, Watch
from hub.state.api import MessageMeta
from hub.state.batch import BatchResult, Inbound, Outbound
from hub.worker.measuring import measure
from tests.check.people import NOW, World

CAUSE = Inbound(MessageMeta("persons", 0, 7, NOW), None, b"")


def counted(rule, level):
    return metrics.PROPOSALS.labels(rule, level)._value.get()


@pytest.mark.parametrize("whole", [True, False], ids=["message", "bytes the core had already"])
def test_a_proposal_counts_once_under_the_rule_that_opens_it(whole):
    proposal = World().proposal(level=4, rules=("CB09", "CB02"))
    other = Watch(partnership="demo", check_id="c", anchor="a", state="open", seq=1)
    made = [(proposal, Proposal), (other, Watch)]
    outputs = [Outbound("checks", "a", m if whole else kind, encode(m), None, CAUSE) for m, kind in made]
    before = counted("CB09", "4"), counted("CB02", "4")
    measure("person", BatchResult(NOW, outputs=outputs, records=[CAUSE]), 0.01)
    assert (counted("CB09", "4"), counted("CB02", "4")) == (before[0] + 1, before[1])
