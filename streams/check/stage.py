"""What the worker is told of the check stage. Knows settings and the key store; no Kafka."""

from __future__ import annotations

from hub.sealing import Sealer
from hub.secret_files import key_store, pseudonyms
from hub.settings import Settings
from hub.worker.spec import StageSpec
from streams.check import config
from streams.check.core import CheckCore


def stages() -> list[StageSpec]:
    """The one stage of the check app."""
    return [StageSpec(name=CheckCore.name, core_factory=_core, input_topic="checks", journal_topic="check-journal")]


def _core(settings: Settings, _partition: int) -> CheckCore:
    return CheckCore(config.load(settings.packs_dir), Sealer(key_store(settings)), pseudonyms(settings))
