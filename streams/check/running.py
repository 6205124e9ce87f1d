"""What may be said of a check at any time: notes, links, strategy discussion, immediate danger, disagreement."""

from __future__ import annotations

from streams.check.situation import STOP, Draft, Refusal, Situation


def note(s: Situation) -> list[Draft]:
    """Softer information, beside what the systems say."""
    return [Draft("noted", {}, None, s.need_words())]


def acknowledge(s: Situation) -> list[Draft]:
    """The referrer was told that it arrived."""
    return [Draft("referrer_told", {}, None, s.command.words)]


def link(s: Situation) -> list[Draft]:
    """To a sibling's or a network's check: linked, never merged."""
    return [Draft("linked", {"check": s.other_check()})]


def strategy_held(s: Situation) -> list[Draft]:
    """The strategy discussion took place (social care, police and health at least)."""
    return [Draft("strategy_held", {"due.strategy": STOP}, None, s.need_words())]


def immediate_safety(s: Situation) -> list[Draft]:
    """999 was called, or somebody went at once."""
    return [Draft("immediate_safety", {}, None, s.command.words)]


def protection_taken(s: Situation) -> list[Draft]:
    """Police protection (Children Act 1989 s46): its end is a clock."""
    return [Draft("protection_taken", s.desk.due("protection", s.now), None, s.command.words)]


def disagree(s: Situation) -> list[Draft]:
    """Somebody challenges how it stands: the first step of a timed ladder."""
    if s.check.ladder:
        raise Refusal("already-disagreed")
    codes = {"step": "1", "with": s.desk.config.clocks.ladder[0]}
    return [Draft("disagreed", codes | s.desk.due("ladder", s.now), None, s.need_words())]


def resolve(s: Situation) -> list[Draft]:
    """The disagreement is settled, and how."""
    if not s.check.ladder:
        raise Refusal("no-disagreement")
    return [Draft("resolved", {"step": "0", "due.ladder": STOP}, None, s.need_words())]
