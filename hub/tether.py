"""Ties a child process to its parent's life, so that a kill -9 of the parent leaves nothing running.

Run by file path, before anything else of the hub is imported: it knows only the standard library. On Linux
the kernel does the work (PR_SET_PDEATHSIG survives exec) and the launcher becomes the child, at no cost in
memory. Elsewhere the launcher stays and watches its parent's process id. Nothing else may live here.

The kernel's signal follows the *thread* that started the child: start children from the main thread, or from
one that lives as long as they should.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
"""Linux `prctl` option, from <linux/prctl.h>."""
WATCH_SECONDS = 0.2
"""How often the portable launcher looks for its parent: below what a person notices, and costs nothing."""


def tethered(command: Sequence[str]) -> list[str]:
    """The command line that runs `command` as a child that dies with the process that calls this."""
    # -S and -E: no site packages and no PYTHON* variables, so that the launcher costs about 10 ms.
    return [sys.executable, "-S", "-E", str(Path(__file__).resolve()), str(os.getpid()), *command]


def _die_with_parent(parent: int) -> None:
    """Linux: ask for SIGKILL at the parent's death, then make sure it had not died before we asked."""
    import ctypes  # noqa: PLC0415 - Linux only; the portable way must not need it

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if os.getppid() != parent:
        sys.exit(1)


def _watch(parent: int, command: Sequence[str]) -> int:
    """Elsewhere: run the child, pass signals on, and kill it once the parent is no longer ours."""
    child = subprocess.Popen(command)  # noqa: S603 - the caller's own command line
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: child.send_signal(received))
    while child.poll() is None:
        if os.getppid() != parent:
            child.kill()
        time.sleep(WATCH_SECONDS)
    return child.returncode


def main(arguments: Sequence[str]) -> int:
    """`tether.py PARENT_PID COMMAND...`: become, or run, the command."""
    parent, command = int(arguments[0]), list(arguments[1:])
    if sys.platform.startswith("linux"):
        _die_with_parent(parent)
        os.execvp(command[0], command)  # noqa: S606 - the caller's own command line
    return _watch(parent, command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
