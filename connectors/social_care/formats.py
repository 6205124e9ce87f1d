"""The formats of children's social care, for the registry."""

from __future__ import annotations

from connectors.kit.api import Format
from connectors.social_care.cin import CIN
from connectors.social_care.contact import CONTACT_CSV

FORMATS: tuple[Format, ...] = (CIN, CONTACT_CSV)
