"""The canonical record of an agency, in clear: what a connector's `translate` returns and `preview` shows.

It never goes on a topic as it is: `hub.sealing` turns it into `hub.messages.sealed.SealedRecord`. Nothing about
Kafka, encryption or one agency's format may live here.

Sources: NPCC Minimum POLE Data Standards Dictionary v1.1; DfE CTF 25, school census and CIN census specifications;
HL7 UK A.3; NHS Data Dictionary; BS7666; GSC; UK GDPR Arts 6, 9, 10.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field, model_validator

from hub.messages.base import Message, Moment, Part


class Operation(StrEnum):
    """What the source says has become of its record."""

    UPSERT = "upsert"
    WITHDRAW = "withdraw"
    ERASE = "erase"
    RESTRICT = "restrict"


class Role(StrEnum):
    """What a subject is in the record. The reporter and practitioners are never subjects."""

    CHILD = "child"
    ADULT = "adult"
    UNBORN = "unborn"
    PARENT = "parent"
    CARER = "carer"
    SIBLING = "sibling"
    VICTIM = "victim"
    SUSPECT = "suspect"
    WITNESS = "witness"
    HOUSEHOLD = "household_member"
    PEER = "peer"
    OTHER = "other"


class NameKind(StrEnum):
    """Which of a person's names this is."""

    CURRENT = "current"
    ALIAS = "alias"
    FORMER = "former"
    PREFERRED = "preferred"
    PLACEHOLDER = "placeholder"


class Precision(StrEnum):
    """How exact a date is. `expected` is an expected date of delivery."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    EXPECTED = "expected"
    PLACEHOLDER = "placeholder"


class CheckDigit(StrEnum):
    """Whether an identifier's check digit holds. A failed one lowers weight and is flagged, never dropped."""

    PASS = "pass"  # noqa: S105 - a code, not a password
    FAIL = "fail"
    UNCHECKED = "unchecked"


class FactStatus(StrEnum):
    """How sure the source is."""

    ALLEGED = "alleged"
    OBSERVED = "observed"
    OPINION = "opinion"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    REFUTED = "refuted"


class Admission(StrEnum):
    """Under which mode an agreement lets the record in (architecture, principle 3)."""

    REFERRAL_ONLY = "referral_only"
    STATUTORY_NOTICE = "statutory_notice"
    SCOPED = "scoped"
    REGISTER = "register"


class _RecordPart(Part):
    namespace: ClassVar[str] = "mash.record"


class Name(_RecordPart):
    """One name of a person."""

    kind: NameKind = Field(
        default=NameKind.CURRENT,
        description="current | alias | former | preferred | placeholder ('Baby Girl', 'Twin A', 'Unknown').",
    )
    given: str = Field(default="", description="Given names as the source has them, space between.")
    family: str = Field(default="", description="Family name as the source has it.")
    title: str = Field(default="", description="Title, if the source has one.")
    since: str | None = Field(default=None, description="ISO date from which the name was used.")
    until: str | None = Field(default=None, description="ISO date until which the name was used.")


class BirthDate(_RecordPart):
    """A birth date, or an expected one."""

    value: str = Field(description="ISO 8601, as exact as known: 2019-04-02, 2019-04 or 2019.")
    precision: Precision = Field(
        default=Precision.DAY,
        description="day | month | year | expected (of delivery) | placeholder (1900-01-01 and the like).",
    )


class Identifier(_RecordPart):
    """An identifier that outlives one system."""

    scheme: str = Field(
        description="nhs_number | upn | former_upn | uln | pnc | cro | nino | la_child_id | nominal_id | hospital_number | other."
    )
    value: str = Field(description="Normalised: upper case, without spaces.")
    check: CheckDigit = Field(
        default=CheckDigit.UNCHECKED, description="pass | fail | unchecked (the scheme has no check digit)."
    )
    issuer: str = Field(default="", description="Who assigned it, for schemes that are local (an LA code, a trust).")
    superseded: bool = Field(default=False, description="True where the source says that another number replaced it.")


class Address(_RecordPart):
    """Where somebody lives or lived."""

    lines: list[str] = Field(default_factory=list, description="Address lines in order, without the postcode.")
    postcode: str = Field(default="", description="Upper case, one space before the inward part; '' if unknown.")
    uprn: str = Field(
        default="", description="Unique property reference number, at most 12 digits, no leading zeros; '' if unknown."
    )
    kind: str = Field(
        default="home",
        description="home | temporary | placement | hospital | school | custody | previous | incident (where what the record tells of happened: no home, matches nobody) | other.",
    )
    since: str | None = Field(default=None, description="ISO date moved in.")
    until: str | None = Field(default=None, description="ISO date moved out.")
    confidential: bool = Field(default=False, description="Used to match, never shown in an explanation, event or log.")
    refuge: bool = Field(default=False, description="A refuge; treated as confidential.")
    no_fixed_abode: bool = Field(default=False, description="The source says that there is no fixed abode.")


