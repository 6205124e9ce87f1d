"""`mash eraser` with a mishap: the process sends itself SIGKILL at a place that the variable HURT names. Run as a program."""

from __future__ import annotations

import os
from typing import Any

from hub.cli.eraser import eraser
from hub.erasure.post import Post
from hub.keystore import SqliteKeyStore
from tests.kafka.connector_process import _hurt

PLACES: dict[str, tuple[type[Any], str, bool]] = {
    "after-destroy": (SqliteKeyStore, "destroy", True),
    "half-said": (Post, "_to_records", True),
}

if __name__ == "__main__":
    if hurt := os.environ.get("HURT"):
        owner, method, after = PLACES[hurt]
        _hurt(owner, method, 1, after=after)
    eraser()
