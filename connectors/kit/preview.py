"""Shows what native records become, for people (rich) and machines (JSON lines). Sends and seals nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import yaml
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from connectors.kit.flat import Trace, result_fields
from connectors.kit.outcomes import Outcome
from hub.messages import AgencyRecord
from packs import HERE

_QUIET = (
    "partnership",
    "agency",
    "system",
    "kind",
    "received_at",
    "whence",
    "terms",
    "unmapped",
    "version",
    "operation",
)
"""Said in the panel's head or foot, not as rows."""
_HEAD = ("ref", "role", "restricted")
_WORDS = {
    "local_id": "record's own id", "occurred_at": "happened", "recorded_at": "written down",
    "incident": "incident reference", "narrative": "narrative (sealed)", "identity.birth.value": "born",
    "identity.birth.precision": "how exact", "identity.sex": "sex", "local_person_id": "person's own id",
}  # fmt: skip


def as_json(outcome: Outcome) -> Iterator[str]:
    """One line a record or reject."""
    for record in outcome.records:
        yield json.dumps({"record": record.model_dump(mode="json")}, ensure_ascii=False)
    if outcome.reject is not None:
        reject = {
            "position": outcome.reject.position,
            "reason": outcome.reject.reason,
            "detail": outcome.reject.detail,
        }
        yield json.dumps({"reject": reject}, ensure_ascii=False)


def show(console: Console, outcomes: Iterable[Outcome]) -> None:
    """Panels on a terminal, then the counts."""
    kinds: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    unmapped: Counter[str] = Counter()
    for outcome in outcomes:
        for record in outcome.records:
            kinds[record.kind] += 1
            unmapped.update(u.path.rpartition("/")[2] for u in record.unmapped)
            console.print(_panel(record, outcome))
        if outcome.reject is not None:
            reasons[outcome.reject.reason] += 1
            console.print(_reject_panel(outcome))
    console.print(counts(kinds, reasons, unmapped))


def counts(kinds: Counter[str], reasons: Counter[str], unmapped: Counter[str]) -> RenderableType:
    """What there was, in one table."""
    table = Table(title="Nothing was sent. In this file:", title_justify="left", show_header=False, box=None)
    for kind, number in sorted(kinds.items()):
        table.add_row(Text(str(number), "bold green"), kind_text(kind))
    for reason, number in sorted(reasons.items()):
        table.add_row(Text(str(number), "bold red"), f"set aside: {reason}")
    for path, number in sorted(unmapped.items()):
        table.add_row(Text(str(number), "yellow"), f"kept without a map: {path}")
    if not kinds and not reasons:
        table.add_row("0", "records")
    return table


@cache
def _catalogue() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((HERE / "facts.yaml").read_text("utf-8"))
    return found


def kind_text(kind: str) -> str:
    """A kind of record in words."""
    return f"{_catalogue()['kinds'].get(kind, 'unknown kind')} ({kind})"


def fact_text(code: str) -> str:
    """A fact's code in words."""
    known = _catalogue()["codes"].get(code)
    return str(known["text"]) if known else "not in the fact catalogue"


def _panel(record: AgencyRecord, outcome: Outcome) -> Panel:
    trace = Trace(outcome.native.value if outcome.native else None)
    parts: list[RenderableType] = [_table(_top(record), trace)]
    for subject in record.subjects:
        head = Text(f"{subject.role.value.replace('_', ' ')} ", "bold cyan") + Text(f"({subject.ref})", "dim")
        if subject.restricted:
            head += Text(f"  restricted: {subject.restricted}", "bold red")
        fields = [(p, t) for p, t in result_fields(subject) if p not in _HEAD and not p.endswith("].scheme")]
        parts += [Text(), head, _table(fields, trace)]
    if record.relationships:
        parts += [Text(), Text("relationships", "bold cyan")]
        parts += [Text(f"  {r.subject} is the {r.kind.replace('_', ' ')} of {r.of}") for r in record.relationships]
    if record.unmapped:
        parts += [Text(), Text("kept without a map", "bold yellow"), _unmapped(record)]
    title = f"{kind_text(record.kind)}: {record.operation.value}, version {record.version}"
    return Panel(Group(*parts), title=title, title_align="left", subtitle=record.whence.position, border_style="green")


def _top(record: AgencyRecord) -> list[tuple[str, str]]:
    apart = (*_QUIET, "subjects", "relationships")
    return [(p, t) for p, t in result_fields(record) if p.split(".")[0].split("[")[0] not in apart]


def _table(fields: Iterable[tuple[str, str]], trace: Trace) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
    table.add_column(style="bold", max_width=44, overflow="fold")
    table.add_column(overflow="fold")
    table.add_column(style="dim", overflow="fold")
    for path, text in fields:
        table.add_row(_words(path), Text(text), Text(f"from {found}" if (found := trace.of(path, text)) else ""))
    return table


def _words(path: str) -> Text:
    """A path as a reader says it; facts with what their code means."""
    if path in _WORDS:
        return Text(_WORDS[path])
    if path.startswith("facts["):
        code, _, rest = path.removeprefix("facts[").partition("]")
        name = rest.removeprefix(".attributes").strip(".")
        return Text(f"{fact_text(code)} " if name == "code" else f"  {name}")
    return Text(path.removeprefix("identity.").replace("_", " ").replace(".", " "))


def _unmapped(record: AgencyRecord) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
    for field in record.unmapped:
        table.add_row(Text(field.path, "yellow"), Text(field.value))
    return table


def _reject_panel(outcome: Outcome) -> Panel:
    reject = outcome.reject
    assert reject is not None
    return Panel(
        Text(reject.detail), title=f"Set aside: {reject.reason}", title_align="left", subtitle=reject.position,
        border_style="red",
    )  # fmt: skip
