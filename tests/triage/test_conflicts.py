"""Conflicts of interests that the desk sees by itself: blocked before anything is shown, told to the manager, and liftable."""

from __future__ import annotations

import pytest
import requests
from sqlalchemy import select

from hub.messages import Identity
from hub.messages.record import Address, Name
from hub.settings import SettingWrong
from streams.check.wire import NotConfirmed
from tests.triage.served import Served
from tests.triage.test_journeys import PHONE, new_picture
from triage.conflicts import (
    COLLEAGUE,
    RELATIVE,
    SAME_CONTACT,
    SAME_FAMILY,
    SAME_HOME,
    SAME_NAME,
    Known,
    Staff,
    load,
)
from triage.sql import queries
from triage.sql.tables import audit

ROBIN = Known(
    "Robin Hale",
    Staff(
        family_names=["O'Dare"], postcodes=["ZZ99 3WZ"], telephones=["01632960001"], emails=["r@home.example"],
        employers=["council.example"],
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("identity", "why"),
    [
        ({"names": [Name(given="Robin", family="Hale")]}, SAME_NAME),
        ({"names": [Name(given="Ada", family="HALE")]}, SAME_FAMILY),
        ({"names": [Name(given="Ada", family="Okoro-Hale")]}, SAME_FAMILY),
        ({"names": [Name(given="Ada", family="ODare")]}, RELATIVE),
        ({"names": [Name(given="Ada", family="Hales")]}, ""),
        ({"names": [Name(given="Hale", family="Vale")]}, ""),
        ({"addresses": [Address(lines=["1 A Road"], postcode="zz993wz")]}, SAME_HOME),
        ({"addresses": [Address(lines=["1 A Road"], postcode="")]}, ""),
        ({"telephones": ["01632960001"]}, SAME_CONTACT),
        ({"emails": ["r@home.example"]}, SAME_CONTACT),
        ({"emails": ["ada@council.example"]}, COLLEAGUE),
        (
            {
                "names": [Name(given="Ada", family="Hale")],
                "addresses": [Address(lines=["1 A Road"], postcode="ZZ99 3WZ")],
            },
            SAME_HOME,
        ),
        ({"names": [Name(given="Ada", family="Hale")], "telephones": ["01632960001"]}, SAME_CONTACT),
        ({"names": [Name(given="Ada", family="Hale"), Name(given="Ada", family="O'Dare")]}, RELATIVE),
        ({"emails": ["ada@elsewhere.example"], "telephones": ["01632960002"]}, ""),
    ],
)
def test_what_is_a_conflict(identity, why):
    assert ROBIN.conflict([Identity(), Identity(**identity)]) == why


def test_somebody_of_whom_nothing_is_known_has_none():
    assert Known("", Staff()).conflict([Identity(names=[Name(given="", family="")])]) == ""


def test_a_file_that_says_something_else_is_refused_without_showing_it(tmp_path):
    path = tmp_path / "staff.yaml"
    path.write_text("staff: {r.hale: {family_names: [O'Dare], salary: 12}}", "utf-8")
    with pytest.raises(SettingWrong) as error:
        load(path)
    assert "Dare" not in str(error.value)
    path.write_text("staff: {r.hale: {family_names: [O'Dare]}}", "utf-8")
    assert load(path)["r.hale"].family_names == ["O'Dare"]
    assert load(None) == {}


def token_of(page: requests.Response) -> str:
    return page.text.partition('name="form_token" value="')[2].partition('"')[0]


def entries_with(at_desk: Served, given: str) -> list:
    """Records that name a woman of the screener's family name."""
    world = at_desk.world
    names = [Name(given=given, family="Hale")]
    identity = world.identity("police").model_copy(update={"names": names, "telephones": ["01632960001"]})
    return [e.model_copy(update={"identity": world.sealer.seal(e.source_id, identity)}) for e in world.entries()]


def a_namesake(at_desk: Served, name: str) -> str:
    """A check about a child whose records name such a woman."""
    snapshot = at_desk.world.snapshot(person_id=f"p-{name}", circle=[], entries=entries_with(at_desk, "Ida"))
    return at_desk.propose(name, snapshot=snapshot).check_id


@pytest.fixture
def known_telephone(at_desk: Served):
    """What the partnership tells of the screener makes a namesake a relative."""
    before = at_desk.desk.staff
    at_desk.desk.staff = {"r.hale": Staff(telephones=["01632960001"])}
    yield
    at_desk.desk.staff = before


@pytest.mark.kafka
def test_a_relative_is_kept_out_until_the_manager_says_that_it_is_none(at_desk: Served, known_telephone):
    check_id = a_namesake(at_desk, "relative")
    url = f"{at_desk.url}/checks/{check_id}"
    robin, manager = at_desk.sign_in("r.hale"), at_desk.sign_in("d.price")
    at_desk.claim("r.hale", check_id)
    for path in ("", "/bundle.html"):
        answer = robin.get(url + path, timeout=60)
        assert answer.status_code == 403
        assert "This check is closed to you" in answer.text
        assert "Ida" not in answer.text
    assert check_id[:8].upper() not in robin.get(f"{at_desk.url}/queue", timeout=20).text
    assert "r.hale" not in at_desk.check(check_id).read

    alerts = manager.get(f"{at_desk.url}/alerts", timeout=20)
    assert "somebody in the records has their telephone or e-mail address" in alerts.text
    data = {"form_token": token_of(alerts), "account": "r.hale"}
    assert robin.post(f"{url}/lift", data=data, timeout=60).status_code == 403
    assert manager.post(f"{url}/lift", data=data, timeout=60).status_code == 200
    at_desk.claim("r.hale", check_id)
    opened = robin.get(url, timeout=60)
    assert opened.status_code == 200
    assert "Ida Hale" in opened.text
    assert at_desk.check(check_id).read["r.hale"] >= 1


EVERY_WAY_IN = ("", "/bundle.html", "/bundle.pdf", "/summaries", "/files", "/do/see_reporter", "/do/note")


@pytest.mark.kafka
def test_a_family_name_alone_asks_first_and_no_way_leads_around_the_question(at_desk: Served):
    check_id = a_namesake(at_desk, "namesake")
    url = f"{at_desk.url}/checks/{check_id}"
    robin, manager = at_desk.sign_in("r.hale"), at_desk.sign_in("d.price")
    at_desk.claim("r.hale", check_id)
    for path in EVERY_WAY_IN:
        answer = robin.get(url + path, timeout=60)
        assert answer.status_code == 403, path
        assert "is anybody here close to you" in answer.text, path
        for word in ("Ida", "Tamsin", "Okoro", "Larkrise"):
            assert word not in answer.text
    token = token_of(robin.get(url, timeout=60))
    noted = robin.post(f"{url}/do/note", data={"form_token": token, "words": "x"}, timeout=60)
    assert noted.status_code == 403
    found = robin.post(f"{at_desk.url}/find", data={"form_token": token, "term": "Ida Hale"}, timeout=20)
    assert check_id not in found.text
    assert "r.hale" not in at_desk.check(check_id).read
    assert robin.post(f"{url}/declare", data={"form_token": token}, timeout=60).status_code == 422

    opened = robin.post(f"{url}/declare", data={"form_token": token, "close": "no"}, timeout=60)
    assert opened.status_code == 200
    assert "Ida Hale" in opened.text
    found = robin.post(f"{at_desk.url}/find", data={"form_token": token, "term": "Ida Hale"}, timeout=20)
    assert check_id in found.text
    alerts = manager.get(f"{at_desk.url}/alerts", timeout=20)
    assert "Said that nobody there is close to them, and reads" in alerts.text
    assert "Ida" not in alerts.text
    audited = at_desk.sign_in("a.wren").get(f"{at_desk.url}/audit", timeout=20).text
    assert "Said whether anybody in it is close to them" in audited

    data = {"form_token": token_of(alerts), "account": "r.hale"}
    assert manager.post(f"{url}/wall", data=data, timeout=60).status_code == 200
    assert "A wall was put up for a conflict" in robin.get(url, timeout=60).text


def told_of(at_desk: Served, check_id: str) -> list[str]:
    """What the desk's topic tells of declarations and walls at a check, in its order."""
    with at_desk.desk.engine.connect() as connection:
        events = queries.desk_history(connection, check_id)
    return [event.kind for event, _ in events if event.kind in {"declared", "walled"}]


def audited(at_desk: Served, check_id: str) -> list[tuple[str, str]]:
    """Act and outcome of what the screener tried at a check, the oldest first."""
    with at_desk.desk.engine.connect() as connection:
        rows = connection.execute(
            select(audit.c.act, audit.c.outcome)
            .where(audit.c.check_id == check_id, audit.c.account == "r.hale")
            .order_by(audit.c.number)
        )
        return [tuple(row) for row in rows]


@pytest.mark.kafka
@pytest.mark.parametrize("said", [{"close": "no"}, {}, {"close": "perhaps"}])
def test_an_answer_that_nobody_asked_for_is_refused_and_written_down(at_desk: Served, said):
    check_id = at_desk.propose(f"unasked-{len(said)}-{said.get('close', '')}").check_id
    url = f"{at_desk.url}/checks/{check_id}"
    robin = at_desk.sign_in("r.hale")
    token = token_of(robin.get(f"{at_desk.url}/queue", timeout=20))
    for inside in (False, True):
        if inside:
            at_desk.claim("r.hale", check_id)
        answer = robin.post(f"{url}/declare", data={"form_token": token, **said}, timeout=60)
        assert answer.status_code == 409
        assert "You were not asked this" in answer.text
        for word in ("Tamsin", "Okoro", "Larkrise"):
            assert word not in answer.text
        assert audited(at_desk, check_id)[-1] == ("refused", "not_asked")
    assert told_of(at_desk, check_id) == []
    assert robin.get(url, timeout=60).status_code == 200


@pytest.mark.kafka
def test_i_may_know_them_is_always_taken_and_a_later_no_opens_nothing(at_desk: Served):
    check_id = a_namesake(at_desk, "changed")
    url = f"{at_desk.url}/checks/{check_id}"
    robin, manager = at_desk.sign_in("r.hale"), at_desk.sign_in("d.price")
    at_desk.claim("r.hale", check_id)
    token = token_of(robin.get(url, timeout=60))

    def say(close: str) -> requests.Response:
        return robin.post(f"{url}/declare", data={"form_token": token, "close": close}, timeout=60)

    for _ in range(2):  # sent twice it has one effect
        assert say("no").status_code == 200
    assert told_of(at_desk, check_id) == ["declared"]
    assert "The check is closed to you now" in say("yes").text
    assert told_of(at_desk, check_id) == ["declared", "walled"]
    assert "This check is closed to you" in say("no").text
    assert robin.get(url, timeout=60).status_code == 403
    assert told_of(at_desk, check_id) == ["declared", "walled"]

    alerts = manager.get(f"{at_desk.url}/alerts", timeout=20)
    lifted = manager.post(f"{url}/lift", data={"form_token": token_of(alerts), "account": "r.hale"}, timeout=60)
    assert lifted.status_code == 200
    assert say("no").status_code == 409, "the manager has answered it: nobody is asked any more"


@pytest.mark.kafka
def test_i_may_know_them_is_taken_without_a_question_and_from_outside(at_desk: Served):
    check_id = at_desk.propose("by-oneself").check_id
    robin = at_desk.sign_in("r.hale")
    token = token_of(robin.get(f"{at_desk.url}/queue", timeout=20))
    data = {"form_token": token, "close": "yes"}
    answer = robin.post(f"{at_desk.url}/checks/{check_id}/declare", data=data, timeout=60)
    assert "The check is closed to you now" in answer.text
    assert told_of(at_desk, check_id) == ["walled"]
    assert robin.post(f"{at_desk.url}/checks/{check_id}/claim", data=data, timeout=60).status_code == 403


@pytest.mark.kafka
def test_a_word_that_did_not_arrive_opens_nothing_and_is_asked_for_again(at_desk: Served, monkeypatch):
    check_id = a_namesake(at_desk, "unheard")
    url = f"{at_desk.url}/checks/{check_id}"
    robin = at_desk.sign_in("r.hale")
    at_desk.claim("r.hale", check_id)
    token = token_of(robin.get(url, timeout=60))

    def nobody_hears(_event):
        raise NotConfirmed("The connection is lost.", "Send it again.")

    with monkeypatch.context() as lost:
        lost.setattr(at_desk.desk.gateway, "tell", nobody_hears)
        answer = robin.post(f"{url}/declare", data={"form_token": token, "close": "no"}, timeout=60)
    assert answer.status_code == 503
    assert "The connection is lost. Send it again." in answer.text
    assert "is anybody here close to you" in robin.get(url, timeout=60).text


@pytest.mark.kafka
def test_what_comes_later_and_is_stronger_still_walls(at_desk: Served):
    check_id = a_namesake(at_desk, "later")
    url = f"{at_desk.url}/checks/{check_id}"
    robin = at_desk.sign_in("r.hale")
    at_desk.claim("r.hale", check_id)
    token = token_of(robin.get(url, timeout=60))
    assert robin.post(f"{url}/declare", data={"form_token": token, "close": "no"}, timeout=60).status_code == 200
    before, at_desk.desk.staff = at_desk.desk.staff, {"r.hale": Staff(telephones=["01632960001"])}
    try:
        new_picture(at_desk, check_id, person_id="p-later", entries=entries_with(at_desk, "Ida Jo"))
        assert "This check is closed to you" in robin.get(url, timeout=60).text
    finally:
        at_desk.desk.staff = before


@pytest.mark.browser
@pytest.mark.kafka
def test_who_may_know_them_is_kept_out_by_their_own_word(at_desk: Served, sit):
    check_id = a_namesake(at_desk, "perhaps")
    person = sit("r.hale").open(f"/checks/{check_id}").press("Claim it: I work on this check")
    person.sees("Before you read: is anybody here close to you?").accessible().picture("desk-declare")
    person.press("Go on").sees("Choose whether anybody may be close to you").accessible()
    person.choose("I may know them").press("Go on").sees("The check is closed to you now").accessible()
    person.open(f"/checks/{check_id}").sees("A wall was put up").accessible()
    manager = sit("d.price").open("/alerts").sees("A wall was put up").accessible()
    assert "Ida" not in manager.page.content()

    other = a_namesake(at_desk, "mistaken")
    phone = sit("r.hale", **PHONE).open(f"/checks/{other}").press("Claim it: I work on this check")
    phone.sees("Before you read").accessible().picture("desk-declare-phone")
    assert phone.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    phone.choose("As far as I know, nobody here is my relative, friend, colleague or neighbour").press("Go on")
    phone.sees("You said that nobody here is close to you").sees("Ida Hale").accessible().picture("desk-declared-phone")
    manager.open("/alerts").sees("Keep them out").accessible().picture("desk-alerts")
    phone.press("I may know them: keep me out").sees("The check is closed to you now")
    assert phone.open(f"/checks/{other}").sees("A wall was put up")
