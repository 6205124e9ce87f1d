from __future__ import annotations

from importlib.resources import files

import pytest
import yaml


@pytest.fixture(scope="session")
def catalogue() -> frozenset[str]:
    """Codes of the fact catalogue."""
    return frozenset(yaml.safe_load(files("packs").joinpath("facts.yaml").read_text("utf-8"))["codes"])
