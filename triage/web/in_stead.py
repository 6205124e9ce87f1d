"""In whose stead a page is asked for, as the audit writes it: a manager is named where their part is what allows it."""

from __future__ import annotations

from triage.access import Verdict, judge
from triage.desk import Desk
from triage.reading import stead_of_reading
from triage.roles import Right, Role
from triage.web import acting, sharing
from triage.web.asking import Ask, Route


def in_whose_stead(desk: Desk, ask: Ask, route: Route, agency: str) -> str:
    """Account of the manager in whose stead something is asked for that may be; '' in the visitor's own name.

    Raises:
        NotThere: there is nothing of the kind.
    """
    visitor = ask.visitor
    if not visitor.lent:
        return ""
    own = judge(route.right, visitor.in_own_name(), ask.now, standing=ask.standing, agency=agency)
    if own is not Verdict.YES:
        return visitor.stands_in_for(Role.DUTY_MANAGER)
    match route.right:
        case Right.READ if route.act:
            return stead_of_reading(desk, visitor, ask.path["check_id"])
        case Right.ACT if route.method == "POST":
            return acting.stead(desk, ask)
        case Right.SHARE | Right.WALL:
            return sharing.stead(desk, ask)
        case _:
            return ""
