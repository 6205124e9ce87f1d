"""Made-up pictures and proposals for the tests of the check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hub.keys_in_memory import MemoryKeys
from hub.messages import (
    AgencyReturn,
    CheckCommand,
    CheckWords,
    Contact,
    ContactWords,
    Identity,
    PictureUpdate,
    Proposal,
    RecordContent,
    Reporter,
    SubjectContent,
)
from hub.messages.identity import CoSubject, Edge
from hub.messages.picture import Entry, Fired, Indicator, Snapshot
from hub.messages.record import Address, BirthDate, Fact, FactStatus, Identifier, Name, NameKind, Operation, Role, Terms
from hub.sealing import Sealer

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)  # a Tuesday
SOURCES = {"police": "a" * 32, "health": "b" * 32, "education": "c" * 32}
ANCHOR = SOURCES["police"]
MOTHER = "d" * 32
PARTNER = "e" * 32
REFUGE = Address(lines=["1 Hidden Lane"], postcode="ZZ99 1AA", refuge=True, confidential=True)
HOME = Address(lines=["14 Larkrise Road"], postcode="ZZ99 3WZ", since="2021-05-01")
FLAT = Address(lines=["Flat 2, Mill House"], postcode="ZZ99 4CC", since="2025-11-01")


class World:
    """Seals made-up people and speaks to a check."""

    def __init__(self) -> None:
        self.keys = MemoryKeys()
        self.sealer = Sealer(self.keys)
        self._ids = 0

    def words(self, text: str = "because", **answers: str) -> bytes:
        return self.sealer.seal(ANCHOR, CheckWords(text=text, answers=answers))

    def entry(self, agency: str, kind: str, days_ago: int, facts: list[Fact], **changes) -> Entry:
        source = changes.pop("source_id", SOURCES[agency])
        record = changes.pop("record_id", f"{agency[:2]}{days_ago:06d}".ljust(32, "0"))
        identity = changes.pop("identity", self.identity(agency))
        content = RecordContent(local_id=f"{agency.upper()}-{days_ago}", narrative=changes.pop("narrative", ""))
        values = {
            "source_id": source,
            "record_id": record,
            "ref": "child-1",
            "role": Role.CHILD,
            "agency": agency,
            "system": {"police": "niche", "health": "pas", "education": "sims"}[agency],
            "operation": Operation.UPSERT,
            "version": 1,
            "kind": kind,
            "occurred_at": NOW - timedelta(days=days_ago),
            "received_at": NOW - timedelta(days=days_ago) + timedelta(hours=2),
            "identity": self.sealer.seal(source, identity),
            "content": self.sealer.seal(source, SubjectContent(facts=facts)),
            "record_content": self.sealer.seal(record, content),
            "terms": Terms(),
            "others": [CoSubject(source_id=MOTHER, role=Role.PARENT)],
        }
        return Entry(**values | changes)

    def identity(self, agency: str) -> Identity:
        birth = {"police": "2017-06-02", "health": "2017-06-20"}.get(agency, "2017-06-20")
        names = [Name(given="Tamsin", family="Okoro-Vale")]
        if agency == "police":
            names.append(Name(kind=NameKind.ALIAS, given="Tammy", family="Vale"))
        return Identity(
            names=names,
            birth=BirthDate(value=birth),
            sex="F",
            identifiers=[Identifier(scheme="nhs_number", value="9990000018")] if agency == "health" else [],
            addresses={"police": [HOME], "health": [FLAT, REFUGE]}.get(agency, [HOME]),
            safe_contact="Do not ring in the evening" if agency == "health" else "",
        )

    def snapshot(self, *, entries: list[Entry] | None = None, as_of: datetime = NOW, **changes) -> Snapshot:
        entries = self.entries() if entries is None else entries
        records = [e.record_id for e in entries][:2]
        indicator = Indicator(
            rule_id="DA02",
            level=3,
            category="domestic abuse",
            agencies=["police"],
            incidents=[],
            records=records,
            first_at=NOW - timedelta(days=40),
            last_at=NOW,
        )
        risk = indicator.model_copy(update={"rule_id": "PO04", "level": 4, "category": "person posing risk"})
        risk = risk.model_copy(update={"through": "p-partner", "path": "household"})
        return Snapshot(
            **{
                "person_id": "p-child",
                "settled": True,
                "as_of": as_of,
                "members": sorted({e.source_id for e in entries}),
                "entries": entries,
                "indicators": [indicator, risk],
                "circle": [
                    Edge(person_id="p-mother", kind="relationship", relation="mother", evidence=records),
                    Edge(person_id="p-partner", kind="household", relation="parents_partner", since="2025-12-01"),
                ],
                "circle_members": {"p-mother": MOTHER, "p-partner": PARTNER},
            }
            | changes
        )

    def entries(self) -> list[Entry]:
        da = Fact(
            code="da.incident", status=FactStatus.ALLEGED, first_hand=False, attributes={"children_present": "yes"}
        )
        return [
            self.entry("police", "police.domestic_incident", 3, [da], incident_key="i1", narrative="Shouting heard."),
            self.entry(
                "education",
                "education.sessions",
                5,
                [Fact(code="attendance.summary", attributes={"absence_rate": "0.31"})],
            ),
            self.entry(
                "health", "health.adt.registration", 9, [Fact(code="ae.attendance"), Fact(code="seen", first_hand=True)]
            ),
            self.entry("police", "police.domestic_incident", 30, [da], record_id="po30".ljust(32, "0")),
        ]

    def proposal(
        self, *, level: int = 3, subject: str = "child", rules: tuple[str, ...] = ("CB02",), **changes
    ) -> Proposal:
        snapshot = changes.pop("snapshot", None) or self.snapshot()
        records = [e.record_id for e in snapshot.entries][:2]
        fired = [
            Fired(
                rule_id=r,
                level=level,
                text="Two grave signs from two agencies",
                basis="Working Together 2026 (D)",
                records=records,
                otherwise="One agency fewer",
            )
            for r in rules
        ]
        return Proposal(
            **{
                "proposal_id": "proposal-1",
                "partnership": "demo",
                "anchor": ANCHOR,
                "subject": subject,
                "level": level,
                "brag": "AMBER",
                "fired": fired,
                "pack": "demo/1",
                "episode_from": NOW - timedelta(days=40),
                "snapshot": snapshot,
                "at": NOW,
            }
            | changes
        )

    def contact(self, contact_id: str = "contact-1", **changes) -> Contact:
        reporter = Reporter(name="Ms Quill", role="teacher", organisation="Larkrise School", contact="01632 960777")
        record = (contact_id.encode().hex() * 4)[:32]
        return Contact(
            **{
                "contact_id": contact_id,
                "partnership": "demo",
                "anchor": ANCHOR,
                "record_id": record,
                "subject": "child",
                "channel": "professional_form",
                "danger": "no",
                "agency": "education",
                "relation": "professional",
                "actor": "m.quill",
                "role": "professional",
                "words": self.sealer.seal(ANCHOR, ContactWords(worry="She is hungry", own_words="Nobody is at home")),
                "identity": self.sealer.seal(ANCHOR, self.identity("police")),
                "reporter": self.sealer.seal(f"reporter:{record}", reporter),
                "at": NOW,
            }
            | changes
        )

    def update(self, check_id: str, snapshot: Snapshot, seq: int = 1) -> PictureUpdate:
        return PictureUpdate(partnership="demo", check_id=check_id, anchor=ANCHOR, seq=seq, snapshot=snapshot)

    def command(
        self,
        check_id: str,
        action: str,
        /,
        *,
        actor: str = "r.hale",
        role: str = "decision_maker",
        words: bytes | None = None,
        at: datetime = NOW,
        command_id: str = "",
        agency: str = "",
        parts: dict[str, bytes] | None = None,
        **codes: str,
    ) -> CheckCommand:
        self._ids += 1
        if action == "decide":
            codes = {"took_part": "health police social_care"} | codes
        if action == "feed_back":
            codes = {"channel": "telephone", "threshold": "level_3"} | codes
        return CheckCommand(
            command_id=command_id or f"cmd-{self._ids}",
            partnership="demo",
            check_id=check_id,
            anchor=ANCHOR,
            action=action,
            actor=actor,
            role=role,
            codes={k.replace("__", "."): v for k, v in codes.items()},
            parts=parts or {},
            agency=agency,
            words=self.words() if words is None else words,
            at=at,
        )

    def answer(
        self,
        request,
        outcome: str = "answered",
        *,
        return_id: str = "",
        reason: str = "",
        release: str = "",
        at: datetime = NOW,
    ) -> AgencyReturn:
        self._ids += 1
        words = self.words("", **{q: f"Answer to {q}" for q in request.questions}) if outcome == "answered" else b""
        return AgencyReturn(
            return_id=return_id or f"ret-{self._ids}",
            partnership="demo",
            request_id=request.request_id,
            check_id=request.check_id,
            anchor=request.anchor,
            agency=request.agency,
            actor=f"{request.agency}.researcher",
            outcome=outcome,
            reason=reason,
            release=release,
            words=words,
            at=at,
        )
