"""A trial of rule packs on a history: from records to what each pack would have proposed. Puts the parts together."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from hub.errors import Fatal
from streams.backtest.history import DayOf, Diary
from streams.backtest.replay import Persons, Played, Replay
from streams.backtest.traits import Someone, TraitBook
from streams.identity.model import MatchModel, shipped_model
from streams.picture.evidence import EvidenceBox
from streams.picture.rules.engine import Engine

YEAR = 365


@dataclass(slots=True)
class Outcome:
    """What came of a trial.

    Attributes:
        span: first and last day counted.
        played: by pack, in the order given.
        people: everybody, with source identities and traits.
        persons: who is who at the end.
        messages: records and decisions played.
        notes: what was set aside: reason -> count.
    """

    span: tuple[date, date]
    played: list[Played]
    people: list[tuple[tuple[str, ...], Someone]]
    persons: Persons
    messages: int
    notes: Counter[str] = field(default_factory=Counter)


class Trial:
    """A history, and the packs that are tried on it. A context manager: its scratch folder goes with it.

    Args:
        engines: the packs.
        box: opens what is sealed, under the keys with which the history was sealed.
        model: match model; default: the one that comes with the hub.
    """

    def __init__(self, engines: Sequence[Engine], box: EvidenceBox, model: MatchModel | None = None) -> None:
        """See the class."""
        self._engines, self._box, self._model = engines, box, model or shipped_model()
        self._scratch = Path(tempfile.mkdtemp(prefix="mash-backtest-"))
        self._diary = Diary(self._scratch / "days")
        self._book = TraitBook(box.sealer, outcome_codes(engines))
        self._replay: Replay | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._replay is not None:
            self._replay.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    @property
    def messages(self) -> int:
        """Records and decisions taken."""
        return self._diary.messages

    def take(self, entry: DayOf) -> None:
        """One message of the records topic, with the moment of its playing; in any order."""
        self._diary.add(entry)
        self._book.read(entry.value)

    def helped(self, source_id: str, at: datetime) -> None:
        """Help or protection began, as a check decided."""
        self._book.helped(source_id, at)

    def play(
        self, *, days: int = YEAR, until: date | None = None, told: Callable[[date], None] = lambda _day: None
    ) -> Outcome:
        """Play what was taken.

        Args:
            days: how many days are counted, the last ones; what lies before is known on the first morning.
            until: last day; default: the history's.
            told: hears each day that is done.

        Raises:
            Fatal: the history is empty.
        """
        whole = self._diary.span()
        if whole is None:
            raise Fatal("The history holds no record.", "Name files that hold some, or a hub that was fed.")
        last = until or whole[1]
        span = (max(whole[0], last - timedelta(days=days - 1)), last)
        replay = self._replay = Replay(self._engines, self._box, self._model, self._scratch)
        for day in replay.play(self._diary, *span):
            told(day)
        people = self._book.people(replay.persons.members.values(), last)
        played = replay.played()
        notes = Counter({reason: n for p in played for reason, n in p.rejects.items()})
        return Outcome(span, played, people, replay.persons, self._diary.messages, notes)

    def go_on(self, entries: Iterable[DayOf], at: date) -> list[Played]:
        """After `play`: what is told on a later day, and time itself. What each pack has said until now."""
        assert self._replay is not None, "play comes first"
        values = []
        for entry in entries:
            self._book.read(entry.value)
            values.append(entry.value)
        self._replay.one_day(values, at)
        return self._replay.played()


def outcome_codes(engines: Iterable[Engine]) -> set[str]:
    """Facts that any of the packs takes for help or protection."""
    return {code for e in engines for code in e.pack.codes(e.pack.signals.outcome)}
