"""Base rates, read from rates.yaml, where each has its source. Numbers only: what is drawn from them is elsewhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

_FILE = Path(__file__).with_name("rates.yaml")


@cache
def all_rates() -> dict[str, dict[str, dict[str, Any]]]:
    """Section -> name -> {value, unit, grade, source}."""
    return cast("dict[str, dict[str, dict[str, Any]]]", yaml.safe_load(_FILE.read_text("utf-8")))


@cache
def rate(section: str, name: str) -> float:
    """One rate.

    Raises:
        KeyError: rates.yaml has no such rate.
    """
    return float(all_rates()[section][name]["value"])


@cache
def shares(section: str, name: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """A distribution: its values as text and their weights."""
    value: dict[Any, float] = all_rates()[section][name]["value"]
    return tuple(str(key) for key in value), tuple(value.values())


@cache
def error_rate(name: str, agency: str) -> float:
    """How often an agency makes an error; 0 where it can't."""
    value: dict[str, float] = all_rates()["errors"][name]["value"]
    return value.get(agency, 0.0)
