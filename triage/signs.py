"""Which of the rules that fired tells most at a glance: signs come before the combinations made of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from packs import HERE


@dataclass(frozen=True, slots=True)
class Signs:
    """The rules that are signs in themselves, of whatever pack."""

    indicators: frozenset[str]

    def ordered(self, rules: Mapping[str, int]) -> list[str]:
        """Rules that fired (rule -> level), the most telling first: "strangulation" before "a sign of level 4"."""
        return sorted(rules, key=lambda rule: (rule not in self.indicators, -rules[rule], rule))


def load(folder: Path | None = None) -> Signs:
    """From the packs in `folder`; None takes those that come with the hub."""
    found = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(((folder or HERE) / "rules").glob("*.yaml"))]
    return Signs(frozenset(rule["id"] for pack in found for rule in pack.get("indicators", [])))
