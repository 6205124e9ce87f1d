"""Takes restricted records out of what the picture stage says, at the door: nothing further in knows that they exist.

Restricted means existence-hidden (architecture, Messages): adoption, gender recognition, protected persons and the like
are absent from bundles, counts, requests, receipts and reasons.
"""

from __future__ import annotations

from hub.messages import Proposal
from hub.messages.identity import Edge
from hub.messages.picture import Entry, Fired, Indicator, Snapshot
from hub.messages.record import Operation


def _is_restricted(entry: Entry) -> bool:
    return bool(entry.restricted) or entry.operation is Operation.RESTRICT


def hides_something(picture: Snapshot) -> bool:
    """Whether a record of the person is restricted: then nobody learns by a look-up that a check exists."""
    return any(map(_is_restricted, picture.entries))


def picture_without(picture: Snapshot) -> Snapshot:
    """The picture without its restricted entries, and without what only they told."""
    shown = [e for e in picture.entries if not _is_restricted(e)]
    if len(shown) == len(picture.entries):
        return picture
    hidden = _hidden(picture)
    gone = {e.source_id for e in picture.entries} - {e.source_id for e in shown}
    return picture.model_copy(
        update={
            "entries": shown,
            "members": [m for m in picture.members if m not in gone],
            "indicators": [_indicator(i, hidden) for i in picture.indicators if not _only(i.records, hidden)],
            "circle": [_edge(e, hidden) for e in picture.circle if not _only(e.evidence, hidden)],
            "last_seen_at": None if picture.last_seen_record in hidden else picture.last_seen_at,
            "last_seen_record": "" if picture.last_seen_record in hidden else picture.last_seen_record,
        }
    )


def proposal_without(proposal: Proposal) -> Proposal:
    """As `picture_without`, for a proposal. A rule that only they made fire goes, unless it is the only one."""
    hidden = _hidden(proposal.snapshot)
    fired = [_fired(f, hidden) for f in proposal.fired if not _only(f.records, hidden)]
    fired = fired or [_fired(f, hidden) for f in proposal.fired[:1]]
    return proposal.model_copy(update={"fired": fired, "snapshot": picture_without(proposal.snapshot)})


def _hidden(picture: Snapshot) -> set[str]:
    """A record of which one subject is restricted may still show another."""
    shown = {e.record_id for e in picture.entries if not _is_restricted(e)}
    return {e.record_id for e in picture.entries if _is_restricted(e)} - shown


def _only(records: list[str], hidden: set[str]) -> bool:
    return bool(records) and hidden.issuperset(records)


def _left(records: list[str], hidden: set[str]) -> list[str]:
    return [r for r in records if r not in hidden]


def _indicator(indicator: Indicator, hidden: set[str]) -> Indicator:
    records, incidents = _left(indicator.records, hidden), _left(indicator.incidents, hidden)
    return indicator.model_copy(update={"records": records, "incidents": incidents})


def _edge(edge: Edge, hidden: set[str]) -> Edge:
    return edge.model_copy(update={"evidence": _left(edge.evidence, hidden)})


def _fired(fired: Fired, hidden: set[str]) -> Fired:
    return fired.model_copy(update={"records": _left(fired.records, hidden)})
