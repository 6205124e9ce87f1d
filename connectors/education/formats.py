"""The education formats, for the registry."""

from __future__ import annotations

from connectors.education.census import CENSUS
from connectors.education.ctf import CTF
from connectors.kit.api import Format

FORMATS: tuple[Format, ...] = (CTF, *CENSUS)
