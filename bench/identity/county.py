"""Runs a county's native files through connectors, sealing and the identity core in one process; scores the persons.

Example: python -m bench.identity.county COUNTY_FOLDER (made by `python -m bench.county COUNTY_FOLDER`).
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import combinations
from math import comb
from pathlib import Path
from typing import Any

from bench.county.truth import FOLDER
from connectors.kit.api import Context, Unreadable
from connectors.kit.outcomes import outcomes
from connectors.registry import by_name
from hub.ids import Pseudonyms
from hub.keys_in_memory import MemoryKeys
from hub.messages import Membership, Part, ReviewItem, SealedRecord
from hub.sealing import Sealer, seal_record
from hub.state.memory import MemoryTurnDriver
from streams.identity import rows
from streams.identity.core import IdentityCore
from streams.identity.trial.memory import HashedRows

PSEUDONYMS = Pseudonyms(bytes(32), "demo")
BATCH = 500


def sealed_records(county: Path, sealer: Sealer) -> Iterator[SealedRecord]:
    """Every record of the county, in the order of its feed."""
    feed = json.loads((county / FOLDER / "feed.json").read_text("utf-8"))
    for entry in feed:
        try:
            fmt = by_name(entry["format"])
        except Unreadable:
            print(f"passed over, no connector yet: {entry['path']}", file=sys.stderr)
            continue
        made = datetime.fromisoformat(entry["made"]).replace(tzinfo=UTC)
        context = Context("demo", fmt.system, made, made)
        with (county / entry["path"]).open("rb") as stream:
            for outcome in outcomes(fmt, stream, context):
                for record in outcome.records:
                    yield seal_record(record, PSEUDONYMS, sealer)


def truth_of(county: Path) -> dict[str, dict[str, Any]]:
    """Source identity -> person, as the generator knows it."""
    known: dict[str, dict[str, Any]] = {}
    for line in (county / FOLDER / "people.jsonl").open(encoding="utf-8"):
        person = json.loads(line)
        for agency, system, local in person["ids"]:
            known[PSEUDONYMS.source_id(agency, system, local)] = person
        for agency, system, local, ref in person["subjects"]:
            known[PSEUDONYMS.subject_id(agency, system, local, ref)] = person
    return known


def clusters_of(said: Iterable[Part]) -> list[frozenset[str]]:
    """The persons that the last memberships name."""
    last = {m.person_id: m for m in said if isinstance(m, Membership)}
    return [frozenset(x.source_id for x in m.members) for m in last.values() if m.members]


def score(clusters: list[frozenset[str]], truth: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Pairwise precision and recall, clusters that mix people, people who are split."""
    together = right = 0
    mixed: list[list[str]] = []
    spread: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for cluster in clusters:
        people = Counter(truth[s]["id"] for s in cluster if s in truth)
        together += comb(sum(people.values()), 2)
        right += sum(comb(n, 2) for n in people.values())
        spread.update(people.keys())
        sizes.update(people)
        if len(people) > 1:
            mixed.append(sorted(people))
    wanted = sum(comb(n, 2) for n in sizes.values())
    precision, recall = right / max(together, 1), right / max(wanted, 1)
    return {
        "source_identities": sum(sizes.values()),
        "unknown": sum(1 for c in clusters for s in c if s not in truth),
        "people": len(sizes),
        "persons": len(clusters),
        "precision": round(precision, 5),
        "recall": round(recall, 5),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 5),
        "mixed": mixed,
        "split": sorted(p for p, n in spread.items() if n > 1),
    }


def run(county: Path) -> tuple[MemoryTurnDriver, dict[str, Any]]:
    """Everything; the driver is for a closer look."""
    sealer = Sealer(MemoryKeys())
    core = IdentityCore(PSEUDONYMS, sealer)
    driver = MemoryTurnDriver(core, store=HashedRows())
    records = list(sealed_records(county, sealer))
    gc.freeze()
    memberships: list[Part] = []
    reviews: dict[str, ReviewItem] = {}
    start = time.process_time()
    for at in range(0, len(records), BATCH):
        driver.feed(*records[at : at + BATCH])
        memberships += driver.sent("persons")
        reviews |= {r.review_id: r for r in driver.sent("reviews") if isinstance(r, ReviewItem)}
        driver.outputs.clear()
    seconds = time.process_time() - start
    live = [frozenset(s for s in c if _live(driver, s)) for c in clusters_of(memberships)]
    result = score([c for c in live if c], truth_of(county))
    subjects = sum(len(r.subjects) for r in records)
    result |= {"records": len(records), "subjects": subjects, "rejects": len(driver.rejects)}
    result |= {"us_a_record": round(1e6 * seconds / len(records)), "rows": len(driver.store)}
    result["open_reviews"] = sum(1 for r in reviews.values() if r.state == "open")
    return driver, result


def _live(driver: MemoryTurnDriver, source_id: str) -> bool:
    """Whether a live record mentions it: a later version may have named nobody there."""
    number = rows.number_of(driver.store, source_id)
    return number is not None and rows.get_node(driver.store, number).live


def households_of(county: Path, people: list[list[str]]) -> Counter[str]:
    """What the people who were mixed are to each other, by role and birth."""
    known = {p["id"]: p for p in map(json.loads, (county / FOLDER / "people.jsonl").open(encoding="utf-8"))}
    kinds: Counter[str] = Counter()
    for group in people:
        for a, b in combinations(group, 2):
            x, y = known[a], known[b]
            one_house = x["household"] == y["household"]
            kinds["twins" if one_house and x["birth"] == y["birth"] else "one house" if one_house else "strangers"] += 1
    return kinds


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    _, figures = run(folder)
    mixed, split = figures.pop("mixed"), figures.pop("split")
    figures |= {"mixed": len(mixed), "split": len(split), "mixed_kinds": dict(households_of(folder, mixed))}
    print(json.dumps(figures, indent=1))
