"""`python -m hub.supervisor`: the supervisor without a terminal, as `mash up` starts it."""

from __future__ import annotations

import sys

from hub import log
from hub.errors import HubError
from hub.settings import load
from hub.supervisor.supervisor import run


def main(stages: list[str]) -> int:
    """Run the workers of these stages. 0 when told to stop; 1 on failure: the failure file and the log say why."""
    settings = load(find_running=False)
    log.configure(settings.log_level, process="supervisor")
    try:
        run(settings, stages, to_files=True)
    except HubError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