class Identity(_RecordPart):
    """Who a subject is, as this one record says."""

    names: list[Name] = Field(
        default_factory=list, description="All names; empty where the format holds none (CIN census)."
    )
    birth: BirthDate | None = Field(default=None, description="Birth date or expected date.")
    death: str | None = Field(default=None, description="ISO date of death.")
    sex: str = Field(default="", description="F | M | X (indeterminate or other) | '' (unknown or not said).")
    birth_order: int | None = Field(default=None, description="1, 2 ... of a multiple birth, where the source says so.")
    ethnicity: str = Field(
        default="", description="DfE main ethnicity code (WBRI ...), or the source's code where no map exists."
    )
    identifiers: list[Identifier] = Field(default_factory=list, description="NHS number, UPN, PNC and others.")
    addresses: list[Address] = Field(default_factory=list, description="Now and before.")
    telephones: list[str] = Field(default_factory=list, description="Digits with leading +44 or 0, no spaces.")
    emails: list[str] = Field(default_factory=list, description="Lower case.")
    language: str = Field(default="", description="ISO 639 code of first language.")
    communication_need: str = Field(
        default="", description="Interpreter, sign language, easy read ...: as the source says."
    )
    safe_contact: str = Field(default="", description="How to make contact safely and what must not be said to whom.")


class Fact(_RecordPart):
    """One thing that a record says about a subject."""

    code: str = Field(
        description="Code of the fact catalogue (packs/facts.yaml), such as da.incident; unmapped.<path> where no map exists."
    )
    value: str = Field(default="", description="Value, in the unit that the catalogue gives for the code.")
    system: str = Field(default="", description="Code system of the value, where it is coded.")
    status: FactStatus = Field(
        default=FactStatus.OBSERVED, description="alleged | observed | opinion | confirmed | disputed | refuted."
    )
    first_hand: bool | None = Field(default=None, description="True first-hand, False hearsay, None not said.")
    at: Moment | None = Field(default=None, description="When it was so, if other than the record's occurred time.")
    until: Moment | None = Field(default=None, description="When it ceased to be so.")
    attributes: dict[str, str] = Field(
        default_factory=dict,
        description="Further coded values, by the catalogue's names (dash_ticks, grade, hours ...).",
    )
    note: str = Field(default="", description="The source's words on this fact.")


class Subject(_RecordPart):
    """One person in a record."""

    ref: str = Field(
        description="Stable reference inside the record (child-1, mother ...); never an array index that moves."
    )
    role: Role = Field(description="What the person is in this record.")
    local_person_id: str = Field(
        default="", description="The source system's id of the person; '' makes record key + ref the source identity."
    )
    identity: Identity = Field(default_factory=Identity, description="Who.")
    facts: list[Fact] = Field(default_factory=list, description="What the record says about this person.")
    narrative: str = Field(
        default="", description="Softer information about this person: system text, meetings, conversations."
    )
    restricted: str = Field(
        default="",
        description="'' | adoption | gender_recognition | protected_person | refuge | sexual_health | sealed_court | family_court | staff_or_relative: existence-hidden.",
    )


class Relationship(_RecordPart):
    """A stated relationship between two subjects: `subject` is the `kind` of `of`."""

    subject: str = Field(description="ref of the one who is ...")
    kind: str = Field(
        description="mother | father | parent | step_parent | parents_partner | carer | sibling | half_sibling | grandparent | relative | partner | ex_partner | household | peer | other."
    )
    of: str = Field(description="... to this ref.")
    since: str | None = Field(default=None, description="ISO date.")
    until: str | None = Field(default=None, description="ISO date.")


class Reporter(_RecordPart):
    """Who told: never a subject, encrypted by itself, outside circle, rules and bundle unless released."""

    name: str = Field(default="", description="Name, if given.")
    role: str = Field(default="", description="Occupation or relation, such as police officer, teacher, neighbour.")
    organisation: str = Field(default="", description="Organisation.")
    contact: str = Field(default="", description="How to reach them.")
    anonymous: bool = Field(default=False, description="True where they asked not to be named.")
    receipt_to: str = Field(default="", description="Where a receipt goes: an address of the source's system or desk.")


