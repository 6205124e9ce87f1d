"""What a stage tells the worker about itself. No Faust, no Kafka: a stage package may import this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points

from hub.errors import Fatal
from hub.settings import Settings
from hub.state.api import Core

ENTRY_POINTS = "mash.stages"
"""Group under which a stage package names its function `() -> list[StageSpec]`."""

CoreFactory = Callable[[Settings, int], Core]


@dataclass(frozen=True, slots=True)
class StageSpec:
    """One stage of an app.

    Attributes:
        name: the core's, which names the folder of its local store and is a label of its metrics.
        core_factory: makes the core of one input partition.
        input_topic: short name, from the catalogue.
        journal_topic: short name; as many partitions as the input has.
    """

    name: str
    core_factory: CoreFactory
    input_topic: str
    journal_topic: str


def find_stages(name: str) -> list[StageSpec]:
    """The stages of the app called `name`.

    Raises:
        Fatal: no installed package has an app of that name.
    """
    known = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if name not in known:
        raise Fatal(f"There is no worker {name!r}.", f"Choose one of: {', '.join(sorted(known)) or 'none installed'}.")
    stages: list[StageSpec] = known[name].load()()
    return stages
