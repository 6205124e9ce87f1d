"""What came of a demonstration: checks and proposals read from the topics, and the county's truth beside them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.county import verify
from hub.messages import Membership, Proposal
from hub.sealing import Sealer
from hub.secret_files import key_store, pseudonyms
from hub.settings import Settings, load
from streams.check import config
from streams.check.readmodel import TOPICS, ReadModel
from streams.check.render import terminal, words
from streams.check.render.build import Library, build
from streams.check.wire import TopicReader

READER = "demonstration"
SHOWN_CHECKS = 40


@dataclass
class Outcome:
    """Checks, proposals, and the judgement."""

    settings: Settings
    model: ReadModel
    proposals: dict[str, Proposal]
    report: verify.Report

    @property
    def holds(self) -> bool:
        """Every planted story was proposed, and nothing that should have stayed quiet."""
        return self.report.good

    def checks_table(self) -> Table:
        """Every check: level, state, what fired, decision."""
        table = Table(title="Checks", title_justify="left")
        for head in ("check", "about", "level", "state", "rules that fired", "decision"):
            table.add_column(head)
        checks = sorted(self.model.checks.values(), key=lambda c: (-c.level, c.check_id))
        for check in checks[:SHOWN_CHECKS]:
            rules = " ".join(sorted(check.rules))
            row = (check.check_id[:8], check.subject, str(check.level), check.state, rules, check.decision)
            table.add_row(*(str(cell) for cell in row))
        if len(checks) > SHOWN_CHECKS:
            table.caption = f"{len(checks) - SHOWN_CHECKS} more: mash check list"
        return table

    def show_bundle(self, console: Console) -> None:
        """One whole bundle: of the planted story's check with the most agencies in its picture."""
        check_id = self._fullest()
        if check_id is None:
            console.print("No bundle was made.")
            return
        packs = config.load(self.settings.packs_dir)
        library = Library(packs, words.catalogue(self.settings.packs_dir), Sealer(key_store(self.settings)))
        events = self.model.events[check_id]
        view = build(self.model.bundles[check_id], self.model.checks[check_id], events, library, reader=READER)
        terminal.show(view, console)

    def _fullest(self) -> str | None:
        def size(check_id: str) -> tuple[int, int, str]:
            entries = self.model.bundles[check_id].picture.entries
            return len({e.agency for e in entries}), min(len(entries), 12), check_id

        return max(self.model.bundles, key=size, default=None)

    def show_verdict(self, console: Console) -> None:
        """The truth, and whether it was met."""
        verify.show(self.report, console)
        word = "[green]held[/]" if self.holds else "[red]did not hold[/]"
        console.print(f"Every planted story proposed and no quiet family: {word}.")


def read(environment: dict[str, str], county: Path) -> Outcome:
    """Read the topics from their beginning.

    Args:
        environment: the demonstration's `HUB_*` variables.
        county: folder of the county.
    """
    os.environ.update(environment)
    settings = load()
    model = ReadModel()
    proposals: dict[str, Proposal] = {}
    members: dict[str, Membership] = {}
    with TopicReader(settings, (*TOPICS, "checks", "persons")) as reader:
        for message in reader.to_end():
            model.take([message])
            if isinstance(message, Proposal):
                proposals[message.proposal_id] = message
            elif isinstance(message, Membership) and message.seq >= members.get(message.person_id, message).seq:
                members[message.person_id] = message
    judged = [
        verify.Proposal(p.anchor, tuple(p.snapshot.members), tuple(f.rule_id for f in p.fired))
        for p in proposals.values()
    ]
    clusters = [[m.source_id for m in person.members] for person in members.values() if person.members]
    return Outcome(settings, model, proposals, verify.check(county, judged, pseudonyms(settings), clusters))
