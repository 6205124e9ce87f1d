"""How many may share a telephone before it says nothing: what each bound in the rule pack would have opened.

    python -m bench.sharing COUNTY [--share 0.2]

COUNTY is a folder that `python -m bench.county` wrote. Children of different homes are given common numbers at random,
in groups of 2 to 16, as many children in groups of each size; so each episode that NW01 completes is a false one. The
same records are judged under packs that differ in `ties.most_sharing` alone.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.table import Table

from bench.county.identifiers import TELEPHONES, telephone
from bench.county.truth import FOLDER
from bench.rules import PARTNERSHIP, records
from hub import collector
from hub.ids import Pseudonyms
from hub.keys_in_memory import MemoryKeys
from hub.messages import AgencyRecord
from hub.messages.record import Subject
from hub.sealing import Sealer
from streams.backtest.history import sealed
from streams.backtest.report import report
from streams.backtest.trial import Trial
from streams.picture.evidence import EvidenceBox
from streams.picture.rules.engine import Engine, load_engine
from streams.picture.rules.load import default_pack

BOUNDS = (2, 4, 8, 12)
SIZES = (2, 4, 8, 12, 16)
_Key = tuple[str, str, str]
"""Agency, system, local person id."""


def numbers(county: Path, share: float, rng: Random) -> dict[_Key, str]:
    """A common number for each source identity of some children, at most one of a home in a group."""
    with (county / FOLDER / "people.jsonl").open(encoding="utf-8") as lines:
        people = [json.loads(line) for line in lines]
    one_a_home = {p["household"]: p for p in people if p["role"] == "child"}
    children = sorted(one_a_home.values(), key=lambda p: str(p["id"]))
    chosen = rng.sample(children, int(len(children) * share))
    found: dict[_Key, str] = {}
    rank = TELEPHONES
    for size, lot in zip(SIZES, (chosen[n :: len(SIZES)] for n in range(len(SIZES))), strict=True):
        for start in range(0, len(lot) - size + 1, size):
            rank -= 1
            for child in lot[start : start + size]:
                found |= {tuple(entry): telephone(rank) for entry in child["ids"]}
    return found


def shared(told: Iterable[AgencyRecord], numbers_: dict[_Key, str]) -> Iterator[AgencyRecord]:
    """The same records, with the common numbers on those whose they are."""
    for record in told:

        def given(subject: Subject, record: AgencyRecord = record) -> Subject:
            number = numbers_.get((record.agency, record.system, subject.local_person_id))
            if number is None:
                return subject
            identity = subject.identity
            more = identity.model_copy(update={"telephones": [*identity.telephones, number]})
            return subject.model_copy(update={"identity": more})

        yield record.model_copy(update={"subjects": [given(s) for s in record.subjects]})


def packs(folder: Path) -> Iterator[Engine]:
    """The default pack under each bound."""
    plain = yaml.safe_load(default_pack().read_text("utf-8"))
    for bound in BOUNDS:
        plain["pack"], plain["ties"]["most_sharing"] = f"default-{bound}", bound
        path = folder / f"{bound}.yaml"
        path.write_text(yaml.safe_dump(plain, allow_unicode=True), "utf-8")
        yield load_engine(path)


def main(
    county: Annotated[Path, typer.Argument(help="Folder of a county.")],
    share: Annotated[
        float, typer.Option(help="Of the homes with children, those of which one has a common number.")
    ] = 0.2,
    scratch: Annotated[Path, typer.Option(help="New or empty folder for the packs.")] = Path("bench/out/sharing"),
) -> None:
    """Print episodes by bound.

    Example: python -m bench.sharing county
    """
    collector.tune()
    scratch.mkdir(parents=True, exist_ok=True)
    engines = list(packs(scratch))
    common = numbers(county, share, Random(1))
    names, sealer, rejects = Pseudonyms(secrets.token_bytes(32), PARTNERSHIP), Sealer(MemoryKeys()), Counter[str]()
    with Trial(engines, EvidenceBox(sealer, names, None)) as trial:
        for entry in sealed(shared(records(county, rejects), common), names, sealer, "received"):
            trial.take(entry)
        outcome = trial.play()
    table = Table(title=f"{len(set(common.values()))} common numbers, groups of {', '.join(map(str, SIZES))}")
    for column in ("most_sharing", "episodes", "that NW01 has a part in", "a month per 10,000 children"):
        table.add_column(column, justify="right")
    for bound, played in zip(BOUNDS, outcome.played, strict=True):
        found = report(played.pack, played.triggers, outcome.people, outcome.span)
        networks = sum("NW01" in t.behind for t in played.triggers)
        table.add_row(str(bound), str(found.begun), str(networks), f"{found.month_per_10000:.1f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
