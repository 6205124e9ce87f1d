"""What the identity stage tells the worker about itself. No record is handled here."""

from __future__ import annotations

from hub.sealing import Sealer
from hub.secret_files import key_store, pseudonyms
from hub.settings import Settings
from hub.state.api import Core
from hub.worker.spec import StageSpec
from streams.identity.core import IdentityCore
from streams.identity.model import MatchModel, load_model, shipped_model

MODEL = "match/model-1.yaml"
"""Under the partnership's packs folder."""


def stages() -> list[StageSpec]:
    """The stages of the app `identity`: one."""
    return [
        StageSpec(name=IdentityCore.name, core_factory=core_of, input_topic="records", journal_topic="identity-journal")
    ]


def core_of(settings: Settings, partition: int) -> Core:  # noqa: ARG001 - every partition's core is alike
    """The core of one input partition.

    Raises:
        Fatal: a secret, the key store or the match model cannot be used.
    """
    return IdentityCore(pseudonyms(settings), Sealer(key_store(settings)), model_of(settings))


def model_of(settings: Settings) -> MatchModel:
    """The partnership's match model, else the one that comes with the hub."""
    if settings.packs_dir is not None and (settings.packs_dir / MODEL).is_file():
        return load_model(settings.packs_dir / MODEL)
    return shipped_model()
