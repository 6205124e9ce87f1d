"""A trial goes on after its history: what comes later is judged as it comes, under each pack."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.ids import Pseudonyms
from hub.keys_in_memory import MemoryKeys
from hub.sealing import Sealer
from packs import HERE
from streams.backtest.history import DayOf, Diary, sealed
from streams.backtest.trial import Trial
from streams.picture.evidence import EvidenceBox
from streams.picture.rules.engine import Engine, load_engine
from streams.picture.rules.load import default_pack
from tests.backtest.made import family, record


@pytest.fixture(scope="module")
def engines() -> list[Engine]:
    return [load_engine(default_pack()), load_engine(HERE / "rules" / "thistlemere.yaml")]


@pytest.fixture
def box() -> EvidenceBox:
    return EvidenceBox(Sealer(MemoryKeys()), Pseudonyms(b"t" * 32, "somewhere"), None)


def test_what_comes_after_the_history_is_judged_as_it_comes(engines: list[Engine], box: EvidenceBox) -> None:
    told = list(sealed(family(), box.pseudonyms, box.sealer, "recorded"))
    with Trial(engines, box) as trial:
        for entry in told[:4]:
            trial.take(entry)
        outcome = trial.play()
        assert outcome.span == (date(2025, 9, 1), date(2026, 3, 9))
        assert [t.rules for t in outcome.played[0].triggers] == []
        trial.go_on(told[4:5], date(2026, 3, 20))
        [live] = outcome.played[0].triggers
        assert (live.day, live.rules, live.rises) == (date(2026, 3, 20), ("CB02",), False)
        assert trial.go_on([], date(2026, 3, 21))[0].triggers == [live], "a day without news repeats nothing"


def test_nothing_stays_on_disk(
    engines: list[Engine], box: EvidenceBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Trial(engines, box) as trial:
        for entry in sealed(family()[:2], box.pseudonyms, box.sealer, "recorded"):
            trial.take(entry)
        trial.play()
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []


def test_a_record_dated_in_2087_is_kept_and_plays_on_the_day_it_was_read(
    engines: list[Engine], box: EvidenceBox
) -> None:
    odd = [
        record("Ada", "2087-01-01", "police", "s46.used"),
        record("Ada", "2026-10-01", "health", "injury.suspected_nai"),
        record("Ada", "2026-10-02", "unheard_of", "no.such.fact"),
    ]
    with Trial(engines, box) as trial:
        for entry in sealed(odd, box.pseudonyms, box.sealer, "recorded"):
            trial.take(entry)
        outcome = trial.play()
        assert outcome.span[1] == date(2026, 11, 2)
        assert [t.behind for t in outcome.played[0].triggers] == [("HE03",)], "2087 counts when its time comes"
        assert outcome.notes == {}


def test_a_diary_gives_a_day_in_the_order_of_its_moments(tmp_path: Path, box: EvidenceBox) -> None:
    diary = Diary(tmp_path / "days")
    entries = list(sealed(family(), box.pseudonyms, box.sealer, "recorded"))
    for n in range(80):  # more days than files may be open
        diary.add(DayOf(entries[0].known.replace(month=1 + n % 12, day=1 + n % 28), b"%d" % n))
    for entry in reversed(entries):
        diary.add(entry)
    same_day = [e for e in entries if e.known.date() == date(2025, 9, 1)]
    assert diary.day(date(2025, 9, 1))[-2:] == [e.value for e in reversed(same_day)]
    assert diary.messages == 80 + len(entries)
    assert diary.day(date(2030, 1, 1)) == []
