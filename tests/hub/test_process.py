"""A process that reads files lets the others go first, and touches nobody else's priority."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub.cli.process import STAND_BACK

AUTOGROUP = Path("/proc/self/autogroup")
"""Absent without it in the kernel; empty where this process's session has no group, as in some sandboxes."""
GROUPED = AUTOGROUP.exists() and bool(AUTOGROUP.read_text().strip())
TOLD = """
import os
from pathlib import Path
from hub.cli.process import stand_back
stand_back()
group = Path("/proc/self/autogroup")
print(os.nice(0), *(group.read_text().split()[-1:] if group.exists() else ()))
"""


def told(*, own_session: bool) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", TOLD], capture_output=True, text=True, check=True, start_new_session=own_session
    )
    return done.stdout.split()


def test_it_is_nicer_than_those_who_started_it():
    assert int(told(own_session=False)[0]) == min(os.nice(0) + STAND_BACK, 19)


@pytest.mark.skipif(not GROUPED, reason="no Linux that shares the cores out by session")
def test_a_session_of_its_own_stands_back_and_a_shared_one_is_left_alone():
    assert told(own_session=True)[1] == str(STAND_BACK)
    ours = AUTOGROUP.read_text().split()[-1]
    assert told(own_session=False)[1] == ours
