"""May this person do this to this check, now? Pure: no table, no clock, no page is known here.

A wall comes before everything; then designation, or glass that was broken not long ago; then the role.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from hub.messages import DeskEvent
from triage.roles import DESIGNATED_ONLY, NEVER_LENT, OF_A_CHECK, OF_A_REQUEST, RIGHTS, Right, Role

FOR = "for"
"""Code of a desk's event: in whose stead."""
GLASS_HOURS = 4
"""A red check is complete within four hours: broken glass lasts as long as the work that it was broken for."""


@dataclass(frozen=True, slots=True)
class Lent:
    """A duty manager's part, as somebody has it in that manager's stead.

    Attributes:
        manager: account of the duty manager, who stays accountable.
        name: as colleagues call them.
        until: from when on it is theirs alone again.
    """

    manager: str
    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever is signed in.

    Attributes:
        account: unique; stands behind every command.
        name: as colleagues call them.
        roles: from the sign-in, and the duty manager's where that part is lent to them.
        agency: of an agency's researcher; empty for staff of the hub.
        lent: in whose stead they have the duty manager's part; empty where it is their own, or not theirs.
    """

    account: str
    name: str
    roles: frozenset[Role]
    agency: str = ""
    lent: tuple[Lent, ...] = ()

    @property
    def own_roles(self) -> frozenset[Role]:
        """Without what is lent."""
        return self.roles - {Role.DUTY_MANAGER} if self.lent else self.roles

    def in_own_name(self) -> Visitor:
        """The same without what is lent."""
        return replace(self, roles=self.own_roles, lent=())

    def stands_in_for(self, role: str) -> str:
        """Account of the manager in whose stead they do something in that role; '' where it is in their own."""
        return self.lent[0].manager if self.lent and role == Role.DUTY_MANAGER else ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who stands how to one check."""

    owner: str = ""
    designated: frozenset[str] = frozenset()
    walled: frozenset[str] = frozenset()
    glass: Mapping[str, datetime] = field(default_factory=dict)
    """Account -> until when."""
    declared: frozenset[str] = frozenset()
    """Who said that nobody in it is close to them, though somebody has their family name."""

    def opened_to(self, account: str, now: datetime) -> bool:
        """Whether somebody may look inside: designated, or with broken glass."""
        return account in self.designated or (account in self.glass and now < self.glass[account])


class Verdict(StrEnum):
    """Whether it may be done, and why not."""

    YES = "yes"
    WRONG_ROLE = "wrong_role"
    WALLED = "walled"
    NOT_DESIGNATED = "not_designated"
    OTHER_AGENCY = "other_agency"
    TAKEN = "taken"
    """Somebody else has claimed the check."""


def judge(
    right: Right, visitor: Visitor, now: datetime, *, standing: Standing | None = None, agency: str = ""
) -> Verdict:
    """Whether a visitor may use a right.

    Args:
        right: what is asked for.
        visitor: by whom.
        now: stage of the clock, for broken glass.
        standing: the check's, where the right is one of a check.
        agency: whose request or whose receipts, where the page is one of an agency.
    """
    if right is Right.PUBLIC:
        return Verdict.YES
    if right in OF_A_CHECK:
        visitor = beside(visitor, standing or Standing())
    if not (visitor.own_roles if right in NEVER_LENT else visitor.roles) & RIGHTS[right]:
        return Verdict.WRONG_ROLE
    if right in OF_A_REQUEST and (not agency or agency != visitor.agency):
        return Verdict.OTHER_AGENCY
    if right is Right.RECEIPTS and agency and own_receipts_alone(visitor) and agency != visitor.agency:
        return Verdict.OTHER_AGENCY
    return _of_check(right, visitor, now, standing or Standing()) if right in OF_A_CHECK else Verdict.YES


def beside(visitor: Visitor, standing: Standing) -> Visitor:
    """Somebody as they stand to one check: there nobody takes the part of a manager whom a wall keeps out of it."""
    lent = tuple(one for one in visitor.lent if one.manager not in standing.walled)
    return replace(visitor, lent=lent) if lent else visitor.in_own_name()


def own_receipts_alone(visitor: Visitor) -> bool:
    """Whether somebody sees the receipts of their own agency only: nothing but its research brings them here."""
    return not visitor.roles & (RIGHTS[Right.RECEIPTS] - {Role.AGENCY_RESEARCHER})


def _of_check(right: Right, visitor: Visitor, now: datetime, standing: Standing) -> Verdict:
    if visitor.account in standing.walled:
        return Verdict.WALLED
    if right in DESIGNATED_ONLY and not standing.opened_to(visitor.account, now):
        return Verdict.NOT_DESIGNATED
    if right is Right.CLAIM and standing.owner and standing.owner != visitor.account:
        return Verdict.TAKEN
    return Verdict.YES


def apply(standing: Standing, event: DeskEvent) -> Standing:
    """Take note of one event, in the topic's order: of two claims the first holds, a wall undoes a designation."""
    who, whom = event.actor, event.account
    made = standing
    match event.kind:
        case "claimed" if not standing.owner and who not in standing.walled:
            made = _changed(standing, owner=who, add=who)
        case "handed_over" if _may_share(standing, event) and whom not in standing.walled:
            made = _changed(standing, owner=whom, add=whom, drop=standing.owner)
        case "designated" if _may_share(standing, event) and whom not in standing.walled:
            made = _changed(standing, add=whom)
        case "released" if who == whom or _may_share(standing, event):
            made = _changed(standing, drop=whom)
        case "walled" if who == whom or _may_share(standing, event):
            glass = {account: until for account, until in standing.glass.items() if account != whom}
            declared = standing.declared - {whom}
            made = replace(
                _changed(standing, drop=whom), walled=standing.walled | {whom}, glass=glass, declared=declared
            )
        case "declared" if who == whom and who not in standing.walled:
            made = replace(standing, declared=standing.declared | {who})
        case "wall_lifted" if event.role == Role.DUTY_MANAGER and whom not in {who, event.codes.get(FOR)}:
            made = replace(standing, walled=standing.walled - {whom})
        case "glass_broken" if who not in standing.walled:
            until = event.at + timedelta(hours=GLASS_HOURS)
            made = replace(standing, glass={**standing.glass, who: until})
    return made


def _may_share(standing: Standing, event: DeskEvent) -> bool:
    """Those who work on it may bring others in; the accountable manager always can, unless kept out."""
    if {event.actor, event.codes.get(FOR)} & standing.walled:
        return False
    return event.actor in standing.designated or event.role == Role.DUTY_MANAGER


def _changed(standing: Standing, *, owner: str | None = None, add: str = "", drop: str = "") -> Standing:
    designated = (standing.designated - {drop}) | ({add} if add else set())
    holder = standing.owner if owner is None else owner
    return replace(standing, owner="" if holder == drop else holder, designated=designated)
