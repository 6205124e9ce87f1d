"""Before somebody reads a bundle: may they be close to anybody in it? Only a code leaves this, never a name.

What is written down and strong (a home, a telephone, a relative of whom the staff file tells) puts up a wall. A family
name alone asks: many share one, and a lone duty worker must not be locked out at night by it. What they say stays.
"""

from __future__ import annotations

from hub.messages import Bundle
from streams.check.card import open_identities
from streams.check.render.opening import Opener
from streams.check.state import Check
from triage.access import Visitor
from triage.conflicts import SAME_FAMILY, Known, Staff
from triage.desk import Desk
from triage.doing import event_of
from triage.sql import queries

DECLARED, WALLED = "declared", "walled"


class KeptOut(Exception):  # noqa: N818 - no fault: it is meant to be so
    """A conflict of interests was seen: a wall stands now, nothing was opened to anybody."""


class MustDeclare(Exception):  # noqa: N818 - no fault: an answer is waited for
    """Somebody in the records has the reader's family name: they say first whether they are close to anybody."""


class NotAsked(Exception):  # noqa: N818 - no fault of the desk's
    """Somebody says that they are close to nobody where nobody asked them: nothing is written down as an answer."""


def look(desk: Desk, visitor: Visitor, check: Check, bundle: Bundle) -> None:
    """See whether somebody may read, before anything is opened to them.

    Raises:
        KeptOut: a wall stands.
        MustDeclare: nobody reads on before they have said that they are close to nobody.
        NotConfirmed: the wall could not be put up: then nothing is opened either.
    """
    why = _conflict(desk, visitor, bundle)
    if not why:
        return
    with desk.engine.connect() as connection:
        told = queries.desk_history(connection, check.check_id)
        standing = queries.standing_of(connection, check.check_id)
    if any(took and e.kind == "wall_lifted" and e.account == visitor.account for e, took in told):
        return  # the duty manager knows, and has said that it is none
    if why == SAME_FAMILY:
        if visitor.account in standing.declared:
            return
        raise MustDeclare
    tell(desk, visitor, check, WALLED, why)
    raise KeptOut


def tell(desk: Desk, visitor: Visitor, check: Check, kind: str, why: str) -> None:
    """Write down that they say they are close to nobody, or that a wall stands before them: a code, and no name.

    Raises:
        NotConfirmed: nobody can say whether it arrived.
    """
    event = event_of(
        visitor, kind, visitor.account, desk.now(), partnership=check.partnership, check_id=check.check_id,
        codes={"why": why} if why else {},
    )  # fmt: skip
    desk.gateway.tell(event)


def _conflict(desk: Desk, visitor: Visitor, bundle: Bundle) -> str:
    known = Known(visitor.name, desk.staff.get(visitor.account, Staff()))
    opener = Opener(desk.library.sealer, bundle.anchor)
    opened = open_identities(bundle.picture.entries, desk.library.sealer)
    people = [i for o in opened for i in (o.identity, *o.others.values()) if i is not None]
    return known.conflict([*people, *(identity for identity, _ in opener.told(bundle))])
