"""The cleaning table (packs/match/cleaning-*.yaml) as Python values. No cleaning step may live here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from streams.identity.errors import ModelWrong


@dataclass(frozen=True, slots=True, eq=False)  # a table is itself, so that what was cleaned with it can be remembered
class Tables:
    """What the steps of cleaning look up; every word is folded.

    Attributes:
        version: of the file.
        titles: taken off names.
        particles: joined to the word that follows (Mc Donald -> MCDONALD).
        whole: a name that is just this is missing.
        before: a word that stands for the first name only: further names may follow.
        begins: a given name that begins so is a placeholder.
        words: a given name of only these, and of orders, is one.
        orders: word after 'twin' or 'baby' -> birth order.
        nicknames: name -> numbers of the groups that it belongs to.
    """

    version: str
    titles: frozenset[str]
    particles: frozenset[str]
    whole: frozenset[str]
    before: frozenset[str]
    begins: frozenset[str]
    words: frozenset[str]
    orders: Mapping[str, int]
    nicknames: Mapping[str, frozenset[int]]

    def akin(self, a: str, b: str) -> bool:
        """Whether two given names are forms of one."""
        mine, theirs = self.nicknames.get(a), self.nicknames.get(b)
        return bool(mine and theirs and mine & theirs)


def load_tables(path: Path) -> Tables:
    """Read a cleaning table.

    Raises:
        ModelWrong: the file is missing, no YAML, or lacks a part.
    """
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
        groups: dict[str, set[int]] = {}
        for number, names in enumerate(data["nicknames"]):
            for name in names:
                groups.setdefault(str(name), set()).add(number)
        placeholders = data["placeholders"]
        return Tables(
            version=str(data["version"]),
            titles=frozenset(map(str, data["titles"])),
            particles=frozenset(map(str, data["particles"])),
            whole=frozenset(map(str, placeholders["whole"])),
            before=frozenset(map(str, placeholders.get("before", ()))),
            begins=frozenset(map(str, placeholders["begins"])),
            words=frozenset(map(str, placeholders["words"])),
            orders={str(word): int(order) for word, order in placeholders["orders"].items()},
            nicknames={name: frozenset(numbers) for name, numbers in groups.items()},
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ModelWrong(f"The cleaning table {path.name} cannot be used ({type(error).__name__}).") from error
