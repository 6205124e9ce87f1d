"""Who may do what at the desk, as one table: roles and rights. What a person may do to one check stands in `access`."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A role of the desk; from the claims of the sign-in provider, or of a made-up person in a demonstration."""

    SCREENER = "screener"
    DECISION_MAKER = "decision_maker"
    DUTY_MANAGER = "duty_manager"
    AGENCY_RESEARCHER = "agency_researcher"
    BUSINESS_SUPPORT = "business_support"
    OPERATIONS = "operations"
    AUDITOR = "auditor"
    PROFESSIONAL = "professional"
    """Whoever works with children or adults anywhere: refers, and asks whether somebody is known. Sees no check."""


class Right(StrEnum):
    """What a page or a button asks of whoever opens it."""

    PUBLIC = "public"
    """Open to anybody, without signing in: the public's form, and what a one-time link opens."""
    SIGNED_IN = "signed_in"
    """Nothing but a name: one's own start page, help."""
    QUEUE = "queue"
    """See which checks there are: numbers, clocks, states; no name of a family, no word of a record."""
    CLAIM = "claim"
    READ = "read"
    """Open the bundle."""
    ACT = "act"
    """Give commands to the check."""
    SHARE = "share"
    """Say who else works on the check: hand over, designate, release."""
    WALL = "wall"
    """Keep somebody out for a conflict of interests; anybody may keep themselves out."""
    LIFT = "lift"
    """Take a wall down: whoever stands behind it is not close to the family after all."""
    DECLARE = "declare"
    """Say whether anybody in a check is close to oneself: that somebody is, unasked and from outside too, for it
    protects; that nobody is, only where the desk asked (`before_reading`)."""
    GLASS = "glass"
    """Open a check that one is not designated to, with a reason, and with everybody knowing."""
    INBOX = "inbox"
    """One's own agency's requests."""
    ANSWER = "answer"
    """One request of one's own agency."""
    TOLD = "told"
    """What one's own agency was told of a decision."""
    BOARD = "board"
    ALERTS = "alerts"
    REVIEWS = "reviews"
    AUDIT = "audit"
    REFER = "refer"
    """Tell of a worry as a professional."""
    TAKE_DOWN = "take_down"
    """Write down what somebody says on the telephone or in a document, and see that it is confirmed."""
    MANUAL = "manual"
    """Begin a check by hand."""
    CONTACTS = "contacts"
    """See which contacts wait to become referrals; as QUEUE, no name and no word."""
    KNOWN = "known"
    """Ask whether a person is known."""
    FIND = "find"
    """Search within the open checks that one may read."""
    RECEIPTS = "receipts"
    """What became of records and requests: of one's own agency, or of all where one works for the hub."""
    PASS_ON = "pass_on"  # noqa: S105 - a right, no password
    """Pass one's agency's request on by a one-time link."""
    COVER = "cover"
    """See who acts in whose stead, and take back what one has part in."""
    LEND = "lend"
    """Name somebody who acts as duty manager in one's stead."""
    HUB = "hub"
    """How the desk itself is: how far behind it is, nothing about anybody."""


TRIAGE = frozenset({Role.SCREENER, Role.DECISION_MAKER, Role.DUTY_MANAGER})
DECIDERS = frozenset({Role.DECISION_MAKER, Role.DUTY_MANAGER})
_READERS = TRIAGE | {Role.AUDITOR}

_OUTSIDE = frozenset({Role.PROFESSIONAL, Role.AGENCY_RESEARCHER})

RIGHTS: dict[Right, frozenset[Role]] = {
    Right.PUBLIC: frozenset(),
    Right.SIGNED_IN: frozenset(Role),
    Right.QUEUE: TRIAGE | {Role.BUSINESS_SUPPORT},
    Right.CLAIM: TRIAGE,
    Right.READ: _READERS,
    Right.ACT: TRIAGE,
    Right.SHARE: TRIAGE,
    Right.WALL: TRIAGE,
    Right.LIFT: frozenset({Role.DUTY_MANAGER}),
    Right.DECLARE: _READERS,
    Right.GLASS: _READERS,
    Right.INBOX: frozenset({Role.AGENCY_RESEARCHER}),
    Right.ANSWER: frozenset({Role.AGENCY_RESEARCHER}),
    Right.TOLD: frozenset({Role.AGENCY_RESEARCHER}),
    Right.BOARD: frozenset({Role.DUTY_MANAGER, Role.DECISION_MAKER, Role.AUDITOR}),
    Right.ALERTS: frozenset({Role.DUTY_MANAGER, Role.AUDITOR}),
    Right.REVIEWS: TRIAGE,
    Right.AUDIT: frozenset({Role.AUDITOR, Role.DUTY_MANAGER}),
    Right.REFER: _OUTSIDE,
    Right.TAKE_DOWN: TRIAGE | {Role.BUSINESS_SUPPORT},
    Right.MANUAL: TRIAGE,
    Right.CONTACTS: TRIAGE | {Role.BUSINESS_SUPPORT},
    Right.KNOWN: TRIAGE | _OUTSIDE,
    Right.FIND: TRIAGE,
    Right.RECEIPTS: TRIAGE | {Role.AGENCY_RESEARCHER, Role.BUSINESS_SUPPORT, Role.OPERATIONS, Role.AUDITOR},
    Right.PASS_ON: frozenset({Role.AGENCY_RESEARCHER}),
    Right.COVER: _READERS,
    Right.LEND: frozenset({Role.DUTY_MANAGER}),
    Right.HUB: frozenset({Role.OPERATIONS, Role.DUTY_MANAGER}),
}
OF_A_REQUEST = frozenset({Right.ANSWER, Right.PASS_ON, Right.TOLD})
"""Rights that are asked of one request or summary: only of the agency that was asked or told."""
OF_A_CHECK = frozenset(
    {Right.CLAIM, Right.READ, Right.ACT, Right.SHARE, Right.WALL, Right.LIFT, Right.GLASS, Right.DECLARE}
)
"""Rights that are asked of one check: a wall takes them away, and some need designation."""
NEVER_LENT = frozenset({Right.LEND})
"""Rights of a duty manager that nobody has in their stead: what is lent is not lent on."""
DESIGNATED_ONLY = frozenset({Right.READ, Right.ACT, Right.SHARE})

WORDS = {
    Role.SCREENER: "Screener",
    Role.DECISION_MAKER: "Decision maker",
    Role.DUTY_MANAGER: "Duty manager",
    Role.AGENCY_RESEARCHER: "Agency researcher",
    Role.BUSINESS_SUPPORT: "Business support",
    Role.OPERATIONS: "Operations",
    Role.AUDITOR: "Auditor",
    Role.PROFESSIONAL: "Professional",
}
