"""Clinical codes as facts, by the table in packs/code_sets. No segment of HL7 and no rule of safeguarding here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from hub.messages.record import FactStatus

_ICD10 = re.compile(r"[A-Z][0-9]{2}(?:\.?[0-9A-Z]{1,2})?[+*DA]?")
_SNOMED = re.compile(r"[0-9]{6,18}")
_SNOMED_NAMES = ("SCT", "SNM", "SNOMED", "SNOMED-CT", "SNOMED CT", "SNOMEDCT")
_CATEGORY = 3
"""Characters of an ICD-10 category."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a clinical code says.

    Attributes:
        fact: code of the fact catalogue.
        text: what the code stands for.
        status: how sure.
        system: `ICD-10` or `SNOMED CT`.
    """

    fact: str
    text: str
    status: FactStatus
    system: str


@dataclass(frozen=True)
class ClinicalCodes:
    """The table, ready to ask."""

    exact: dict[str, Meaning]
    ranges: list[tuple[str, str, Meaning]]
    mobility_codes: frozenset[str]
    mobility: dict[str, str]

    def meaning(self, code: str, system: str = "") -> Meaning | None:
        """What a code means, if the table knows it; `system` is the sender's name of its code system and may be ''."""
        cleaned = code.strip().upper()
        if _SNOMED.fullmatch(cleaned):
            return self.exact.get(cleaned)
        if system.upper() in _SNOMED_NAMES or not _ICD10.fullmatch(cleaned):
            return None
        cleaned = cleaned.replace(".", "").rstrip("+*DA")
        for length in range(len(cleaned), _CATEGORY, -1):
            if found := self.exact.get(cleaned[:length]):
                return found
        category = cleaned[:_CATEGORY]
        return next((meaning for low, high, meaning in self.ranges if low <= category <= high), None)

    def independently_mobile(self, code: str, value: str) -> str:
        """'yes' or 'no' where an observation tells whether the patient moves about by itself, else ''."""
        if code.strip().upper() not in self.mobility_codes:
            return ""
        return self.mobility.get(value.strip().upper(), "")


@cache
def clinical_codes() -> ClinicalCodes:
    """The table of packs/code_sets/clinical_reasons.yaml."""
    table = yaml.safe_load(files("packs").joinpath("code_sets/clinical_reasons.yaml").read_text("utf-8"))
    exact: dict[str, Meaning] = {}
    ranges: list[tuple[str, str, Meaning]] = []
    for system, rows in (("ICD-10", table["icd10"]), ("SNOMED CT", table["snomed"])):
        for row in rows:
            status = FactStatus(row.get("status", "observed"))
            meaning = Meaning(row["fact"], row["text"], status, system)
            if "code" in row:
                exact[row["code"]] = meaning
            else:
                ranges.append((row["from"], row["to"], meaning))
    mobility = {word: answer for answer in ("yes", "no") for word in table["mobility"][answer]}
    return ClinicalCodes(exact, ranges, frozenset(table["mobility"]["codes"]), mobility)
