"""Why a rule fired and what would have to be otherwise, in plain English. Words only: no names and no decisions."""

from __future__ import annotations

from datetime import datetime

from hub.messages.picture import Fired
from hub.settings import LONDON
from hub.state.headers import from_micros
from streams.picture.rules.inforce import Fire, InForce, agencies_of
from streams.picture.rules.look import days
from streams.picture.rules.pack import Combination, Indicator

RELATIONS = {
    "parents_partner": "a parent's partner",
    "step_parent": "a step-parent",
    "household": "somebody in the household",
    "half_sibling": "a half-sibling",
}
GRADES = {
    "S": "as the source has it",
    "P": "partly in the source",
    "D": "a default that the partnership signs off",
}
NAMED = 50
"""Records named behind a rule; the picture holds the others."""


def day(at: int) -> str:
    """A time (microseconds) as people write a date."""
    moment: datetime = from_micros(at)
    if moment.year > 1:  # London's local mean time of the year 1 would lie before the calendar begins
        moment = moment.astimezone(LONDON)
    return f"{moment.day} {moment:%B %Y}"


def fired_by(fires: tuple[Fire, ...], notes: tuple[Fire, ...], now: int) -> list[Fired]:
    """Combinations, gravest first, then the indicators behind them, then what raises or routes."""
    behind: dict[tuple[str, str], InForce] = {}
    for fire in fires:
        for indicator in fire.behind:
            behind.setdefault((indicator.rule.id, indicator.through), indicator)
    return [
        *(combination(f, now) for f in fires),
        *(indicator_fired(i) for i in sorted(behind.values(), key=lambda i: (-i.level, i.rule.id, i.through))),
        *(note(f) for f in notes),
    ]


def combination(fire: Fire, now: int) -> Fired:
    """A combination."""
    rule = fire.rule
    return Fired(
        rule_id=rule.id,
        level=fire.level,
        text=f"{rule.text} {_counted(fire)}".strip(),
        basis=basis(rule),
        records=list(fire.records[:NAMED]),
        otherwise=_otherwise(fire, now),
    )


def indicator_fired(indicator: InForce) -> Fired:
    """An indicator behind a combination."""
    rule = indicator.rule
    agencies = ", ".join(sorted({agency for agency, _ in indicator.origins.values()}))
    told = f"{indicator.count} {'time' if indicator.count == 1 else 'times'} between" if indicator.count > 1 else "On"
    when = day(indicator.first) if indicator.count == 1 else f"{day(indicator.first)} and {day(indicator.last)}"
    return Fired(
        rule_id=rule.id,
        level=indicator.level,
        text=f"{rule.text} {told} {when}, by {_words(agencies)}.{_path(indicator)}",
        basis=basis(rule),
        records=list(indicator.records[:NAMED]),
        otherwise=_indicator_otherwise(indicator),
    )


def note(fire: Fire) -> Fired:
    """What raises a combination, or routes."""
    routes = fire.rule.routes
    return Fired(
        rule_id=fire.rule.id,
        level=0,
        text=fire.rule.text,
        basis=basis(fire.rule),
        records=list(fire.records[:NAMED]),
        otherwise="It no longer holds when the involvement ends." if routes else "It no longer holds with age.",
    )


def basis(rule: Indicator | Combination) -> str:
    """Where the rule comes from, and how far the source carries it."""
    source = rule.basis if rule.basis != "-" else "No published source"
    return f"{source} (evidence {rule.evidence}: {GRADES[rule.evidence]})"


def _words(text: str) -> str:
    return text.replace("_", " ")


def _path(indicator: InForce) -> str:
    if not indicator.through:
        return ""
    if indicator.rule.network:
        return f" Through: {indicator.path}."
    since = f" since {indicator.since}" if indicator.since else ""
    relation = RELATIONS.get(indicator.path, f"the {_words(indicator.path)}")
    return f" Through: {relation}{since}."


def _counted(fire: Fire) -> str:
    if not fire.behind:
        return ""
    rules = ", ".join(sorted({i.rule.id for i in fire.behind}))
    agencies = ", ".join(sorted(agencies_of(fire.behind)))
    return f"Counted: {rules}; told by {_words(agencies)} (each incident counts for whoever first told of it)."


def _otherwise(fire: Fire, now: int) -> str:
    rule, measure = fire.rule, fire.measure
    if rule.silence:
        since = day(now - days(rule.silence.days))
        unseen = day(measure["since"])
        return (
            f"It would not fire if a professional had seen the child since {since}; nobody is known to, since {unseen}."
        )
    if rule.facts:
        there = measure["count"]
        return f"It takes {rule.count} in {rule.window_days} days; there {_are(there)}.{_spare(there, rule.count)}"
    if rule.trio:
        wanted = min(t.distinct for t in rule.trio)
        return f"It takes {wanted} of the categories at once; there {_are(measure['categories'])}.{_lapses(fire)}"
    wanted = sum(need.count for need in rule.needs)
    parts = [f"It takes {wanted} such indicator{'s' * (wanted > 1)}; there {_are(measure['indicators'])}."]
    if rule.agencies > 1:
        parts.append(f"It takes {rule.agencies} agencies; there {_are(measure['agencies'])}.")
    return " ".join(parts) + _lapses(fire)


def _are(count: int) -> str:
    return f"is {count}" if count == 1 else f"are {count}"


def _spare(there: int, wanted: int) -> str:
    spare = there - wanted
    return " With one fewer it would not fire." if not spare else f" With {spare + 1} fewer it would not fire."


def _lapses(fire: Fire) -> str:
    ends = sorted(i.until for i in fire.behind if i.until)
    return f" The first of them leaves force on {day(ends[0])} if nothing new comes." if ends else ""


def _indicator_otherwise(indicator: InForce) -> str:
    rule = indicator.rule
    parts = []
    if rule.facts:
        window = f" within {rule.window_days} days" if rule.window_days else ""
        parts.append(f"It takes {rule.count}{window}; there {_are(indicator.count)}.")
        parts.append(_spare(indicator.count, rule.count).strip())
    if indicator.through:
        what = "they did not share this" if rule.network else "that person did not belong to the circle"
        parts.append(f"It would not count here if {what}.")
    if indicator.until:
        parts.append(f"It leaves force on {day(indicator.until)} if nothing new comes.")
    return " ".join(parts)
