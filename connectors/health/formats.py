"""The health formats, for the registry."""

from __future__ import annotations

from connectors.health.adt import ADT
from connectors.kit.api import Format

FORMATS: tuple[Format, ...] = (ADT,)
