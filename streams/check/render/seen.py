"""Who has seen the person, when, and whether alone: as records say, and as people have told the check.

A decision maker asks this first. What nobody wrote down is said as well: "alone or not" is part of the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from hub.messages import CheckEvent
from hub.messages.record import Fact
from streams.check.render.history import who
from streams.check.render.opening import OpenEntry
from streams.check.render.people import Agency
from streams.check.render.story import happened, source_of
from streams.check.render.view import Said
from streams.check.render.words import LONDON, Catalogue, date_of, moment, plain

_SEEN = "seen"
_ALONE = {"yes": "alone", "no": "not alone"}
_NOT_SAID = "whether alone is not said"


def last_seen(
    entries: Iterable[OpenEntry], events: Sequence[CheckEvent], catalogue: Catalogue, agency: Agency, at: datetime
) -> list[Said]:
    """When a professional last had the person before them, by agency and as told to the check, latest first."""
    found = [*_records(entries, catalogue, agency, at), *_told(events, at)]
    latest: dict[str, tuple[datetime, bool, Said]] = {}
    for when, by, plainly, said in found:
        if by not in latest or (when, plainly) > latest[by][:2]:
            latest[by] = (when, plainly, said)
    return [said for *_, said in sorted(latest.values(), key=lambda one: one[0], reverse=True)]


def _records(
    entries: Iterable[OpenEntry], catalogue: Catalogue, agency: Agency, at: datetime
) -> Iterable[tuple[datetime, str, bool, Said]]:
    """When, which agency, whether it says so in so many words (an attendance only means it), and what is said."""
    signals = catalogue.signals.get(_SEEN, frozenset())
    for opened in entries:
        for fact in opened.content.facts if opened.content else []:
            if fact.code in signals:
                when = fact.at or happened(opened.entry)
                said = Said(f"{_day(when, at)}: {_what(fact, catalogue)}", str(source_of(opened, agency)))
                yield when, opened.entry.agency, fact.code == _SEEN, said


def _what(fact: Fact, catalogue: Catalogue) -> str:
    text = str(catalogue.codes.get(fact.code, {}).get("text", fact.code))
    if fact.code != _SEEN:
        return text
    by = f" ({plain(fact.value)})" if fact.value else ""
    return f"{text}{by}, {_ALONE.get(fact.attributes.get('alone', ''), _NOT_SAID)}"


def _told(events: Sequence[CheckEvent], at: datetime) -> Iterable[tuple[datetime, str, bool, Said]]:
    """What people told this check of a visit."""
    for event in events:
        if event.kind == _SEEN:
            when = datetime.fromisoformat(event.codes["seen_at"])
            alone = _ALONE.get(event.codes.get("alone", ""), _NOT_SAID)
            text = f"{_day(when, at)}: Seen by {plain(event.codes['by'])}, {alone}"
            yield when, "", True, Said(text, f"told by {who(event)}, {moment(event.at)}")


def _day(when: datetime, at: datetime) -> str:
    days = (at.astimezone(LONDON).date() - when.astimezone(LONDON).date()).days
    ago = "today" if days < 1 else "yesterday" if days == 1 else f"{days} days ago"
    return f"{date_of(when)} ({ago})"
