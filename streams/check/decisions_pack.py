"""What packs/decisions.yaml holds: the code sets of a check and their words. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import Field, model_validator

from streams.check.pack import Pack, Words


class Decision(Pack):
    """One way to end a check."""

    text: str
    of: tuple[str, ...]
    service: bool = Field(description="True where a service must accept the hand-over.")
    assessment: bool = Field(default=False, description="True where the service's assessment has a clock.")
    each_rule: bool = Field(default=False, description="True where each rule that fired needs a reason.")


class InForce(Pack):
    """For whom a statutory basis stands, from the day on which it came into force."""

    of: tuple[str, ...]
    from_: date | None = Field(alias="from", description="None: not in force.")
    until: date | None = Field(default=None, description="Last day in force.")

    def on(self, day: date) -> bool:
        """Whether it is in force on that day."""
        return self.from_ is not None and self.from_ <= day and (self.until is None or day <= self.until)


class Channel(Pack):
    """One way to tell a referrer."""

    text: str
    spoken: bool = Field(default=False, description="Heard at once: no receipt is waited for.")
    none: bool = Field(default=False, description="Nobody can be told; a manager stands for it.")


class DecisionsPack(Pack):
    """packs/decisions.yaml: code sets and their words."""

    version: str
    level_4_opens: bool = Field(default=False, description="A level 4 proposal opens by itself; the gate never does.")
    ratings: Words
    decisions: Mapping[str, Decision]
    rule_reasons: Words
    bases: Words
    override_reasons: Words
    provisions: Words
    in_force: Mapping[str, InForce]
    confidentiality: Words
    family_informed: Words
    limb: Words
    wishes: Words
    capacity: Words
    refusals: Words
    routes: Words
    pathways: Words
    read_reasons: Words
    look_up_reasons: Words
    referrers: Words
    reporter_reasons: Words
    dangers: Words
    thresholds: Words
    channels: Mapping[str, Channel]
    links: Words
    without_quorum: Words
    no_strategy: Words
    strategy_outcomes: Words
    audits: Words

    @model_validator(mode="after")
    def _each_provision_has_dates(self) -> DecisionsPack:
        if self.provisions.keys() != self.in_force.keys():
            raise ValueError("`provisions` and `in_force` have to name the same provisions")
        return self

    def words(self, table: str) -> Words:
        """A code set as code -> words, whatever else its entries hold.

        Raises:
            AttributeError: there is no such code set.
        """
        entries: Mapping[str, object] = getattr(self, table)
        return {code: str(getattr(entry, "text", entry)) for code, entry in entries.items()}
