"""A big county's desk, made up: 20,000 checks of a year with their requests, some 300 of them open, with whole bundles.

What is sealed is sealed for real: opening it is part of what a page costs. Nothing is measured here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from hub.avro import encode
from hub.messages import AgencyRequest, Bundle, CheckEvent, Identity, RecordContent, SubjectContent
from hub.messages.identity import Edge
from hub.messages.picture import Entry, Fired, Indicator, Snapshot
from hub.messages.record import Address, BirthDate, Fact, Name, Operation, Role, Terms
from hub.sealing import Sealer
from streams.check.state import Check, Request, State
from triage.access import Standing
from triage.desk import Desk
from triage.sql import tables as t
from triage.sql.view import standing_row

OPEN_SHARE = 0.015
"""Of 20,000 checks of history some 300 are open at once in a big county."""
AGENCIES = ("police", "health", "education", "social_care", "housing", "early_help")
HOLDERS = AGENCIES[:4]
"""Those whose records stand in a picture."""
RECORDS = 24
"""In a picture: a family that is known."""
RULES = ("DA04", "HE02", "ED02", "CB02")
FACTS = ("da.incident", "ae.attendance", "attendance.summary", "seen")
QUESTIONS = [f"police.{number}" for number in range(1, 8)]
BATCH = 1_000
VERSION = 3


def people(count: int) -> list[str]:
    """Accounts of those who work there."""
    return [f"person.{number}" for number in range(count)]


def fill(desk: Desk, count: int, staff: list[str], now: datetime) -> list[str]:
    """Checks of a year, the last ones still open; returns the open ones, each with its staff designated in turn."""
    rng, opened = random.Random(1), []
    with desk.engine.begin() as connection:
        rows: list[dict[str, Any]] = []
        for number in range(count):
            check = _check(rng, number, count, now)
            if not check.ended:
                check.read = dict.fromkeys(staff, VERSION)
                opened.append(check.check_id)
                for table, row in _of_open(desk.library.sealer, check, staff[len(opened) % len(staff)], now):
                    connection.execute(insert(table), row)
            rows.append(_row(check))
            if len(rows) == BATCH or number == count - 1:
                connection.execute(insert(t.checks), rows)
                rows = []
        connection.execute(insert(t.meta), {"name": t.STAMP, "value": "filled"})
    return opened


def _check(rng: random.Random, number: int, count: int, now: datetime) -> Check:
    is_open = number >= count * (1 - OPEN_SHARE)
    begun = now - timedelta(days=365 * (1 - number / count))
    states = [State.SCREENING, State.RATED, State.CHECKS_OPEN, State.CHECKS_OPEN]
    check_id = f"{rng.getrandbits(32):08x}-0000-5000-8000-{number:012x}"
    asked_at = now - timedelta(hours=rng.random() * 5) if is_open else begun + timedelta(hours=1)
    requests = [
        Request(
            request_id=f"{number:08x}-0000-5000-8000-{index:012x}", agency=agency, round=1,
            status="sent" if is_open else rng.choice(["answered", "answered", "not_known"]), sent_at=asked_at,
            due_at=asked_at + timedelta(hours=24), question_set="made/1", questions=QUESTIONS, agreement="demo/1",
            answered_at=None if is_open else asked_at + timedelta(hours=rng.random() * 30), minutes=rng.randint(5, 40),
        )
        for index, agency in enumerate(AGENCIES)
    ]  # fmt: skip
    return Check(
        check_id=check_id, partnership="demo", anchor=f"{number:032x}", person_id=f"p-{number // 2}", seq=20,
        state=rng.choice(states) if is_open else State.CLOSED, level=3 + (rng.random() < 0.2),
        rules={rng.choice(RULES): 3}, rating=rng.choice(["", "red", "amber", "green"]), round=1,
        requests={r.request_id: r for r in requests}, began_at=begun, bundle=VERSION,
        first_decided_at=None if is_open else begun + timedelta(hours=rng.random() * 48),
        ended_at=None if is_open else begun + timedelta(days=4), brag="AMBER",
        decision="" if is_open else rng.choice(["section_17", "nfa", "early_help"]),
        clocks={"complete": now + timedelta(hours=rng.random() * 20)} if is_open else {},
    )  # fmt: skip


def _row(check: Check) -> dict[str, Any]:
    return {
        "check_id": check.check_id, "partnership": "demo", "anchor": check.anchor, "person_id": check.person_id,
        "seq": check.seq, "state": str(check.state), "open": not check.ended, "subject": "child",
        "rating": check.rating, "brag": check.brag, "level": check.level, "decision": check.decision,
        "begun_at": check.began_at, "changed_at": check.began_at, "rated_at": None,
        "decided_at": check.first_decided_at, "ended_at": check.ended_at,
        "next_due": min(check.clocks.values(), default=None), "doc": check.model_dump(mode="json"),
    }  # fmt: skip


def _of_open(sealer: Sealer, check: Check, who: str, now: datetime) -> Iterator[tuple[Any, Any]]:
    """What else stands in the view of an open check: whose it is, what is asked, what was read."""
    yield t.standings, {"check_id": check.check_id} | standing_row(Standing(who, frozenset({who})))
    subject = sealer.seal(check.anchor, _identity(check.anchor))
    for request in check.requests.values():
        message = AgencyRequest(
            request_id=request.request_id, partnership="demo", check_id=check.check_id, anchor=check.anchor,
            agency=request.agency, rating=check.rating or "amber", questions=QUESTIONS, question_set="made/1",
            basis="statutory:ca1989_s47", agreement="demo/1", sent_at=request.sent_at, due_at=request.due_at,
            subject=subject, categories=["domestic_abuse"],
        )  # fmt: skip
        yield t.requests, {
            "request_id": request.request_id, "check_id": check.check_id, "agency": request.agency,
            "rating": message.rating, "status": "sent", "sent_at": request.sent_at, "due_at": request.due_at,
            "answered_at": None, "body": encode(message),
        }  # fmt: skip
    for seq in range(1, check.seq + 1):
        event = CheckEvent(
            event_id=f"{check.check_id}-{seq}", partnership="demo", check_id=check.check_id, anchor=check.anchor,
            seq=seq, kind="noted", state=check.state, at=check.began_at or now, actor=who, role="screener",
        )  # fmt: skip
        yield t.events, {
            "check_id": check.check_id, "seq": seq, "kind": event.kind, "at": event.at, "actor": who,
            "role": "screener", "cause": f"{check.check_id}-{seq}", "body": encode(event),
        }  # fmt: skip
    for version in range(1, VERSION + 1):
        bundle = bundle_of(sealer, check, now, version)
        yield t.bundles, {"check_id": check.check_id, "version": version, "made_at": now, "body": encode(bundle)}


def bundle_of(sealer: Sealer, check: Check, now: datetime, version: int) -> Bundle:
    """One version of a known family's bundle."""
    entries = [_entry(sealer, check, number, now) for number in range(RECORDS - VERSION + version)]
    records = [e.record_id for e in entries][:3]
    indicator = Indicator(
        rule_id=next(iter(check.rules)), level=3, category="domestic abuse", agencies=["police"], incidents=[],
        records=records, first_at=now - timedelta(days=90), last_at=now,
    )  # fmt: skip
    circle = [Edge(person_id=f"{check.person_id}-{n}", kind="household", relation="sibling") for n in range(4)]
    picture = Snapshot(
        person_id=check.person_id, settled=True, as_of=now, members=sorted({e.source_id for e in entries}),
        entries=entries, indicators=[indicator], circle=circle,
    )  # fmt: skip
    fired = Fired(rule_id=indicator.rule_id, level=3, text="Two grave signs from two agencies", records=records)
    return Bundle(
        bundle_id=f"{check.check_id}-{version}", partnership="demo", check_id=check.check_id, anchor=check.anchor,
        version=version, made_at=now, rating=check.rating or "amber", fired=[fired], picture=picture, returns=[],
        gaps=["no-answer:health"], changed=records[:1],
    )  # fmt: skip


