"""Writes the contract to `schemas/` and compares it with every version ever released. No encoding may live here."""

from __future__ import annotations

import json
from pathlib import Path

from hub.avro_schema import schema_of
from hub.messages import MESSAGES, Part
from schemas import HERE, RELEASED


def path_of(model: type[Part], base: Path = HERE) -> Path:
    """Where a message's schema stands below `base`."""
    return base / model.namespace.removeprefix("mash.") / f"{model.__name__}.avsc"


def text_of(model: type[Part]) -> str:
    """A message's schema as the file's text."""
    return json.dumps(schema_of(model), indent=2, ensure_ascii=False) + "\n"


def write(base: Path = HERE) -> list[Path]:
    """Write every schema; returns the files that changed."""
    changed = []
    for model in MESSAGES:
        path, text = path_of(model, base), text_of(model)
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            changed.append(path)
    return changed


def release(version: str) -> Path:
    """Keep today's schemas for good under `released/<version>`.

    Raises:
        FileExistsError: that version was released already; released schemas never change.
    """
    target = RELEASED / version
    target.mkdir(parents=True)
    write(target)
    return target
