"""The duty manager's part, lent: bounded, by the manager alone, never on, never past a wall; the same after a rebuild."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from sqlalchemy import select

from hub.messages import DeskEvent
from hub.settings import load
from streams.check.state import Check, State
from tests.check.people import NOW
from tests.triage.browsing import Person
from tests.triage.keyboard import Keyboard
from tests.triage.served import Served
from triage import access
from triage.access import Lent, Standing, Verdict, Visitor, beside, judge
from triage.delegation import LONGEST, WHY_NOT, Delegation, acting, made, why_not
from triage.doing import event_of
from triage.in_role import role_for
from triage.roles import Right, Role
from triage.sql import delegations, queries, view
from triage.sql.database import empty_view, open_database, put
from triage.sql.tables import audit, people

MANAGER, SCREENER = frozenset({Role.DUTY_MANAGER, Role.DECISION_MAKER}), frozenset({Role.SCREENER})
CHECK = "3f2a0000-0000-5000-8000-000000000001"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WANTED = Delegation("d1", "dilys", "robin", NOW, NOW + DAY)
ROBIN = Visitor("robin", "Robin Hale", SCREENER)
ACTING = acting(ROBIN, [(WANTED, "Dilys Price")], NOW)


def event(kind: str, actor: str, account: str, number: str = "d1", at=NOW, role: str = "duty_manager", **codes: str):
    return DeskEvent(
        event_id=number, partnership="demo", check_id=codes.pop("check_id", ""), kind=kind, actor=actor, role=role,
        account=account, codes=codes, at=at,
    )  # fmt: skip


def lend(number: str = "d1", actor: str = "dilys", to: str = "robin", since=NOW, until=NOW + DAY, **codes: str):
    times = {"from": since.isoformat(), "until": until.isoformat(), "roles": "screener"}
    return event("delegated", actor, to, number, **(times | codes))


@pytest.mark.parametrize(
    ("changes", "lender", "borrower", "why"),
    [
        ({}, MANAGER, SCREENER, ""),
        ({}, MANAGER, {Role.DECISION_MAKER}, ""),
        ({}, SCREENER, SCREENER, "not_yours"),
        ({"to": "dilys"}, MANAGER, MANAGER, "oneself"),
        ({}, MANAGER, {Role.AGENCY_RESEARCHER}, "researcher"),
        ({}, MANAGER, {Role.AGENCY_RESEARCHER, Role.SCREENER}, "researcher"),
        ({}, MANAGER, {Role.AUDITOR, Role.SCREENER}, "auditor"),
        ({}, MANAGER, {Role.OPERATIONS}, "operations"),
        ({}, MANAGER, {Role.BUSINESS_SUPPORT}, "not_triage"),
        ({}, MANAGER, {Role.PROFESSIONAL}, "not_triage"),
        ({}, MANAGER, {Role.DUTY_MANAGER}, "manager"),
        ({"until": NOW}, MANAGER, SCREENER, "backwards"),
        ({"since": NOW - DAY, "until": NOW - HOUR}, MANAGER, SCREENER, "over"),
        ({"until": NOW + LONGEST}, MANAGER, SCREENER, ""),
        ({"until": NOW + LONGEST + timedelta(seconds=1)}, MANAGER, SCREENER, "too_long"),
        ({"since": NOW + 91 * DAY, "until": NOW + 92 * DAY}, MANAGER, SCREENER, "too_far"),
    ],
)
def test_who_may_lend_it_to_whom_and_for_how_long(changes, lender, borrower, why):
    assert why_not(replace(WANTED, **changes), frozenset(lender), frozenset(borrower), NOW, []) == why
    assert not why or WHY_NOT[why]


def test_there_is_one_at_a_time():
    later = replace(WANTED, delegation_id="d2", since=NOW + HOUR, until=NOW + 2 * DAY)
    assert why_not(later, MANAGER, SCREENER, NOW, [WANTED]) == "overlaps"
    assert why_not(later, MANAGER, SCREENER, NOW, [replace(WANTED, revoked_at=NOW)]) == ""
    assert why_not(replace(later, since=WANTED.until), MANAGER, SCREENER, NOW, [WANTED]) == ""
    assert why_not(replace(later, by="another"), MANAGER, SCREENER, NOW, [WANTED]) == ""


def test_it_holds_by_the_clock_that_is_passed_in():
    for at, holds in ((NOW - HOUR, False), (NOW, True), (NOW + DAY - HOUR, True), (NOW + DAY, False)):
        assert bool(acting(ROBIN, [(WANTED, "Dilys Price")], at).lent) is holds
    assert acting(replace(ROBIN, roles=MANAGER), [(WANTED, "Dilys Price")], NOW).lent == (), "in their own name already"
    assert acting(replace(ROBIN, account="x"), [(WANTED, "Dilys Price")], NOW).lent == ()
    assert acting(replace(ROBIN, roles=frozenset({Role.AUDITOR})), [(WANTED, "Dilys")], NOW).lent == ()


def test_what_only_a_duty_manager_may_do_they_may_but_lend_it_on():
    assert ACTING.lent == (Lent("dilys", "Dilys Price", NOW + DAY),)
    for right in (Right.BOARD, Right.ALERTS, Right.LIFT):
        assert judge(right, ROBIN, NOW) is Verdict.WRONG_ROLE
        assert judge(right, ACTING, NOW) is Verdict.YES
    assert judge(Right.LEND, ACTING, NOW) is Verdict.WRONG_ROLE
    assert ACTING.own_roles == SCREENER
    assert (ACTING.stands_in_for("duty_manager"), ACTING.stands_in_for("screener")) == ("dilys", "")
    onward = lend("d2", "robin", "sam", **{"for": "dilys"})
    assert made(onward, []) is None


def test_a_wall_holds_for_whoever_acts_and_for_whoever_they_act_for():
    own_wall = Standing(walled=frozenset({"robin"}))
    assert judge(Right.READ, ACTING, NOW, standing=own_wall) is Verdict.WALLED
    managers = Standing(designated=frozenset({"robin"}), walled=frozenset({"dilys"}))
    assert beside(ACTING, managers).roles == SCREENER
    assert judge(Right.LIFT, ACTING, NOW, standing=managers) is Verdict.WRONG_ROLE
    assert judge(Right.READ, ACTING, NOW, standing=managers) is Verdict.YES, "as the screener that they are"
    for whom, lifted in (("robin", False), ("dilys", False), ("sam", True)):
        before = Standing(walled=frozenset({whom}))
        after = access.apply(before, event("wall_lifted", "robin", whom, **{"for": "dilys"}))
        assert (after != before) is lifted
    there = access.apply(managers, event("designated", "robin", "sam", role="duty_manager", **{"for": "dilys"}))
    assert there == managers, "not in her stead, where she is behind a wall"


DECIDER = acting(replace(ROBIN, roles=frozenset({Role.DECISION_MAKER})), [(WANTED, "Dilys Price")], NOW)
READY, OPEN = (
    Check.model_construct(state=state, unread={}, bundle=2, read={})
    for state in (State.BUNDLE_READY, State.CHECKS_OPEN)
)
UNREAD = OPEN.model_copy(update={"unread": {"r": 2}})
NOT_AGREED, RATED = (Check.model_construct(state=state, unread={}, bundle=1) for state in ("not_agreed", "rated"))


@pytest.mark.parametrize(
    ("action", "check", "screener", "decider"),
    [
        ("note", OPEN, "screener", "decision_maker"),
        ("gate", RATED, "screener", "decision_maker"),
        ("gate", NOT_AGREED, "duty_manager", "decision_maker"),
        ("decide", OPEN, "duty_manager", "decision_maker"),
        ("accept", OPEN, "duty_manager", "duty_manager"),
        ("read", OPEN, "screener", "decision_maker"),
        ("read", READY, "duty_manager", "decision_maker"),
        ("read", UNREAD, "duty_manager", "decision_maker"),
    ],
)
def test_a_command_is_given_in_the_managers_part_only_where_their_own_would_not_do(action, check, screener, decider):
    assert (role_for(ACTING, action, check), role_for(DECIDER, action, check)) == (screener, decider)
    assert role_for(ROBIN, action, check) in {"screener", None}


@pytest.mark.parametrize(
    ("kind", "account", "standing", "stead"),
    [
        ("claimed", "robin", Standing(), False),
        ("claimed", "robin", Standing(owner="sam"), False),
        ("glass_broken", "robin", Standing(owner="sam"), False),
        ("walled", "robin", Standing(), False),
        ("kept_out", "robin", Standing(walled=frozenset({"robin"})), False),
        ("walled", "sam", Standing(designated=frozenset({"robin"})), False),
        ("walled", "sam", Standing(), True),
        ("designated", "sam", Standing(designated=frozenset({"robin"})), False),
        ("designated", "sam", Standing(), True),
        ("wall_lifted", "sam", Standing(walled=frozenset({"sam"})), True),
    ],
)
def test_what_they_do_at_the_desk_names_the_manager_only_where_it_counts_by_that(kind, account, standing, stead):
    done = event_of(ACTING, kind, account, NOW, partnership="demo", check_id=CHECK, standing=standing)
    assert (done.role, done.codes.get("for", "")) == (("duty_manager", "dilys") if stead else ("screener", ""))


@pytest.fixture
def engine(tmp_path):
    made_engine = open_database(load(find_running=False, data_dir=tmp_path))
    yield made_engine
    made_engine.dispose()


def lift(number: str, at) -> DeskEvent:
    return event("wall_lifted", "robin", "sam", number, at, check_id=CHECK, **{"for": "dilys"})


def test_it_is_the_same_after_a_rebuild_and_what_was_not_lent_counts_for_nothing(engine):
    wall = event("walled", "boss", "sam", "w", NOW, check_id=CHECK)
    said = [
        wall,
        lift("too-early", NOW),
        lend(),
        lend("d2", until=NOW + 2 * DAY),
        lend("d3", "sam", "sam"),
        event("delegation_revoked", "somebody", "robin", "r0", NOW + HOUR, role="screener", delegation="d1"),
        lift("in-time", NOW + HOUR),
        event("walled", "boss", "sam", "w2", NOW + HOUR, check_id=CHECK),
        event("delegation_revoked", "robin", "robin", "r1", NOW + 2 * HOUR, role="screener", delegation="d1"),
        event("delegation_revoked", "dilys", "robin", "r2", NOW + 2 * HOUR, delegation="d1"),
        lift("too-late", NOW + HOUR),
    ]

    def told() -> list:
        with engine.begin() as connection:
            for message in said:
                view.take(connection, [message, message])
        with engine.connect() as connection:
            from triage.sql import queries

            took = [(e.event_id, t) for e, t in [*queries.desk_history(connection, ""), *queries.desk_history(connection, CHECK)]]  # fmt: skip
            return [took, delegations.standing(connection, NOW - DAY), queries.standing_of(connection, CHECK)]

    first = told()
    assert dict(first[0]) == {
        "d1": True, "d2": False, "d3": False, "r0": False, "r1": True, "r2": False,
        "w": True, "too-early": False, "in-time": True, "w2": True, "too-late": False,
    }  # fmt: skip
    assert first[1][0][0] == replace(WANTED, revoked_at=NOW + 2 * HOUR, revoked_by="robin")
    empty_view(engine)
    assert told() == first


def test_a_manager_who_is_none_any_more_lends_nothing(engine):
    with engine.begin() as connection:
        view.take(connection, [lend()])
        row = {"account": "dilys", "name": "Dilys Price", "agency": "", "last_at": NOW}
        put(connection, people, row | {"roles": "duty_manager"})
        assert delegations.lent_now(connection, "robin", NOW) == [(WANTED, "Dilys Price")]
        assert delegations.lent_now(connection, "robin", NOW + DAY) == []
        put(connection, people, row | {"roles": "screener"})
        assert delegations.lent_now(connection, "robin", NOW) == []


AMBER = "Amber: complex needs, likely significant harm"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def local(at) -> str:
    return at.strftime("%Y-%m-%dT%H:%M")


@pytest.mark.browser
@pytest.mark.kafka
def test_a_manager_goes_on_leave_and_a_screener_decides_in_her_stead_by_the_keyboard(at_desk: Served, chromium, sit):
    screener, manager = Keyboard(chromium, at_desk, "r.hale"), Keyboard(chromium, at_desk, "d.price")
    begins, ends = at_desk.clock.at - HOUR, at_desk.clock.at + DAY
    screener.open("/cover").sees("Nobody acts for a duty manager").accessible()
    assert not screener.page.get_by_role("button", name="Let them act for me").count()
    screener.open("/board").sees("Your role doesn't open this page")
    manager.open("/cover").press("Let them act for me").sees("Choose who acts in your stead").accessible()
    manager.pick("Who acts for you", "Robin Hale")
    for name, at in (("From", begins), ("Until", begins + 15 * DAY)):
        manager.page.get_by_label(name, exact=True).fill(local(at))
    manager.write("Why", "On leave until Friday").press("Let them act for me").sees("14 days at most").accessible()
    manager.page.get_by_label("Until", exact=True).fill(local(ends))
    manager.press("Let them act for me").sees("They act for you in that time").accessible().picture("desk-cover")
    assert "On leave until Friday" in manager.page.content()
    manager.open("/board").sees("Who acts for a duty manager").accessible()

    screener.open("/queue").sees("Acting for").accessible()
    screener.open("/board").sees("Who acts for a duty manager")
    screener.open("/cover").sees("On leave until Friday")
    assert not screener.page.get_by_role("button", name="Let them act for me").count()
    stranger = at_desk.sign_in("s.okafor")
    assert "On leave" not in stranger.get(f"{at_desk.url}/cover", timeout=20).text

    check_id = at_desk.propose("stead").check_id
    screener.open(f"/checks/{check_id}").press("Claim it: I work on this check").sees("Tamsin Okoro-Vale")
    screener.sees("Who decides: Robin Hale, for Dilys Price, by delegation until").accessible()
    screener.do(check_id, "open").choose(AMBER).write("Why", "Worried").press("Open the check").saved("Opened")
    screener.do(check_id, "gate").choose("A statutory duty or power requires or allows the sharing")
    screener.choose("Children Act 1989 s17", "Informed").write("Why this is necessary", "Unclear")
    screener.press("Pass the gate").saved("Gate passed")
    settle(at_desk, check_id)
    screener.open(f"/checks/{check_id}").sees("Tamsin Okoro-Vale")
    screener.do(check_id, "decide").choose("Section 17 assessment and family help (Children Act 1989)")
    for agency in ("Children's social care", "Police", "Health"):
        screener.within("Who took part", agency)
    screener.write("Rationale", "All agree").press("Record the decision").saved("Decided").accessible()
    check = at_desk.check(check_id)
    assert (check.decided_by, check.decided_for) == ("r.hale", "d.price")
    screener.sees("by r.hale for d.price, by delegation").sees("r.hale (duty manager for d.price, by delegation)")
    on_paper = screener.context.request.get(f"{at_desk.url}/checks/{check_id}/bundle.html").text()
    assert "r.hale for d.price, by delegation" in on_paper
    audited = at_desk.sign_in("a.wren").get(f"{at_desk.url}/audit", timeout=20).text
    assert "action=decide for=d.price" in audited

    phone = sit("r.hale", **PHONE).open(f"/checks/{check_id}").sees("Acting for Dilys Price").accessible()
    assert phone.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    phone.picture("desk-acting-phone")
    small = sit("d.price", **PHONE).open("/cover").sees("Robin Hale for Dilys Price").accessible()
    small.picture("desk-cover-phone")
    assert small.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    at_desk.clock.at += DAY + HOUR
    fresh = Person(chromium, at_desk, "r.hale").open("/board").sees("Your role doesn't open this page")
    assert "Acting for" not in fresh.page.content()
    for person in (screener, manager, fresh):
        person.close()


def settle(at_desk: Served, check_id: str) -> None:
    """Every agency answers."""
    from triage.sql import queries

    anchor = at_desk.check(check_id).anchor

    def sent() -> list:
        with at_desk.desk.engine.connect() as connection:
            found = [queries.request_of(connection, r.request_id) for r in at_desk.check(check_id).of_round()]
        return found if found and all(found) else []

    for asked in at_desk.wait(sent):
        at_desk.hub.send(anchor, at_desk.world.answer(asked.request, "not_known", at=at_desk.clock.at))
    at_desk.wait(lambda: at_desk.check(check_id).state == "bundle_ready")


def token_of(page: requests.Response) -> str:
    return page.text.partition('name="form_token" value="')[2].partition('"')[0]


@pytest.mark.kafka
def test_the_audit_names_the_manager_only_where_the_part_allowed_it(at_desk: Served):
    manager, sam = at_desk.sign_in("d.price"), at_desk.sign_in("s.okafor")
    now = at_desk.clock.at
    data = {"form_token": token_of(manager.get(f"{at_desk.url}/cover", timeout=20)), "words": "Off shift"}
    data |= {"from": local(now), "until": local(now + HOUR), "to": "s.okafor"}
    assert manager.post(f"{at_desk.url}/cover", data=data, timeout=60).status_code == 200
    check_id = at_desk.propose("whose").check_id
    url = f"{at_desk.url}/checks/{check_id}"
    token = {"form_token": token_of(sam.get(f"{at_desk.url}/queue", timeout=20))}
    walled, brought_in = token | {"account": "r.hale"}, token | {"account": "d.price"}
    for path, form in (
        ("/wall", walled), ("/lift", walled), ("/claim", token), ("", None), ("/do/note", token | {"words": "Rang"}),
        ("/team/designate", brought_in),
    ):  # fmt: skip
        answer = sam.post(url + path, data=form, timeout=60) if form else sam.get(url, timeout=60)
        assert answer.status_code == 200, path
    with at_desk.desk.engine.connect() as connection:
        said = connection.execute(
            select(audit.c.act, audit.c.role, audit.c.detail)
            .where(audit.c.check_id == check_id, audit.c.account == "s.okafor")
            .order_by(audit.c.number)
        ).all()
        events = queries.desk_history(connection, check_id)
        history = queries.history(connection, check_id)
    assert {(act, role, "for=d.price" in detail) for act, role, detail in said} == {
        ("wall", "decision_maker duty_manager", True), ("lift_wall", "decision_maker duty_manager", True),
        ("claim", "decision_maker", False), ("read", "decision_maker", False), ("command", "decision_maker", False),
        ("team", "decision_maker", False),
    }  # fmt: skip
    assert {event.kind: event.codes.get("for", "") for event, _ in events} == {
        "walled": "d.price", "wall_lifted": "d.price", "claimed": "", "designated": "",
    }  # fmt: skip
    assert {event.acts_for for event in history} == {""}
    at_desk.clock.at += HOUR  # it is over


@pytest.mark.kafka
def test_it_is_refused_with_a_reason_and_taken_back_by_whom_it_concerns(at_desk: Served):
    manager, researcher = at_desk.sign_in("d.price"), at_desk.sign_in("police.researcher")
    sam, auditor = at_desk.sign_in("s.okafor"), at_desk.sign_in("a.wren")
    now = at_desk.clock.at
    data = {"form_token": token_of(manager.get(f"{at_desk.url}/cover", timeout=20)), "words": "Off shift"}
    data |= {"from": local(now), "until": local(now + HOUR)}
    for to, says in (("police.researcher", "researcher"), ("a.wren", "auditor"), ("d.price", "oneself"), ("x", "")):
        answer = manager.post(f"{at_desk.url}/cover", data=data | {"to": to}, timeout=60)
        assert answer.status_code == 422
        assert not says or WHY_NOT[says].replace("'", "&#39;") in answer.text
    assert researcher.get(f"{at_desk.url}/cover", timeout=20).status_code == 403
    assert manager.post(f"{at_desk.url}/cover", data=data | {"to": "s.okafor"}, timeout=60).status_code == 200
    with at_desk.desk.engine.connect() as connection:
        number = delegations.lent_now(connection, "s.okafor", at_desk.clock())[0][0].delegation_id
    at_sam = sam.get(f"{at_desk.url}/alerts", timeout=20)
    assert at_sam.status_code == 200
    url = f"{at_desk.url}/cover/{number}/revoke"
    token = token_of(auditor.get(f"{at_desk.url}/cover", timeout=20))
    assert auditor.post(url, data={"form_token": token}, timeout=60).status_code == 403
    given_up = sam.post(url, data={"form_token": token_of(sam.get(f"{at_desk.url}/cover", timeout=20))}, timeout=60)
    assert given_up.status_code == 200
    assert sam.get(f"{at_desk.url}/alerts", timeout=20).status_code == 403
