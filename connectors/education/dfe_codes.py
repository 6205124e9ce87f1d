"""Codes of the Department for Education that a school census or a Common Transfer File holds. Nothing about files.

Sources: school census guide 2015 to 2026 (attendance, suspension and exclusion codes); Working together to improve
school attendance, August 2024 (codes in force since then).
"""

from __future__ import annotations

EXCLUSION_REASONS = {
    "PP": "Physical assault against a pupil", "PA": "Physical assault against an adult",
    "VP": "Verbal abuse or threatening behaviour against a pupil",
    "VA": "Verbal abuse or threatening behaviour against an adult",
    "OW": "Use or threat of use of an offensive weapon or prohibited item", "BU": "Bullying", "RA": "Racist abuse",
    "LG": "Abuse against sexual orientation and gender identity", "DS": "Abuse relating to disability",
    "SM": "Sexual misconduct", "DA": "Drug and alcohol related", "DM": "Damage", "TH": "Theft",
    "DB": "Persistent or general disruptive behaviour",
    "MT": "Inappropriate use of social media or online technology",
    "PH": "Wilful and repeated transgression of protective measures in place to protect public health",
    "OT": "Other (until 2020)",
}  # fmt: skip
"""Reasons of a suspension or exclusion, both lists: 2015 to 2020, and since 2021."""

SUSPENSION_CATEGORIES = {"SUSP": "", "FIXD": "", "LNCH": "lunchtime"}
"""Category to kind of suspension; PERM is a permanent exclusion."""
PERMANENT = "PERM"

UNAUTHORISED = frozenset({"G", "N", "O", "U"})
"""Holiday not agreed, no reason yet, other unauthorised, late after the register closed."""
AUTHORISED = frozenset({"C", "C1", "C2", "E", "F", "H", "I", "J1", "M", "R", "S", "T"})
"""Absences that the school agreed to. F and H are of the years before 2024."""
PRESENT = frozenset({"/", "\\", "L", "B", "D", "J", "K", "P", "V", "W"})
"""At school, late, or at an approved activity elsewhere: no absence."""
NOT_REQUIRED = frozenset({"X", "Y", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Q", "Z", "#", "-", "!"})
"""Not on the register yet, closed, not able to attend: no possible session."""

NO_SEN = "N"


def count(text: str) -> int | None:
    """A number of sessions ('134', '134.0'); None if it is none."""
    whole = text.removesuffix(".0")
    return int(whole) if whole.isascii() and whole.isdigit() else None


def attendance(possible: int, authorised: int, unauthorised: int) -> dict[str, str]:
    """Attributes of `attendance.summary`: possible, missed and unauthorised sessions, and the share missed (0-1)."""
    missed = authorised + unauthorised
    rate = min(missed / possible, 1.0) if possible else 0.0
    return {
        "sessions": str(possible),
        "missed": str(missed),
        "unauthorised": str(unauthorised),
        "absence_rate": f"{rate:.4f}",
    }


def days(sessions: int) -> str:
    """Sessions as days: two a day."""
    return f"{sessions / 2:g}"
