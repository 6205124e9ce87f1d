"""What packs/agreements and packs/questions hold: who signed what, what each agency is asked. Nothing is asked here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from streams.check.pack import Pack


class Question(Pack):
    """One question to an agency."""

    id: str
    text: str
    for_: tuple[str, ...] = Field(default=(), alias="for", description="Rule categories that call for it; () always.")
    of: tuple[str, ...] = Field(default=("child", "unborn", "adult"), description="Whom it is asked of.")


class QuestionSet(Pack):
    """packs/questions/<agency>.yaml."""

    agency: str
    version: str
    questions: tuple[Question, ...]


class Line(Pack):
    """Somebody to ring."""

    name: str
    telephone: str


class Signatory(Line):
    """An agency that signed."""

    asked_for: tuple[str, ...]
    with_perpetrators: bool = Field(
        default=False, description="Works with those who may have harmed: it gets no address of a child or adult."
    )
    passes_on: tuple[Literal["name", "born", "upn", "nhs_number", "address"], ...] = Field(
        default=(),
        description="What of the person goes along where its officer passes a request on by a one-time link; () none.",
    )
    out_of_hours: str = Field(default="", description="Telephone outside cover hours; '' is the out-of-hours team's.")


class Terms(Pack):
    """The basis behind every request under an agreement (UK GDPR, Data Protection Act 2018)."""

    uk_gdpr: str = Field(description="Article 6 basis.")
    special_category: str = Field(description="Article 9 condition.")
    criminal: str = Field(description="Article 10: criminal offence data.")
    dpa_2018: str = Field(description="Condition of Schedule 1, with its limb.")
    policy_document: str = Field(description="The appropriate policy document that it asks for.")


class Agreement(Pack):
    """packs/agreements/<id>.yaml."""

    id: str
    version: str
    partnership: str
    synthetic: bool = Field(default=False, description="Made-up people only: scripted parties may act under it.")
    in_force_from: date
    review_by: date
    purposes: str
    terms: Terms
    area: str = Field(description="The partnership's own area (ONS code).")
    first_contact: Line
    out_of_hours: Line
    signatories: Mapping[str, Signatory]

    def in_force(self, day: date) -> bool:
        """Whether it admits sharing on that day."""
        return self.in_force_from <= day <= self.review_by

    def out_of_hours_number(self, agency: str) -> str:
        """Whom to ring at an agency when nobody covers its desk."""
        signatory = self.signatories.get(agency)
        return (signatory.out_of_hours if signatory else "") or self.out_of_hours.telephone
