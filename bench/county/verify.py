"""Holds what a hub proposed against the truth of a county: stories, quiet families, identities. No reading of topics.

Input: a JSON object `{"proposals": [{"anchor": source id, "members": [source ids], "fired": [rule ids]}], "persons":
[[source ids], ...]}`. `persons` (all clusters of the hub) may be missing: then identity is judged on the proposals'
members alone. Exit code 0 only if every planted story was proposed and nothing quiet was.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bench.county.truth import FOLDER
from hub.ids import Pseudonyms


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal of the hub: see the module."""

    anchor: str
    members: tuple[str, ...]
    fired: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one story.

    Attributes:
        proposed: somebody whom it is about was proposed.
        missing_rules: expected rules that did not fire for them.
        fired: rules that fired for them.
    """

    story_id: str
    kind: str
    quiet: bool
    proposed: bool
    missing_rules: tuple[str, ...]
    fired: tuple[str, ...]


@dataclass(slots=True)
class Identity:
    """How well source identities were put together, by pairs: of one cluster against of one person.

    Attributes:
        ids: source identities judged.
        unknown: source identities that the truth does not know.
        clusters: clusters judged.
        mixed: clusters with more than one person in them.
        precision: of the pairs that the hub made, the share that is right; 1 where it made none.
        recall: of the true pairs among the ids judged, the share that the hub made; 1 where there are none. Ids
            without a birth date are left out: nothing safe could match them.
        recall_all: the same with them.
        confused: person ids that stand in mixed clusters, at most 20.
    """

    ids: int = 0
    unknown: int = 0
    clusters: int = 0
    mixed: int = 0
    precision: float = 1.0
    recall: float = 1.0
    recall_all: float = 1.0
    confused: list[list[str]] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """The whole judgement.

    Attributes:
        stories: each story's outcome.
        spared: persons of a story's family who should have stayed quiet and were proposed.
        calm: person ids of calm households (nothing happened that could rightly propose) that were proposed.
        ordinary: proposals on other people: base rates, neither right nor wrong by the truth.
        proposals: proposals in all.
        identity: see `Identity`.
    """

    stories: list[Outcome]
    spared: list[str]
    calm: list[str]
    ordinary: int
    proposals: int
    identity: Identity

    @property
    def missed(self) -> list[Outcome]:
        """Planted stories that were not proposed."""
        return [s for s in self.stories if not s.quiet and not s.proposed]

    @property
    def alarms(self) -> list[Outcome]:
        """Quiet families that were."""
        return [s for s in self.stories if s.quiet and s.proposed]

    @property
    def good(self) -> bool:
        """Every story proposed, nothing quiet proposed."""
        return not (self.missed or self.alarms or self.spared or self.calm)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {**asdict(self), "good": self.good}


def check(
    county: Path, proposals: list[Proposal], pseudonyms: Pseudonyms, persons: Iterable[Iterable[str]] | None = None
) -> Report:
    """Judge a hub's output.

    Args:
        county: folder that `generate` wrote.
        proposals: all proposals.
        pseudonyms: the hub's, with the partnership's secret: turns the truth's local ids into source ids.
        persons: all clusters as lists of source ids; None judges identity on the proposals' members.
    """
    clusters = [set(ids) for ids in persons] if persons is not None else _distinct(proposals)
    wanted = {i for cluster in clusters for i in cluster} | {i for p in proposals for i in (p.anchor, *p.members)}
    owner, thin = _owners(county, pseudonyms, wanted)
    about: dict[str, set[str]] = {}
    touched: list[set[str]] = []
    for proposal in proposals:
        people = {owner[i] for i in (proposal.anchor, *proposal.members) if i in owner}
        touched.append(people)
        for person in people:
            about.setdefault(person, set()).update(proposal.fired)
    stories = json.loads((county / FOLDER / "stories.json").read_text("utf-8"))
    outcomes = [_outcome(story, about) for story in stories]
    planted = {pid for s in stories for pid in (*s["about"], *s["not_about"])}
    households = _households(county)
    planted_homes = {hid for s in stories for hid in s["households"]}
    spared = sorted(pid for s in stories for pid in s["not_about"] if pid in about)
    calm = sorted(pid for pid in about if pid not in planted and not households[pid][1])
    ordinary = sum(1 for people in touched if not any(households[p][0] in planted_homes for p in people))
    return Report(outcomes, spared, calm, ordinary, len(proposals), _judge(clusters, owner, thin))


def _distinct(proposals: list[Proposal]) -> list[set[str]]:
    return [set(members) for members in {frozenset(p.members) for p in proposals}]


def _owners(county: Path, pseudonyms: Pseudonyms, wanted: set[str]) -> tuple[dict[str, str], set[str]]:
    """Source id -> person id, and the source ids that have no birth date."""
    owner: dict[str, str] = {}
    thin: set[str] = set()
    with (county / FOLDER / "people.jsonl").open(encoding="utf-8") as file:
        for line in file:
            person = json.loads(line)
            ids = [pseudonyms.source_id(*entry) for entry in person["ids"]]
            ids += [pseudonyms.subject_id(*entry) for entry in person["subjects"]]
            owner.update({i: person["id"] for i in ids if i in wanted})
            thin.update(pseudonyms.source_id(*entry) for entry in person["thin"])
    return owner, thin


def _households(county: Path) -> dict[str, tuple[str, bool]]:
    """Person id -> (household id, loud)."""
    out = {}
    with (county / FOLDER / "households.jsonl").open(encoding="utf-8") as file:
        for line in file:
            house = json.loads(line)
            out.update(dict.fromkeys(house["members"], (house["id"], house["loud"])))
    return out


def _outcome(story: dict[str, Any], about: dict[str, set[str]]) -> Outcome:
    fired = {rule for pid in story["about"] for rule in about.get(pid, ())}
    proposed = any(pid in about for pid in story["about"])
    missing = tuple(rule for rule in story["rules"] if rule not in fired)
    return Outcome(story["story_id"], story["kind"], story["quiet"], proposed, missing, tuple(sorted(fired)))


def _judge(clusters: list[set[str]], owner: dict[str, str], thin: set[str]) -> Identity:
    result = Identity()
    true: Counter[str] = Counter()
    told: Counter[str] = Counter()
    right = made = right_told = 0
    for cluster in clusters:
        people = Counter(owner[i] for i in cluster if i in owner)
        known = people.total()
        result.ids += known
        result.unknown += len(cluster) - known
        result.clusters += 1
        true.update(people)
        made += _pairs(known)
        right += sum(_pairs(n) for n in people.values())
        with_birth = Counter(owner[i] for i in cluster if i in owner and i not in thin)
        told.update(with_birth)
        right_told += sum(_pairs(n) for n in with_birth.values())
        if len(people) > 1:
            result.mixed += 1
            if len(result.confused) < 20:
                result.confused.append(sorted(people))
    result.precision = _share(right, made)
    result.recall = _share(right_told, sum(_pairs(n) for n in told.values()))
    result.recall_all = _share(right, sum(_pairs(n) for n in true.values()))
    return result


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _pairs(n: int) -> int:
    return n * (n - 1) // 2


def read_output(path: Path) -> tuple[list[Proposal], list[list[str]] | None]:
    """A hub's output from a file: see the module."""
    data = json.loads(path.read_text("utf-8"))
    proposals = [Proposal(p["anchor"], tuple(p["members"]), tuple(p["fired"])) for p in data["proposals"]]
    return proposals, data.get("persons")


