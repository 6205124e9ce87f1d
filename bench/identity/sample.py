"""A labelled set of records, as `mash identity evaluate` reads it, and how that went by kind of people."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

COLUMNS = [
    "record_id", "agency", "given_name", "other_names", "surname", "previous_surnames", "date_of_birth", "sex",
    "identifiers", "house", "street", "town", "postcode", "uprn", "phone", "recorded_at",
]  # fmt: skip
Record = dict[str, str]


class Traits(NamedTuple):
    """What is true of a person, as far as reports are by kind.

    Attributes:
        family: number of the family; -1 where there is none.
        born: ISO date.
        given: the true first name, '' while unnamed.
        origin: of the names.
        moved: records give more than one address.
        renamed: records give more than one family name.
    """

    family: int = -1
    born: str = ""
    given: str = ""
    origin: str = ""
    moved: bool = False
    renamed: bool = False


@dataclass
class Sample:
    """Records, who they are about, and what those people are."""

    name: str
    records: list[Record] = field(default_factory=list)
    truth: dict[str, str] = field(default_factory=dict)
    people: dict[str, Traits] = field(default_factory=dict)

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Records and truth as the two CSV files that `mash identity evaluate` takes."""
        folder.mkdir(parents=True, exist_ok=True)
        records, truth = folder / f"{self.name}.csv", folder / f"{self.name}.truth.csv"
        columns = [c for c in COLUMNS if any(c in r for r in self.records)]
        _write(records, columns, ([r.get(c, "") for c in columns] for r in self.records))
        _write(truth, ["record_id", "person_id"], self.truth.items())
        return records, truth


def _write(path: Path, columns: Iterable[str], lines: Iterable[Iterable[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(lines)


def mixed_kinds(sample: Sample, found: Mapping[str, str]) -> Counter[str]:
    """Clusters that mix people, by what those people are to each other."""
    clusters: defaultdict[str, set[str]] = defaultdict(set)
    for record, cluster in found.items():
        clusters[cluster].add(sample.truth[record])
    kinds: Counter[str] = Counter()
    for people in clusters.values():
        if len(people) > 1:
            kinds[
                min(_kind(sample.people.get(a), sample.people.get(b)) for a, b in combinations(sorted(people), 2))
            ] += 1
    return kinds


def _kind(a: Traits | None, b: Traits | None) -> str:
    if a is None or b is None or a.family < 0 or a.family != b.family:
        return "strangers"
    if a.born == b.born:
        return "twins"
    return "namesakes of a family" if a.given == b.given else "others of a family"


def split_people(sample: Sample, found: Mapping[str, str]) -> set[str]:
    """People whose records stand in more than one cluster."""
    clusters: defaultdict[str, set[str]] = defaultdict(set)
    for record, cluster in found.items():
        clusters[sample.truth[record]].add(cluster)
    return {person for person, some in clusters.items() if len(some) > 1}


def split_rates(sample: Sample, found: Mapping[str, str]) -> dict[str, float]:
    """Share of people with several records who are split: of all, of those who moved, of those renamed."""
    several = {p for p, n in Counter(sample.truth.values()).items() if n > 1}
    torn = split_people(sample, found)
    groups = {
        "split_share": several,
        "split_moved": {p for p in several if p in sample.people and sample.people[p].moved},
        "split_renamed": {p for p in several if p in sample.people and sample.people[p].renamed},
    }
    return {name: len(people & torn) / max(len(people), 1) for name, people in groups.items()}