class Terms(_RecordPart):
    """On what terms the record may be held and shared."""

    recurring: ClassVar[bool] = True

    controller: str = Field(default="", description="Data controller of the record.")
    purpose: str = Field(default="safeguarding", description="Purpose of processing.")
    lawful_basis: str = Field(default="uk_gdpr_6_1_e", description="UK GDPR Art 6 basis.")
    special_condition: str = Field(
        default="uk_gdpr_9_2_g",
        description="UK GDPR Art 9 condition, with DPA 2018 Sch 1 para 18; '' where none is needed.",
    )
    criminal_condition: str = Field(default="", description="UK GDPR Art 10 condition for criminal offence data.")
    confidentiality: str = Field(
        default="", description="Basis for setting the duty of confidence aside: consent | public_interest | statute."
    )
    agreement: str = Field(default="", description="Id of the sharing agreement that admits the feed.")
    admission: Admission = Field(
        default=Admission.REFERRAL_ONLY, description="referral_only | statutory_notice | scoped | register."
    )
    family_informed: str = Field(default="not_said", description="informed | agreed | not_informed | not_said.")
    why_not_informed: str = Field(default="", description="Reason code where the family was not informed.")
    marking: str = Field(
        default="OFFICIAL-SENSITIVE", description="Government security classification or police handling code."
    )
    release: str = Field(
        default="",
        description="Release conditions of the owner: '' | owner_consent | mash_only | not_to_family | not_to_suspect.",
    )
    retention: str = Field(default="", description="Retention class.")
    legal_hold: bool = Field(default=False, description="True forbids purge.")
    area: str = Field(default="", description="Responsible area (ONS or DfE code).")


class Whence(_RecordPart):
    """Where in the source the record stood."""

    connector: str = Field(description="Connector and format, such as police.protection_notice.csv.")
    mapping_version: str = Field(default="1", description="Version of the mapping that translated it.")
    position: str = Field(
        description="Position in the source: line, byte or element, with a keyed hash of the file's name; no personal data."
    )
    extracted_at: Moment | None = Field(default=None, description="When the source made the file or message.")
    history: bool = Field(
        default=False, description="True for back-loaded history: it updates pictures and opens nothing."
    )


class Unmapped(_RecordPart):
    """A source field that the mapping does not know. Kept and counted, never dropped."""

    path: str = Field(description="Where in the native record.")
    value: str = Field(description="The source's value.")


class AgencyRecord(Message):
    """One record of one agency."""

    namespace: ClassVar[str] = "mash.record"

    partnership: str = Field(description="Which partnership's hub the record belongs to.")
    agency: str = Field(
        description="police | health | education | social_care | probation | housing | youth | fire | adult_social_care | other."
    )
    system: str = Field(description="Which system of the agency.")
    local_id: str = Field(description="The source system's id of this record; with agency and system the record key.")
    operation: Operation = Field(default=Operation.UPSERT, description="upsert | withdraw | erase | restrict.")
    version: int = Field(
        default=0,
        description="Source version or sequence, higher wins; a source without versions gets extract time and row (hub.ids.extract_version).",
    )
    kind: str = Field(description="Event catalogue code (packs/facts.yaml, kinds), such as police.protection_notice.")
    occurred_at: Moment | None = Field(default=None, description="When what it tells of happened.")
    occurred_precision: Precision = Field(default=Precision.DAY, description="How exact occurred_at is.")
    recorded_at: Moment | None = Field(default=None, description="When the agency wrote it down.")
    received_at: Moment = Field(description="When the hub's connector read it.")
    incident: str = Field(
        default="",
        description="Reference of the originating incident as the agencies know it (police reference, say): an echo carries the same.",
    )
    prompted_by: str = Field(
        default="",
        description="Reference of another agency's notice that prompted this entry: then it is no corroboration.",
    )
    third_party: bool = Field(
        default=False, description="True where it holds information about somebody who is not its subject."
    )
    subjects: list[Subject] = Field(
        default_factory=list, description="Persons; at least one except for operations on a known record key."
    )
    relationships: list[Relationship] = Field(
        default_factory=list, description="Stated relationships between subjects."
    )
    merges: list[SameAs] = Field(
        default_factory=list, description="Agency merges (HL7 A40): versioned, reversible same-as assertions."
    )
    narrative: str = Field(default="", description="Softer information on the whole record; encrypted by itself.")
    reporter: Reporter | None = Field(default=None, description="Who told.")
    unmapped: list[Unmapped] = Field(default_factory=list, description="Native fields without a map.")
    terms: Terms = Field(default_factory=Terms, description="On what terms.")
    whence: Whence = Field(description="From where.")

    @model_validator(mode="after")
    def _refs_exist(self) -> AgencyRecord:
        refs = [s.ref for s in self.subjects]
        if len(refs) != len(set(refs)):
            raise ValueError("two subjects of the record have the same ref")
        if any(r.subject not in refs or r.of not in refs for r in self.relationships):
            raise ValueError("a relationship names a ref that is no subject of the record")
        return self


class SameAs(_RecordPart):
    """One system's assertion that two of its local person ids are one person."""

    local_person_id: str = Field(description="The id that goes on.")
    merged_person_id: str = Field(description="The id that was merged into it.")
    undone: bool = Field(default=False, description="True where the source takes the merge back.")


AgencyRecord.model_rebuild()
