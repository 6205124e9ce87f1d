"""A made-up family's records, as connectors would make them. NHS numbers are of the range 999, which nobody has."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path

from hub.ids import Pseudonyms
from hub.keys_in_memory import MemoryKeys
from hub.messages import AgencyRecord, Identity
from hub.messages.record import Address, BirthDate, CheckDigit, Fact, Identifier, Name, Subject, Whence
from hub.sealing import Sealer
from streams.backtest.history import Known, sealed
from streams.backtest.replay import Trigger
from streams.backtest.trial import Trial
from streams.picture.evidence import EvidenceBox
from streams.picture.rules.engine import load_engine
from streams.picture.rules.load import default_pack

READ = datetime(2026, 11, 2, 9, tzinfo=UTC)
CHILDREN = {"Ada": ("9990000018", "F", "2013-05-02", "WBRI"), "Ben": ("9990000026", "M", "2012-07-07", "APKN")}


def record(who: str, day: str, agency: str, *facts: str | Fact, born: str = "", **more: object) -> AgencyRecord:
    """One agency's record of one child on one day."""
    number, sex, usual, ethnicity = CHILDREN[who]
    at = datetime.combine(date.fromisoformat(day), time(10), UTC)
    identity = Identity(
        names=[Name(given=who, family="Thistle")],
        birth=BirthDate(value=born or usual),
        sex=sex,
        ethnicity=ethnicity,
        identifiers=[Identifier(scheme="nhs_number", value=number, check=CheckDigit.PASS)],
        addresses=[Address(lines=["1 Made Up Row"], postcode="ZY1 1AA")],
    )
    found = [fact if isinstance(fact, Fact) else Fact(code=fact) for fact in facts]
    fields: dict[str, object] = {
        "partnership": "somewhere",
        "agency": agency,
        "system": "made",
        "local_id": f"{agency}-{who}-{day}-{len(found)}",
        "kind": "made",
        "occurred_at": at,
        "recorded_at": at,
        "received_at": READ,
        "subjects": [Subject(ref="child", role="child", local_person_id=who, identity=identity, facts=found)],
        "whence": Whence(connector="made", position="line 1"),
    }
    return AgencyRecord.model_validate(fields | more)


def triggers(records: Iterable[AgencyRecord], by: Known = "recorded") -> list[Trigger]:
    """What the default pack makes of records, told in any order."""
    box = EvidenceBox(Sealer(MemoryKeys()), Pseudonyms(b"t" * 32, "somewhere"), None)
    with Trial([load_engine(default_pack())], box) as trial:
        for entry in sealed(iter(records), box.pseudonyms, box.sealer, by):
            trial.take(entry)
        return trial.play().played[0].triggers


def family() -> list[AgencyRecord]:
    """Ada: two of level 3 from two agencies on 20 March, an enquiry in May. Ben: three small things, a year of quiet."""
    return [
        record("Ada", "2025-09-01", "education", "school.roll"),
        record("Ada", "2026-03-01", "education", "suspension", incident="S1"),
        record("Ada", "2026-03-05", "education", "suspension", incident="S2"),
        record("Ada", "2026-03-09", "education", "suspension", incident="S3"),
        record("Ada", "2026-03-20", "health", "ae.selfharm"),
        record("Ada", "2026-05-11", "social_care", "section47"),
        record("Ben", "2025-09-01", "education", "school.roll"),
        record("Ben", "2026-03-02", "police", "missing.reported"),
        record("Ben", "2026-03-12", "education", "suspension"),
        record("Ben", "2026-10-30", "health", "gp.registered"),
    ]


def written(path: Path, records: Iterable[AgencyRecord], *lines: str) -> Path:
    """A file as `mash connector preview --json` writes it."""
    found = [json.dumps({"record": r.model_dump(mode="json")}) for r in records]
    path.write_text("\n".join([*found, *lines]) + "\n", "utf-8")
    return path
