"""The fields of a police notice and the headers by which they go (FIELDS.md, for people). No value is read here."""

from __future__ import annotations

import re
from functools import lru_cache

NOTICE_FIELDS = (
    "notice_reference", "sequence", "notice_kind", "operation", "force", "incident_reference", "occurred_at",
    "recorded_at", "grade", "dash_ticks", "dash_grade", "professional_judgement", "marac", "strangulation", "weapon",
    "pregnant", "children_present", "order_breach", "police_protection", "missing_from", "returned_at",
    "hours_missing", "place_building", "place_street", "place_town", "place_postcode", "place_uprn", "circumstances",
    "officer_name", "officer_number", "officer_unit", "officer_contact",
    "family_informed", "why_not_informed", "handling_code",
)  # fmt: skip
PERSON_FIELDS = (
    "person_ref", "person_id", "role", "given_name", "surname", "alias_given_name", "alias_surname", "former_surname",
    "date_of_birth", "age", "expected_delivery_date", "gender", "ethnicity", "building", "street", "locality", "town",
    "postcode", "uprn", "address_confidential", "no_fixed_abode", "previous_postcode", "telephone", "email", "pnc_id",
    "cro", "nhs_number", "relationship", "related_to", "present", "welfare_check", "school", "language", "interpreter",
    "safe_contact", "markers", "risk_kind", "person_narrative",
)  # fmt: skip
KNOWN = frozenset(NOTICE_FIELDS + PERSON_FIELDS)
NOTICE = frozenset(NOTICE_FIELDS)
PERSON = frozenset(PERSON_FIELDS)

POLE = {
    "ds_005": "building", "ds_007": "street", "ds_008": "locality", "ds_009": "town", "ds_010": "postcode",
    "ds_031": "given_name", "ds_032": "surname", "ds_034": "date_of_birth", "ds_037": "gender",
    "ds_047": "relationship", "ds_053": "telephone", "ds_054": "email", "ds_071": "cro", "ds_072": "pnc_id",
    "ds_120": "age",
}  # fmt: skip
"""NPCC Minimum POLE Data Standards Dictionary v1.1; it is not public in full: the address numbers are our reading."""
_OTHER_NAMES = {
    "dob": "date_of_birth", "birth_date": "date_of_birth", "first_name": "given_name", "forename": "given_name",
    "last_name": "surname", "family_name": "surname", "sex": "gender", "pnc": "pnc_id", "cro_number": "cro",
    "post_code": "postcode", "reference": "notice_reference", "kind": "notice_kind", "email_address": "email",
    "telephone_number": "telephone", "nominal_id": "person_id", "officer_collar_number": "officer_number",
}  # fmt: skip
_BY_LETTERS = {
    name.replace("_", ""): meant
    for name, meant in ({n: n for n in NOTICE_FIELDS + PERSON_FIELDS} | _OTHER_NAMES).items()
}
"""Fields by their letters alone: `notice_reference`, `Notice Reference` and `noticeReference` are one."""
_POLE_ID = re.compile(r"(ds_[0-9]{3})(?:_(.+))?")
_NOT_WORD = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=1024)
def field_of(header: str) -> str:
    """The field that a column or member name means; '' if none is known.

    Words go before the POLE number beside them, because the words are what the sender reads.
    """
    name = _NOT_WORD.sub("_", header.strip().lower()).strip("_")
    number = ""
    if match := _POLE_ID.fullmatch(name):
        number, name = match.group(1), match.group(2) or ""
    return _BY_LETTERS.get(name.replace("_", "")) or POLE.get(number, "")
