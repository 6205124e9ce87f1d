"""Codes in plain English, times in Europe/London. Words come from the packs where a partnership may change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from hub.messages.record import Fact, FactStatus, Precision
from packs import HERE
from streams.check.config import Config

LONDON = ZoneInfo("Europe/London")
_STATUS = {
    FactStatus.ALLEGED: "alleged",
    FactStatus.OBSERVED: "observed",
    FactStatus.OPINION: "opinion",
    FactStatus.CONFIRMED: "confirmed",
    FactStatus.DISPUTED: "disputed",
    FactStatus.REFUTED: "refuted",
}
_HEARSAY = {True: "first-hand", False: "hearsay", None: ""}
LEVELS = {1: "Level 1: universal", 2: "Level 2: early help", 3: "Level 3: serious concern", 4: "Level 4: grave"}
RELEASES = {
    "": "",
    "owner_consent": "Ask the agency before passing this on",
    "mash_only": "Not to leave the MASH",
    "not_to_family": "Not to be told to the family",
    "not_to_suspect": "Not to be told to the suspect",
}
RETURN_STATUS = {
    "answered": "Answered",
    "not_known": "Not known to the agency",
    "refused": "Refused",
    "waiting": "No answer yet",
    "overdue": "Overdue: no answer yet",
    "late": "Answered late",
}
SCHEMES = {
    "nhs_number": "NHS number",
    "upn": "Unique pupil number",
    "pnc": "PNC id",
    "cro": "CRO number",
    "nino": "National Insurance number",
    "la_child_id": "Local authority child id",
    "former_upn": "Former unique pupil number",
}
_ATTRIBUTES = {
    "dash": "DASH",
    "dash_ticks": "DASH ticks",
    "marac": "MARAC",
    "nfa": "no further action",
    "wnb": "not brought",
}
"""Attributes of facts that people know by another name than their code's."""
SEX = {"F": "Female", "M": "Male", "X": "Indeterminate or other"}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What kinds of records, facts and rules are called, and which facts mean that somebody saw or works with a person.

    Attributes:
        kinds: kind of a record -> its name (packs/facts.yaml).
        codes: fact -> text and attributes (packs/facts.yaml).
        rules: rule -> its text (packs/rules).
        signals: `seen`, `open_to_worker` ... -> facts (packs/rules).
    """

    kinds: Mapping[str, str]
    codes: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, str]
    signals: Mapping[str, frozenset[str]]

    def rule(self, rule_id: str, otherwise: str) -> str:
        """A rule's text without its full stop; `otherwise` where the pack has it no more."""
        return self.rules.get(rule_id, otherwise).rstrip(".")

    def kind(self, code: str) -> str:
        """A record's kind."""
        return self.kinds.get(code, f"{code} (unknown kind)")

    def fact(self, fact: Fact) -> str:
        """A fact as a sentence: what, how sure, at first hand or not, its particulars, the source's note."""
        entry = self.codes.get(fact.code, {})
        text = str(entry.get("text", f"{fact.code} (unknown fact)"))
        if fact.value:
            text += f": {fact.value}"
        details = [
            _ATTRIBUTES.get(name, plain(name)) + ": " + self._value(entry, name, value)
            for name, value in fact.attributes.items()
        ]
        sure = ", ".join(part for part in (_STATUS[fact.status], _HEARSAY[fact.first_hand]) if part)
        tail = f" ({'; '.join(details)})" if details else ""
        return f"{text}{tail}, {sure}" + (f". {fact.note}" if fact.note else "")

    @staticmethod
    def _value(entry: Mapping[str, Any], name: str, value: str) -> str:
        if str(entry.get("attributes", {}).get(name, "")).startswith("share"):
            try:
                return f"{float(value):.0%}"
            except ValueError:
                return value
        return value


def catalogue(folder: Path | None = None) -> Catalogue:
    """Read the fact catalogue and the rules' texts."""
    base = folder or HERE
    data = yaml.safe_load((base / "facts.yaml").read_text("utf-8"))
    packs = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((base / "rules").glob("*.yaml"))]
    rules = [rule for pack in packs for part in ("indicators", "combinations") for rule in pack.get(part, [])]
    signals: dict[str, frozenset[str]] = {}
    for pack in packs:
        for name, facts in pack.get("signals", {}).items():
            signals[name] = signals.get(name, frozenset()) | frozenset(facts)
    return Catalogue(data["kinds"], data["codes"], {r["id"]: r["text"] for r in rules}, signals)


def plain(code: str) -> str:
    """A code of several words, spoken."""
    return code.replace("_", " ")


def agency_name(agency: str, config: Config, partnership: str) -> str:
    """An agency as people call it."""
    agreement = config.agreement(partnership)
    signatory = agreement.signatories.get(agency) if agreement else None
    return signatory.name if signatory else plain(agency).capitalize()


def moment(at: datetime | None) -> str:
    """Date and time in London."""
    return f"{at.astimezone(LONDON):%-d %B %Y, %H:%M}" if at else ""


def day(at: datetime | None, precision: Precision = Precision.DAY) -> str:
    """A date as exactly as it is known."""
    if at is None:
        return "date not given"
    local = at.astimezone(LONDON)
    if precision is Precision.YEAR:
        return f"{local:%Y}"
    if precision is Precision.MONTH:
        return f"{local:%B %Y}"
    if precision is Precision.DAY and (local.hour or local.minute):
        return f"{local:%-d %B %Y, %H:%M}"
    return f"{local:%-d %B %Y}"


def date_of(at: datetime) -> str:
    """A date in London."""
    return f"{at.astimezone(LONDON):%-d %B %Y}"


def iso_day(value: str | None) -> str:
    """An ISO date (or month, or year) in words."""
    if not value:
        return ""
    forms = {10: ("%Y-%m-%d", "%-d %B %Y"), 7: ("%Y-%m", "%B %Y")}
    if len(value) not in forms:
        return value
    read, write = forms[len(value)]
    try:
        return datetime.strptime(value, read).replace(tzinfo=LONDON).strftime(write)
    except ValueError:
        return value
