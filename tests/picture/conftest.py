"""The default pack, compiled once for all tests of the picture."""

from __future__ import annotations

import pytest

from streams.picture.rules.engine import Engine, load_engine
from streams.picture.rules.load import default_pack


@pytest.fixture(scope="session")
def engine() -> Engine:
    return load_engine(default_pack())
