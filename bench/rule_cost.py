"""What rules cost: the person stage over one county under packs of 50 and of 500 rules. CPU time, as a ratio.

    python -m bench.rule_cost COUNTY

The small pack is the first rules of the shipped one; the large one is all of it and copies with other windows, so that
each fact is asked about by ten times as many rules.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, product
from pathlib import Path
from string import ascii_uppercase
from typing import Annotated

import typer

from bench.cores import NOW, run_core
from bench.rules import PARTNERSHIP, records
from hub import collector
from hub.avro import encode
from hub.ids import Pseudonyms
from hub.keys_in_memory import MemoryKeys
from hub.messages import Tick
from hub.sealing import Sealer
from streams.backtest.history import sealed
from streams.identity.core import IdentityCore
from streams.picture.evidence import EvidenceBox
from streams.picture.facts_core import FactsCore
from streams.picture.person_core import PersonCore
from streams.picture.rules.engine import Engine, engine_of
from streams.picture.rules.load import default_pack, load_pack
from streams.picture.rules.pack import Combination, Indicator, RulePack

SMALL, LARGE = 50, 500
ROUNDS = 3
"""Each pack in turn, so many times; the best counts: the machine has others on it."""
_COMBINATIONS = 0.17
"""Their share among the shipped pack's rules."""


def _ids() -> Iterator[str]:
    for one, two, number in product(ascii_uppercase, ascii_uppercase, range(100)):
        if one in "XYZ":  # no rule of the shipped pack begins so
            yield f"{one}{two}{number:02d}"


def pack_of(rules: int) -> RulePack:
    """So many rules: the shipped pack's first, then copies with windows a little longer."""
    shipped, ids = load_pack(default_pack()).pack, _ids()
    combinations = round(rules * _COMBINATIONS)
    found: list[Indicator] = [*shipped.indicators][: rules - combinations]
    judged: list[Combination] = [*shipped.combinations][:combinations]
    for longer in count(1):
        for rule in shipped.indicators:
            if len(found) < rules - combinations and rule.window_days:
                changes = {"id": next(ids), "window_days": rule.window_days + longer, "replaces": []}
                found.append(rule.model_copy(update=changes))
        for combination in shipped.combinations:
            if len(judged) < combinations and combination.window_days:
                changes = {"id": next(ids), "window_days": combination.window_days + longer}
                judged.append(combination.model_copy(update=changes))
        if len(found) + len(judged) == rules:
            return shipped.model_copy(update={"indicators": found, "combinations": judged})
    raise AssertionError("unreachable")


def main(county: Annotated[Path, typer.Argument(help="Folder of a county.")]) -> None:
    """Print CPU a message under each pack, and the ratio.

    Example: python -m bench.rule_cost county
    """
    collector.tune()
    names, sealer = Pseudonyms(b"bench", PARTNERSHIP), Sealer(MemoryKeys())
    box = EvidenceBox(sealer, names, None)
    days = sorted(sealed(records(county, Counter()), names, sealer, "received"), key=lambda d: d.known)
    sent: dict[str, list[bytes]] = {}
    run_core(IdentityCore(names, sealer), [encode(Tick(at=NOW)), *(d.value for d in days)], sent)
    run_core(FactsCore(), sent["facts"], sent)
    now = encode(Tick(at=datetime(days[-1].known.year, days[-1].known.month, days[-1].known.day, tzinfo=UTC)))
    values = [now, *sent["persons"]]
    best: dict[int, float] = {}
    for _ in range(ROUNDS):
        for rules in (SMALL, LARGE):
            best[rules] = min(best.get(rules, float("inf")), _seconds(engine_of(pack_of(rules)), box, values))
    for rules, seconds in best.items():
        print(f"{rules:4} rules: {seconds / len(values) * 1e6:7.0f} us a message, {len(values):,} messages")
    print(f"ratio: {best[LARGE] / best[SMALL]:.2f}")


def _seconds(engine: Engine, box: EvidenceBox, values: list[bytes]) -> float:
    core = PersonCore(engine, box)
    start = time.process_time()
    run_core(core, values, {})
    return time.process_time() - start


if __name__ == "__main__":
    typer.run(main)
