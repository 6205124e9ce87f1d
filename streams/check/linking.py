"""Checks that belong together: linked, each with its own bundle and decision; a duplicate is the only one that merges.

What is said to one check reaches the other as a command of the machine, whose effect stands in that check's history.
"""

from __future__ import annotations

from collections.abc import Callable

from hub.messages import CheckEvent
from streams.check.situation import MACHINE, Draft, Refusal, Situation
from streams.check.state import Check, State

Codes = dict[str, str]
Parts = dict[str, bytes]
Reseal = Callable[[bytes], bytes]
_MOST = 2
"""Contacts that go with a duplicate: more would not fit a message; they stay readable in the linked check."""
TOLD = ("began", "rating", "outcome")
"""What one check tells another of itself."""
_BACK = {"linked": "link", "unlinked": "unlink", "duplicate": "absorb"}
"""Event -> what the machine asks of the other check."""


def link(s: Situation) -> list[Draft]:
    """To a sibling's or a network's check.

    What the other tells of itself later is kept; what was decided there is news, and is read before deciding here.
    """
    codes = s.other_check() | s.optional("link", s.desk.config.decisions.links)
    if s.command.role == MACHINE:
        told = {name: s.command.codes.get(name, "") for name in TOLD}
        if codes["check"] in s.check.linked:
            codes["link"] = s.check.links.get(codes["check"], "") or codes.get("link", "")
            before = s.check.others.get(codes["check"], {})
            if before == told or not any(told.values()):
                return []
            if before.get("outcome", "") == told["outcome"]:
                return [Draft("told", codes | told)]
        codes |= told
    return [Draft("linked", codes)]


def unlink(s: Situation) -> list[Draft]:
    """The link was a mistake."""
    codes = s.other_check()
    if codes["check"] not in s.check.linked:
        if s.command.role == MACHINE:
            return []
        raise Refusal("not-linked")
    if codes["check"] in s.check.merged:
        raise Refusal("merged-stays")
    words = b"" if s.command.role == MACHINE else s.need_words()
    return [Draft("unlinked", codes, None, words)]


def absorb(s: Situation) -> list[Draft]:
    """A duplicate ended in this check: its referrer is owed an answer here, and what it held is to be read."""
    codes = s.other_check() | {"link": "duplicate"}
    if codes["check"] in s.check.merged:
        return []
    drafts = [Draft("absorbed", codes), *_its_contacts(s)]
    if s.check.ended:
        drafts.append(Draft("reopened", {"why": "duplicate"} | s.desk.due("response", s.now), State.REOPENED))
    elif s.check.state is State.DECISION_PENDING:
        drafts.append(Draft("bundle_ready", {"why": "duplicate"}, State.BUNDLE_READY))
    return drafts


_CARRIED = ("channel", "danger", "agency", "system", "record", "relation", "anonymous")
"""What a contact's event says in codes, and goes on saying in the check that its own was merged into."""


def carried(check: Check, event_of: Callable[[int], CheckEvent | None], reseal: Reseal) -> tuple[Codes, Parts]:
    """Codes and parts by which a duplicate's contacts go with it.

    Args:
        check: the duplicate.
        event_of: seq -> event.
        reseal: turns what is sealed for this check into what is sealed for the other; b"" where it was erased.
    """
    codes: dict[str, str] = {}
    parts: dict[str, bytes] = {}
    for held in list(check.contacts.values())[:_MOST]:
        event = event_of(held.seq)
        if event is None:
            continue
        codes |= {f"contact.{held.contact_id}.{name}": event.codes.get(name, "") for name in _CARRIED}
        parts[f"words.{held.contact_id}"] = reseal(event.words)
        parts[f"reporter.{held.contact_id}"] = event.parts.get("reporter", b"")
    return codes, parts


def _its_contacts(s: Situation) -> list[Draft]:
    given, parts = s.command.codes, s.command.parts
    ids = sorted({name.split(".")[1] for name in given if name.startswith("contact.")} - s.check.contacts.keys())
    return [
        Draft(
            "contacted",
            {"contact": one, "subject": s.check.subject}
            | {name: given.get(f"contact.{one}.{name}", "") for name in _CARRIED},
            None,
            parts.get(f"words.{one}", b""),
            {"reporter": parts.get(f"reporter.{one}", b"")},
        )
        for one in ids
    ]


def asks_of_the_other(event: CheckEvent) -> str:
    """Which command an event asks of the other check; '' for none."""
    return "" if event.role == MACHINE else _BACK.get(event.kind, "")
