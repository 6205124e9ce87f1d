"""What the worker is told of the app `picture`: two stages, facts and person. No rule and no row is handled here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hub import secret_files
from hub.sealing import Sealer
from hub.settings import Settings
from hub.state.api import Core
from hub.worker.spec import StageSpec
from packs import HERE
from streams.picture.evidence import EvidenceBox
from streams.picture.facts_core import FactsCore
from streams.picture.person_core import PersonCore
from streams.picture.rules.engine import Engine, load_engine


def stages() -> list[StageSpec]:
    """Facts, then person, in one Faust app."""
    return [
        StageSpec(name=FactsCore.name, core_factory=_facts, input_topic="facts", journal_topic="facts-journal"),
        StageSpec(name=PersonCore.name, core_factory=_person, input_topic="persons", journal_topic="person-journal"),
    ]


def pack_path(settings: Settings) -> Path:
    """The partnership's rule pack."""
    return (settings.packs_dir or HERE) / "rules" / "default.yaml"


@cache
def box_of(settings: Settings) -> EvidenceBox:
    """What opens entries and seals evidence, under this hub's keys: one key store a process."""
    sealer = Sealer(secret_files.key_store(settings))
    return EvidenceBox(sealer, secret_files.pseudonyms(settings), settings.effects_from)


def _facts(_settings: Settings, _partition: int) -> Core:
    return FactsCore()


def _person(settings: Settings, _partition: int) -> Core:
    return PersonCore(_engine(pack_path(settings)), box_of(settings))


@cache
def _engine(path: Path) -> Engine:
    """Compiled once a process, however many partitions it has."""
    return load_engine(path)
