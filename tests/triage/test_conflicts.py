"""Conflicts of interests that the desk sees by itself: blocked before anything is shown, told to the manager, and liftable."""

from __future__ import annotations

import pytest
import requests

from hub.messages import Identity
from hub.messages.record import Address, Name
from hub.settings import SettingWrong
from tests.triage.served import Served
from triage.conflicts import (
    COLLEAGUE,
    SAME_CONTACT,
    SAME_FAMILY,
    SAME_HOME,
    SAME_NAME,
    Known,
    Staff,
    load,
)

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
        ({"names": [Name(given="Ada", family="ODare")]}, SAME_FAMILY),
        ({"names": [Name(given="Ada", family="Hales")]}, ""),
        ({"names": [Name(given="Hale", family="Vale")]}, ""),
        ({"addresses": [Address(lines=["1 A Road"], postcode="zz993wz")]}, SAME_HOME),
        ({"addresses": [Address(lines=["1 A Road"], postcode="")]}, ""),
        ({"telephones": ["01632960001"]}, SAME_CONTACT),
        ({"emails": ["r@home.example"]}, SAME_CONTACT),
        ({"emails": ["ada@council.example"]}, COLLEAGUE),
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


def a_relative(at_desk: Served) -> str:
    """A check about a child whose records name a woman of the screener's family name."""
    world = at_desk.world
    identity = world.identity("police").model_copy(update={"names": [Name(given="Ida", family="Hale")]})
    entries = [e.model_copy(update={"identity": world.sealer.seal(e.source_id, identity)}) for e in world.entries()]
    return at_desk.propose("relative", snapshot=world.snapshot(person_id="p-ida", circle=[], entries=entries)).check_id


@pytest.mark.kafka
def test_a_relative_is_kept_out_until_the_manager_says_that_it_is_none(at_desk: Served):
    check_id = a_relative(at_desk)
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
    assert "somebody in the records has their family name" in alerts.text
    data = {"form_token": token_of(alerts), "account": "r.hale"}
    assert robin.post(f"{url}/lift", data=data, timeout=60).status_code == 403
    assert manager.post(f"{url}/lift", data=data, timeout=60).status_code == 200
    at_desk.claim("r.hale", check_id)
    opened = robin.get(url, timeout=60)
    assert opened.status_code == 200
    assert "Ida Hale" in opened.text
    assert at_desk.check(check_id).read["r.hale"] >= 1
