"""One request of somebody known: who stands how to the check? may they? Then the handler, with the audit around it.

It is written down before it is done: what cannot be audited must not happen. How it came and is sent stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hub.errors import HubError
from hub.log import get_logger
from triage.access import Standing, Verdict, beside, judge
from triage.audit import Entry, NotAudited
from triage.before_reading import KeptOut, MustDeclare, NotAsked
from triage.desk import Desk
from triage.roles import OF_A_CHECK, OF_A_REQUEST
from triage.scanning import Held
from triage.sql import queries, summaries
from triage.web import declaring, refusing
from triage.web.asking import Answer, Ask, NotThere, Page, Route
from triage.web.in_stead import in_whose_stead

_NUMBERS = ("check_id", "request_id", "review_id", "document_id", "link_id", "delegation_id", "summary_id")
_PLACES = str.maketrans("{}", "<>")
"""An address as a log line may hold it: `/checks/<check_id>`, never whose."""
log = get_logger("desk")


def handle(desk: Desk, route: Route, came: Ask) -> Answer:
    """What is answered; whatever stands in the way is a page as well.

    Args:
        desk: the desk.
        route: the address.
        came: what was asked, without anybody's standing.
    """
    standing = _standing(desk, route, came.path)
    ask = replace(came, visitor=beside(came.visitor, standing), standing=standing)
    agency, stead = _agency(desk, route, ask.path), ""
    verdict = judge(route.right, ask.visitor, ask.now, standing=standing, agency=agency)
    about = next((ask.path[name] for name in _NUMBERS if name in ask.path), "")
    try:
        if verdict is not Verdict.YES:
            _write(desk, ask, "refused", about, str(verdict), f"{route.method} {route.path}")
            return refusing.not_allowed(desk, ask, route, verdict)
        stead = in_whose_stead(desk, ask, route, agency)
        if route.method == "POST":
            _write(desk, ask, route.act, about, "asked", _detail(ask.path), stead)
        answer = route.handler(desk, ask)
        if route.act:
            _write(desk, ask, route.act, about, _outcome(answer), _detail(ask.path), stead)
    except (KeptOut, MustDeclare, NotAsked, Held) as stop:
        page, why = _stopped(desk, stop, ask)
        _write(desk, ask, "refused", about, why, f"{route.method} {route.path}", stead)
        return page
    except NotThere:
        return refusing.not_there()
    except NotAudited as error:
        return refusing.trouble(error)
    except HubError as error:
        log.warning("a page could not be shown", error=type(error).__name__, path=route.path.translate(_PLACES))
        return refusing.trouble(error)
    return answer


def _stopped(desk: Desk, stop: KeptOut | MustDeclare | NotAsked | Held, ask: Ask) -> tuple[Page, str]:
    """What is said where something stands before what was asked for, and its code for the audit."""
    match stop:
        case KeptOut():
            return refusing.kept_out(), "conflict"
        case MustDeclare():
            return declaring.page(desk, ask), "to_declare"
        case NotAsked():
            return refusing.not_asked(), "not_asked"
        case Held():
            return refusing.held(stop), str(stop.state)


def _standing(desk: Desk, route: Route, path: Mapping[str, str]) -> Standing:
    if route.right not in OF_A_CHECK:
        return Standing()
    with desk.engine.connect() as connection:
        return queries.standing_of(connection, path["check_id"])


def _agency(desk: Desk, route: Route, path: Mapping[str, str]) -> str:
    if route.right not in OF_A_REQUEST:
        return path.get("agency", "")
    with desk.engine.connect() as connection:
        if "summary_id" in path:
            summary = summaries.one(connection, path["summary_id"])
            return summary.recipient if summary else ""
        asked = queries.request_of(connection, path["request_id"])
    return asked.request.agency if asked else ""


def _write(desk: Desk, ask: Ask, act: str, about: str, outcome: str, detail: str, stead: str = "") -> None:
    visitor = ask.visitor
    roles = " ".join(sorted(visitor.roles if stead else visitor.own_roles))
    detail = " ".join(part for part in (detail, f"for={stead}" if stead else "") if part)
    desk.audit.write(Entry(ask.now, visitor.account, roles, act, about[:64], outcome, detail))


def _outcome(answer: Answer) -> str:
    return "not_done" if isinstance(answer, Page) and answer.status >= 400 else "done"  # noqa: PLR2004 - HTTP's errors


def _detail(path: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in path.items() if name not in _NUMBERS)