def _entry(sealer: Sealer, check: Check, number: int, now: datetime) -> Entry:
    agency = HOLDERS[number % len(HOLDERS)]
    source, record = f"{check.anchor[-12:]}{number % len(HOLDERS):020x}", f"{check.anchor[-12:]}{number + 100:020x}"
    at = now - timedelta(days=9 * number + 1)
    facts = SubjectContent(facts=[Fact(code=FACTS[number % len(FACTS)])])
    content = RecordContent(local_id=f"{agency[:2].upper()}-{number:05}", narrative="Shouting was heard. " * 12)
    return Entry(
        source_id=source, record_id=record, ref="child-1", role=Role.CHILD, agency=agency, system="made",
        operation=Operation.UPSERT, version=1, kind="police.domestic_incident", occurred_at=at, received_at=at,
        identity=sealer.seal(source, _identity(source)), content=sealer.seal(source, facts),
        record_content=sealer.seal(record, content), terms=Terms(),
    )  # fmt: skip


def _identity(seed: str) -> Identity:
    names = [Name(given="Tamsin", family=f"Vale-{seed[:4].title()}")]
    home = Address(lines=["14 Larkrise Road"], postcode="ZZ99 3WZ", since="2021-05-01")
    return Identity(names=names, birth=BirthDate(value="2017-06-02"), sex="F", addresses=[home])


def moment() -> datetime:
    """Now."""
    return datetime.now(UTC)
