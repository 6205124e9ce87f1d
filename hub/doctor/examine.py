"""The list of examinations, and what one finds. An examination that fails itself is a finding, never a crash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from hub.errors import HubError
from hub.settings import Settings

State = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one examination found.

    Attributes:
        what: what was looked at.
        state: `wrong` keeps the hub from working; `warning` will, or may.
        found: what was found, in plain words.
        remedy: what to do; empty where nothing need be done.
    """

    what: str
    state: State
    found: str
    remedy: str = ""


Examination = Callable[[Settings], Finding]


def examine(settings: Settings) -> list[Finding]:
    """Everything, in the order in which it has to work."""
    from hub.doctor import erasure, kafka, machine  # noqa: PLC0415 - they need Finding

    examinations: tuple[tuple[str, Examination], ...] = (
        ("Python", machine.python),
        ("Settings", machine.settings_file),
        ("Data folder", machine.data_folder),
        ("Disk", machine.disk),
        ("Memory", machine.memory),
        ("Clock", machine.clock),
        ("Ports", machine.ports),
        ("Secrets", machine.secrets),
        ("Java", kafka.java),
        ("Kafka's jars", kafka.jar_cache),
        ("Kafka", kafka.broker),
        ("Topics", kafka.topics),
        ("Erasures", erasure.erasures),
    )
    return [_one(what, examination, settings) for what, examination in examinations]


def _one(what: str, examination: Examination, settings: Settings) -> Finding:
    try:
        return examination(settings)
    except HubError as error:
        return Finding(what, "wrong", error.what, error.remedy)
    except Exception as error:  # noqa: BLE001 - whatever this machine does, the other examinations go on
        return Finding(what, "wrong", f"could not be examined ({type(error).__name__}).", "Look at it by hand.")