def show(report: Report, console: Console) -> None:
    """Print a report as a table."""
    table = Table(title="Stories")
    for column in ("Story", "Should", "Did", "Rules missing", "Rules fired"):
        table.add_column(column)
    for s in report.stories:
        right = s.proposed != s.quiet
        did = f"[{'green' if right else 'red'}]{'proposed' if s.proposed else 'quiet'}[/]"
        table.add_row(
            s.story_id, "stay quiet" if s.quiet else "propose", did, " ".join(s.missing_rules), " ".join(s.fired)
        )
    console.print(table)
    i = report.identity
    console.print(
        f"{len(report.missed)} stories missed, {len(report.alarms)} quiet families proposed, "
        f"{len(report.spared)} bystanders and "
        f"{len(report.calm)} people of calm households proposed; "
        f"{report.ordinary} of {report.proposals} proposals on ordinary families."
    )
    console.print(
        f"Identity: {i.ids:,} ids in {i.clusters:,} clusters, {i.mixed} mixed, {i.unknown} unknown to the truth; "
        f"pairwise precision {i.precision:.5f}, recall {i.recall:.5f} "
        f"({i.recall_all:.5f} with ids that have no birth date)."
    )


def main(
    county: Annotated[Path, typer.Argument(help="Folder of the county.")],
    output: Annotated[Path, typer.Argument(help="The hub's proposals as JSON.")],
    partnership: Annotated[str, typer.Option(help="Partnership of the hub.")],
    secret_hex: Annotated[str, typer.Option(envvar="COUNTY_SECRET_HEX", help="The partnership's secret, hexadecimal.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Judge a hub's proposals against the truth.

    Example: COUNTY_SECRET_HEX=00ff... python -m bench.county.verify county proposals.json --partnership thistlemere
    """
    proposals, persons = read_output(output)
    report = check(county, proposals, Pseudonyms(bytes.fromhex(secret_hex), partnership), persons)
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=1, sort_keys=True))
    else:
        show(report, Console())
    raise typer.Exit(0 if report.good else 1)


if __name__ == "__main__":
    typer.run(main)
