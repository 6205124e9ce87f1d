"""`mash connector` and `mash dead-letters` as a process to be hurt: it kills itself where `HURT` says, if it says so.

`HURT=<place>:<times>`: SIGKILL the n-th time that the place is reached.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from connectors import cli, cli_letters
from connectors.kit.checkpoint import Checkpoints
from connectors.kit.outbox import Outbox
from hub.cli.main import tell
from hub.errors import HubError


def _hurt(owner: type, method: str, times: int, *, after: bool) -> None:
    original: Callable[..., Any] = getattr(owner, method)
    count = itertools.count(1)

    def hurting(*args: Any, **kwargs: Any) -> Any:
        die = next(count) == times
        if die and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if die:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, method, hurting)


PLACES: dict[str, tuple[type, str, bool]] = {
    "before-send": (Outbox, "send_all", False),
    "after-confirm": (Outbox, "send_all", True),
    "after-checkpoint": (Checkpoints, "advance", True),
}

if __name__ == "__main__":
    if hurt := os.environ.get("HURT"):
        place, _, times = hurt.partition(":")
        owner, method, after = PLACES[place]
        _hurt(owner, method, int(times), after=after)
    group, *arguments = sys.argv[1:]
    try:
        {"connector": cli.app, "dead-letters": cli_letters.app}[group](arguments)
    except HubError as error:
        tell(error)
        sys.exit(1)
