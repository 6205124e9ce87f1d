"""Conflicts of interests that a machine can see: oneself, relatives, neighbours, colleagues. Pure; opens no seal.

It sees what is written down and nothing more: a conflict that stands nowhere is still for people to say. What it takes
for one may be none (many families are called Smith): the duty manager says so, and it is not asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.messages import Identity
from hub.settings import SettingWrong

SAME_NAME, RELATIVE, SAME_HOME, SAME_CONTACT, COLLEAGUE, SAME_FAMILY = (
    "same_name", "relative", "same_home", "same_contact", "colleague", "same_family_name",
)  # fmt: skip
WORDS = {
    SAME_NAME: "somebody in the records has their name",
    RELATIVE: "somebody in the records has a family name of theirs or a relative's, by the staff file",
    SAME_HOME: "somebody in the records lives where they live",
    SAME_CONTACT: "somebody in the records has their telephone or e-mail address",
    COLLEAGUE: "somebody in the records has an e-mail address at their employer",
    SAME_FAMILY: "somebody in the records has their family name, and nothing else says that they are close",
}
"""The strongest first; a family name alone, which many share, is the weakest and only asks."""


class Staff(BaseModel):
    """What a partnership tells of one of its people, so that a conflict can be seen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    family_names: list[str] = Field(default_factory=list, description="Earlier ones, and those of close relatives.")
    postcodes: list[str] = Field(default_factory=list, description="Where they live or lately lived.")
    telephones: list[str] = Field(default_factory=list, description="Their own.")
    emails: list[str] = Field(default_factory=list, description="Their own.")
    employers: list[str] = Field(default_factory=list, description="Mail domains of their employers.")


class StaffFile(BaseModel):
    """The file: account -> what is known of whoever has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    staff: dict[str, Staff] = Field(default_factory=dict)


def load(path: Path | None) -> Mapping[str, Staff]:
    """The partnership's people; nobody where there is no file.

    Raises:
        SettingWrong: the file cannot be read or says something else; the error shows no line of it.
    """
    if path is None:
        return {}
    try:
        return StaffFile.model_validate(yaml.safe_load(path.read_text("utf-8")) or {}).staff
    except (OSError, ValueError, yaml.YAMLError, ValidationError) as error:
        text = f"HUB_DESK_STAFF_FILE cannot be used ({type(error).__name__})."
        raise SettingWrong(text, "docs/how-to/desk.md shows how the file is written.") from None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody who wants to read: their name from the sign-in, the rest from the file."""

    name: str
    staff: Staff

    def conflict(self, identities: Iterable[Identity]) -> str:
        """The strongest conflict with anybody in the records, as a code; '' none that can be seen."""
        found = {code for identity in identities for code in self._with(identity)}
        return next((code for code in WORDS if code in found), "")

    def _with(self, identity: Identity) -> Iterable[str]:
        own, family = _plain(self.name), {_plain(name) for name in self.name.split()[-1:]} - {""}
        relatives = {_plain(name) for name in self.staff.family_names} - {""} - family
        for name in identity.names:
            if own and own == _plain(f"{name.given} {name.family}"):
                yield SAME_NAME
            parts = {_plain(name.family), *map(_plain, name.family.split("-"))}
            yield from (code for code, names in ((RELATIVE, relatives), (SAME_FAMILY, family)) if names & parts)
        if {_plain(a.postcode) for a in identity.addresses} & {_plain(p) for p in self.staff.postcodes} - {""}:
            yield SAME_HOME
        mails = {mail.lower() for mail in identity.emails}
        if mails & {m.lower() for m in self.staff.emails} or set(identity.telephones) & set(self.staff.telephones):
            yield SAME_CONTACT
        if {mail.rpartition("@")[2] for mail in mails} & {e.lower() for e in self.staff.employers}:
            yield COLLEAGUE


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
