"""The view in a terminal, by rich. No opening of seals and no choice of words here."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from streams.check.render.view import BundleView, Line, Said, Source

_NARROW = frozenset({"When", "Who", "Since", "Agency", "Level", "Agencies", "Through", "Records", "From", "To", "Ring"})
_COLOURS = {"red": "bold white on red", "amber": "black on yellow", "green": "white on green", "none": "bold"}


def show(view: BundleView, console: Console) -> None:
    """Print the whole bundle."""
    console.print(Group(*_parts(view)))


def _parts(view: BundleView) -> Iterable[RenderableType]:
    yield _head(view)
    if view.immediate:
        yield Panel(_bullets(view.immediate), title="Immediate risk", border_style="red")
    if view.worries:
        yield from _section("The worry", *_worries(view))
    yield from _section("Who", _who(view))
    yield from _section("Why now", *_why(view))
    yield from _section("Signs in force", _signs(view))
    yield from _section("Gaps and doubts", _bullets(view.gaps or ["None known"]))
    yield from _section("Last seen by a professional", _said(view.last_seen))
    yield from _section("Open worker, plan or order", _said(view.open_to) if view.open_to else Text("None known here"))
    yield from _section("Circle", _circle(view))
    yield from _section("Chronology, newest first", _chronology(view.chronology))
    yield from _section("What each agency holds, and whom to ring", _holdings(view))
    yield from _section("Returns", *_returns(view))
    yield from _section("Basis for sharing", _bullets(view.basis or ["The gate has not been passed"]))
    yield from _section("Decision", _bullets(view.decision or ["None yet"]))
    if view.actions:
        yield from _section("Agreed actions", _bullets(view.actions))
    yield from _section("History of this check", _steps(view))


def _head(view: BundleView) -> RenderableType:
    title = Text.assemble((f" {view.rating} ", _COLOURS[view.rating_code]), "  ", (view.subject.title, "bold"))
    lines = [
        title,
        Text(f"{view.kind} · check {view.reference} · bundle version {view.version}, {view.made} · {view.state}"),
        Text(view.reader, style="dim"),
    ]
    if view.scripted:
        lines.append(Text("Scripted parties acted on this check: made-up people, a demonstration", style="bold yellow"))
    return Panel(Group(*lines), title=view.marking, subtitle=f"check {view.check_id}")


def _section(title: str, *parts: RenderableType) -> Iterable[RenderableType]:
    yield Rule(title, align="left")
    yield from parts
    yield Text("")


def _bullets(lines: Iterable[str]) -> Text:
    return Text("\n".join(f"• {line}" for line in lines))


def _who(view: BundleView) -> Table:
    subject = view.subject
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    table.add_column(style="dim")
    groups = (
        ("Names", subject.names),
        ("Born", subject.births),
        ("Numbers", subject.identifiers),
        ("Addresses", subject.addresses),
        ("Needs", subject.needs),
    )
    for label, said in groups:
        for number, one in enumerate(said):
            flag = f" ⚠ {one.flag}" if one.flag else ""
            table.add_row(label if number == 0 else "", Text(one.what + flag), Text(one.by))
    if subject.sex:
        table.add_row("Sex", Text(subject.sex), "")
    return table


def _worries(view: BundleView) -> Iterable[RenderableType]:
    for worry in view.worries:
        yield Text.assemble((worry.worry, "bold"), f"  [{worry.by}, {worry.when}. {worry.danger}]")
        for said in worry.said:
            yield Text(f"   {said.question}: {said.text}")
        yield from _indented("Not said: ", [", ".join(worry.missing)] if worry.missing else [])
        yield from _indented("Attached: ", worry.attachments)
        yield from _indented("Who referred (released by a manager): ", [worry.reporter] if worry.reporter else [])


def _why(view: BundleView) -> Iterable[RenderableType]:
    for why in view.why:
        yield Text.assemble((f"{why.text} ", "bold"), f"({why.level}; rule {why.rule})")
        yield from _indented("Basis: ", [why.basis] if why.basis else [])
        yield from _indented("What would have to be otherwise: ", [why.otherwise] if why.otherwise else [])
        yield from _indented("Records: ", _sources(why.records))


def _signs(view: BundleView) -> RenderableType:
    if not view.signs:
        return Text("None")
    table = _table("Level", "Sign", "Agencies", "When", "Through")
    for sign in view.signs:
        table.add_row(sign.level, Text(sign.text), Text(sign.agencies), sign.span, Text(sign.through))
    return table


def _indented(label: str, lines: Iterable[str]) -> Iterable[Text]:
    for line in lines:
        yield Text(f"   {label}{line}", style="dim")


def _sources(sources: Iterable[Source]) -> list[str]:
    return [str(s) for s in sources]


def _said(said: Iterable[Said]) -> Text:
    return Text("\n".join(f"• {s.what}" + (f"  [{s.by}]" if s.by else "") for s in said))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    for column in columns:
        table.add_column(column, overflow="fold", ratio=1 if column in _NARROW else 3)
    return table


def _circle(view: BundleView) -> RenderableType:
    lines: list[RenderableType] = [] if view.circle else [Text("Nobody else is known here")]
    for tie in view.circle:
        since = f", since {tie.since}" if tie.since else ""
        lines.append(Text.assemble((tie.name, "bold"), f": {tie.relation}{since}"))
        lines += [Text(f"   {risk}", style="bold") for risk in tie.risks]
        lines += _indented("Records: ", [_short(tie.records)] if tie.records else [])
    for person in view.named:
        born = f", born {person.born}" if person.born else ""
        lines.append(Text.assemble("Named in records: ", (person.name, "bold"), f" ({person.role}{born})"))
        lines += _indented("Records: ", [_short(person.records)])
    return Group(*lines)


def _short(sources: list[Source]) -> str:
    return "; ".join(s.short for s in sources)


def _chronology(lines: list[Line]) -> Table:
    table = _table("When", "Agency", "What", "Source record")
    for line in lines:
        what = Text.assemble(("New. " if line.new else "", "bold green"), (line.kind, "bold"))
        for fact in line.what:
            what.append(f"\n{fact}")
        if line.narrative:
            what.append(f"\n“{line.narrative}”", style="italic")
        for remark in filter(None, (line.echo, line.release)):
            what.append(f"\n{remark}", style="yellow")
        table.add_row(Text(line.when), Text(line.agency), what, Text(str(line.source), style="dim"))
    return table


def _holdings(view: BundleView) -> Table:
    table = _table("Agency", "Records", "From", "To", "Ring")
    for held in view.holdings:
        table.add_row(held.agency, str(held.records), held.first, held.last, held.telephone)
    return table


def _returns(view: BundleView) -> Iterable[RenderableType]:
    if not view.returns:
        yield Text("Nobody has been asked yet")
    for part in view.returns:
        style = "bold red" if part.missing else "bold"
        yield Text.assemble((part.agency, style), f": {part.status}. Asked {part.asked}, due {part.due}.")
        if part.answered:
            yield Text(f"   {part.answered} by {part.by}" + (f" — {part.release}" if part.release else ""), style="dim")
        for answer in part.answers:
            yield Text.assemble("   ", (answer.question, "italic"), f" {answer.text}")
        if part.note:
            yield Text(f"   {part.note}")


def _steps(view: BundleView) -> Table:
    table = _table("When", "Who", "What")
    for step in view.steps:
        what = Text(step.what)
        if step.words:
            what.append(f"\n“{step.words}”", style="italic")
        table.add_row(step.when, Text(step.who), what)
    return table
