"""A bundle as people read it: what must stand in it, what must never, and that everybody can read it."""

from __future__ import annotations

import builtins
import ctypes.util
import io
import itertools
import re
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html as lxml_html
from rich.console import Console

from hub.ids import birth_id
from hub.messages import Identity
from hub.messages.identity import CoSubject, Edge
from hub.messages.record import Address, Fact, Name, Operation, Precision, Role, Terms
from streams.check.fold import fold
from streams.check.render import page, terminal
from streams.check.render.build import build
from streams.check.render.circle import belonging
from streams.check.render.holdings import lines_of
from streams.check.render.opening import ERASED, WITHHELD
from streams.check.render.words import day, iso_day, moment
from tests.check.people import ANCHOR, HOME, MOTHER, NOW, REFUGE, SOURCES, World

TEMPLATE = Path(page.__file__).with_name("bundle.html.j2").read_text("utf-8")

needs_pango = pytest.mark.skipif(
    not (ctypes.util.find_library("pango-1.0") and ctypes.util.find_library("harfbuzz-subset")),
    reason="Pango or HarfBuzz-Subset is not installed",
)


def entries(world: World):
    mother = Identity(names=[Name(given="Wren", family="Okoro-Vale")], addresses=[REFUGE])
    others = [CoSubject(source_id=MOTHER, role=Role.PARENT, identity=world.sealer.seal(MOTHER, mother))]
    found = world.entries()
    found[0] = world.entry(
        "police",
        "police.domestic_incident",
        3,
        [Fact(code="da.incident", note="Mother fled to 1, hidden lane with the child")],
        incident_key="i1",
        narrative="Now at ZZ991AA. Shouting heard at 14 Larkrise Road.",
        others=others,
        terms=Terms(release="not_to_suspect"),
    )
    echo = world.entry(
        "education", "education.pupil", 2, [Fact(code="concern.low")], prompted_by="i1", record_id="ec".ljust(32, "0")
    )
    return [echo, *found]


def run(driver, world, **proposal):
    snapshot = world.snapshot(entries=entries(world))
    driver.feed(world.proposal(level=4, snapshot=snapshot, **proposal))
    check_id = driver.sent("check-events")[0].check_id
    driver.feed(world.command(check_id, "open", rating="red", words=world.words("Two agencies, one week")))
    driver.feed(world.command(check_id, "gate", basis="statutory", provision="ca1989_s47", family="not_safe"))
    requests = driver.sent("requests")
    for request in requests[1:]:
        answer = world.answer(request, release="owner_consent" if request.agency == "health" else "")
        driver.feed(answer)
    driver.tick(NOW + timedelta(hours=5))
    return check_id


def view_of(driver, world, library):
    events = driver.sent("check-events")
    return build(driver.sent("bundles")[-1], fold(events), events, library, reader="Read by r.hale for deciding")


@pytest.fixture
def view(driver, world, library):
    run(driver, world)
    return view_of(driver, world, library)


def as_text(view) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    terminal.show(view, console)
    return console.export_text()


def test_the_grave_things_come_first(view):
    text = as_text(view)
    order = [
        "Immediate risk",
        "Who",
        "Why now",
        "Gaps and doubts",
        "Last seen",
        "Circle",
        "Chronology",
        "Returns",
        "Decision",
        "History",
    ]
    places = [text.index(word) for word in order]
    assert places == sorted(places)
    assert any("Two grave signs" in line for line in view.immediate)
    assert any("parent's partner" in line for line in view.immediate)
    assert "Person who may pose a risk: Name not in these records (parent's partner)" in view.immediate
    assert any(line.startswith("A strategy discussion") for line in view.immediate)
    assert any(line.startswith("Safe contact") for line in view.immediate)


def test_who_was_harmed_is_not_shown_as_a_risk(driver, world, library):
    """A mother hurt at home counts in her child's circle: domestic abuse through her, not a risk from her."""
    picture = world.snapshot(entries=entries(world))
    through = picture.indicators[0].model_copy(update={"through": "p-mother", "path": "mother", "level": 4})
    driver.feed(world.proposal(level=4, snapshot=picture.model_copy(update={"indicators": [through]})))
    view = view_of(driver, world, library)
    assert not [line for line in view.immediate if "risk" in line]
    assert [t.risks for t in view.circle if t.relation == "mother"] != [[]]


def test_a_check_that_ended_wants_no_strategy_discussion_any_more(driver, world, library):
    driver.feed(world.proposal(level=4))
    check_id = driver.sent("check-events")[0].check_id
    driver.feed(world.command(check_id, "dismiss", reason__CB02="explained"))
    immediate = view_of(driver, world, library).immediate
    assert "The check ended without a strategy discussion on record" in immediate
    assert not [line for line in immediate if line.startswith("A strategy discussion is wanted")]


def test_conflicts_are_shown_and_not_settled(view):
    assert [b.what for b in view.subject.births] == ["20 June 2017 (aged 8)", "2 June 2017 (aged 8)"]
    assert {"Agencies give different birth dates", "Agencies give different current addresses"} <= set(view.gaps)
    assert [n.what for n in view.subject.names] == ["Tamsin Okoro-Vale", "Tammy Vale (alias)"]


def test_gaps_are_shown(view):
    missing = view.returns[0]
    assert missing.missing
    assert missing.status.startswith("Overdue")
    assert f"No answer yet from {missing.agency}" in view.gaps
    assert "no answer" in as_text(view).lower()


def test_every_line_names_its_source_record(view):
    assert [line.source.reference for line in view.chronology] == [
        "EDUCATION-2",
        "POLICE-3",
        "EDUCATION-5",
        "HEALTH-9",
        "POLICE-30",
    ]
    assert all(line.source.agency and line.source.system and line.source.date for line in view.chronology)
    assert str(view.why[0].records[0]).startswith("Education · sims · EDUCATION-2")
    assert view.chronology[0].echo == "Echo of Police's record of 28 February 2026, 10:00: not counted twice"
    assert not view.chronology[1].echo
    assert view.chronology[1].release == "Not to be told to the suspect"


def test_who_is_around_and_why_they_count(view):
    risky, mother = view.circle
    assert risky.risks
    assert mother.name == "Wren Okoro-Vale"
    assert mother.relation == "mother"
    assert [(n.name, n.role, [r.short for r in n.records]) for n in view.named] == [
        ("Wren Okoro-Vale", "parent", ["Police POLICE-3"])
    ]


def test_nobody_is_named_by_guesswork(driver, world, library):
    """A record behind a household tie may name quite another person than the one who shares the address."""
    snapshot = world.snapshot(entries=entries(world))
    household = snapshot.circle[1].model_copy(update={"evidence": [snapshot.entries[1].record_id]})
    driver.feed(world.proposal(snapshot=snapshot.model_copy(update={"circle": [household]})))
    assert [t.name for t in view_of(driver, world, library).circle] == ["Name not in these records"]


def _around(world, ties, people, members=None):
    """A picture of one record that names `people` beside the child."""
    named = [
        CoSubject(
            source_id=source,
            role=Role.HOUSEHOLD,
            identity=world.sealer.seal(source, Identity(names=[Name(given=given, family="Sample")])),
        )
        for source, given in people.items()
    ]
    entry = world.entry("police", "police.domestic_incident", 1, [], others=named)
    circle = [Edge(person_id=p, kind=k, relation=r, evidence=[entry.record_id]) for p, k, r in ties]
    return world.snapshot(entries=[entry], indicators=[], circle=circle, circle_members=members or {})


SENIOR, BROTHER, LODGER = "1" * 32, "2" * 32, "3" * 32


@pytest.mark.parametrize(
    ("ties", "names"),
    [
        pytest.param([(birth_id(SENIOR), "household", "household")], {"household": "Asha"}, id="bears its birth id"),
        pytest.param(
            [(birth_id(SENIOR), "relationship", "mother"), ("p-x", "relationship", "sibling")],
            {"mother": "Asha", "sibling": None},
            id="two are left over",
        ),
        pytest.param(
            [
                (birth_id(SENIOR), "relationship", "mother"),
                (birth_id(LODGER), "household", "household"),
                ("p-x", "relationship", "sibling"),
            ],
            {"mother": "Asha", "household": "Lom", "sibling": "Brin"},
            id="one is left over",
        ),
        pytest.param(
            [
                (birth_id(SENIOR), "relationship", "mother"),
                (birth_id(LODGER), "household", "household"),
                ("p-x", "relationship", "sibling"),
                ("p-y", "peer", "peer"),
            ],
            {"mother": "Asha", "household": "Lom", "sibling": None, "peer": None},
            id="two claim the same",
        ),
    ],
)
def test_the_circle_is_named_as_far_as_records_tell(driver, world, library, ties, names):
    people = {SENIOR: "Asha", BROTHER: "Brin", LODGER: "Lom"}
    driver.feed(world.proposal(snapshot=_around(world, ties, people)))
    found = {t.relation: t.name for t in view_of(driver, world, library).circle}
    assert found == {r: f"{n} Sample" if n else "Name not in these records" for r, n in names.items()}


def test_what_is_shared_is_said_in_words_and_its_records_name_nobody(driver, world, library):
    """Behind children who are named with one man stand records of each with him: whose he is they don't tell."""
    shared = [
        ("p-x", "peer", "same_adult", None, 0),
        ("p-x", "telephone", "telephone", None, 3),
        ("p-y", "place", "place", "2020-06-30", 2),
        ("p-z", "peer", "named_together", "2999-01-01", 0),
    ]
    picture = _around(world, [], {LODGER: "Lom"})
    record = picture.entries[0].record_id
    circle = [
        Edge(person_id=p, kind=k, relation=r, since="2020-01-02", until=u, shared_by=n, evidence=[record])
        for p, k, r, u, n in shared
    ]
    driver.feed(world.proposal(snapshot=picture.model_copy(update={"circle": circle})))
    view = view_of(driver, world, library)
    assert {t.name for t in view.circle} == {"Name not in these records"}
    assert [t.relation for t in view.circle] == [
        "named together",
        "named with the same adult, shares a telephone (3 people)",
        "was at the same place until 30 June 2020",
    ]
    assert all(t.since and t.records for t in view.circle)


def test_a_further_record_names_whom_one_leaves_open(world):
    picture = _around(world, [("p-x", "relationship", "father"), ("p-y", "peer", "peer")], {BROTHER: "B", LODGER: "L"})
    assert belonging(picture) == {}
    alone = CoSubject(source_id=LODGER, role=Role.PEER)
    second = world.entry("education", "education.pupil", 2, [], others=[alone])
    peer = picture.circle[1].model_copy(update={"evidence": [*picture.circle[1].evidence, second.record_id]})
    both = {"entries": [*picture.entries, second], "circle": [picture.circle[0], peer]}
    assert belonging(picture.model_copy(update=both)) == {LODGER: "p-y", BROTHER: "p-x"}


def test_questions_stand_with_their_answers(view):
    health = next(p for p in view.returns if p.agency == "Health")
    assert ("With which GP is the person registered, and since when?", "Answer to health.registration") in [
        (a.question, a.text) for a in health.answers
    ]
    assert health.release == "Ask the agency before passing this on"


def test_the_history_says_who_and_why(view):
    opened = next(s for s in view.steps if s.what == "Opened as a referral")
    assert opened.who == "r.hale (decision maker)"
    assert opened.words == "Two agencies, one week"
    assert "Children Act 1989 s47" in view.basis
    assert any(s.who == "Clock" and s.what.startswith("Overdue") for s in view.steps)
    asked = [s.what for s in view.steps if s.what.startswith("Asked")]
    assert len(asked) == 1
    assert "Asked Police; Asked Probation" in asked[0]
    assert all("due." not in s.what for s in view.steps)


def test_no_confidential_address_anywhere(view):
    for text in (page.html(view), as_text(view), str(view)):
        squeezed = re.sub(r"[^a-z0-9]", "", text.lower())
        assert "hiddenlane" not in squeezed
        assert "zz991aa" not in squeezed
    assert WITHHELD in as_text(view)
    assert "14 Larkrise Road" in page.html(view)


def test_an_address_that_one_agency_marks_confidential_is_withheld_for_all(driver, world, library):
    told = world.entries()
    plain = Identity(addresses=[Address(lines=["1 hidden LANE"], postcode="zz99 1aa"), HOME])
    told[1] = world.entry("education", "education.pupil", 5, [], identity=plain)
    driver.feed(world.proposal(snapshot=world.snapshot(entries=told)))
    view = view_of(driver, world, library)
    assert [a.what for a in view.subject.addresses if "idden" in a.what] == []
    assert view.subject.addresses[-1].what == WITHHELD
    assert "Education" in view.subject.addresses[-1].by


def test_erased_keys_show_erased_lines(driver, world, library):
    run(driver, world)
    for name in (SOURCES["health"], ANCHOR, "ed000005".ljust(32, "0")):
        assert world.keys.erase(name)
    view = view_of(driver, world, library)
    health = next(line for line in view.chronology if line.agency == "Health")
    assert health.what == [ERASED]
    assert next(p for p in view.returns if p.agency == "Health").note == ERASED
    assert next(s for s in view.steps if s.what == "Opened as a referral").words == ERASED
    assert any("erased" in gap for gap in view.gaps)
    assert any(line.source.reference == ERASED for line in view.chronology)
    assert page.html(view)


def test_withdrawn_and_dated_otherwise(driver, world, library):
    told = world.entries()
    told[0] = told[0].model_copy(update={"operation": Operation.WITHDRAW, "content": b"", "identity": b""})
    told[1] = told[1].model_copy(update={"occurred_precision": Precision.MONTH})
    told[2] = told[2].model_copy(update={"occurred_at": None, "recorded_at": NOW})
    driver.feed(world.proposal(snapshot=world.snapshot(entries=told)))
    lines = view_of(driver, world, library).chronology
    assert {"The agency has withdrawn this record"} <= {w for line in lines for w in line.what}
    assert {"February 2026", "recorded 3 March 2026, 10:00"} <= {line.when for line in lines}


def test_an_empty_picture_is_a_gap_and_no_crash(driver, world, library):
    driver.feed(world.proposal(snapshot=world.snapshot(entries=[], indicators=[], circle=[], circle_members={})))
    view = view_of(driver, world, library)
    assert view.subject.title == "Name not known"
    assert "The hub holds no record that may be shown" in view.gaps
    assert page.html(view)
    assert as_text(view)


def test_times_are_london_s():
    assert moment(NOW.replace(month=7)) == "3 July 2026, 11:00"
    assert day(NOW.replace(hour=0)) == "3 March 2026"
    assert iso_day("2026-13-01") == "2026-13-01"


def test_an_agency_s_own_records_are_its_draft(driver, world, library):
    run(driver, world)
    lines = lines_of(driver.sent("bundles")[-1], "health", library)
    assert lines == [
        "22 February 2026, 10:00: Patient registered or attended (ADT A04) (as child); Emergency department attendance, observed; Seen by a professional, observed, first-hand"
    ]
    assert lines_of(driver.sent("bundles")[-1], "fire", library) == []
    assert lines_of(None, "health", library) == []


# the page


def test_the_page_s_structure(view):
    document = lxml_html.document_fromstring(page.html(view))
    assert document.get("lang") == "en-GB"
    assert document.findtext(".//title").startswith("Check ")
    assert [h.text for h in document.iter("h1")] == ["Tamsin Okoro-Vale"]
    headings = [h.text for h in document.iter("h2")]
    assert headings == [
        "Immediate risk",
        "Who",
        "Why now",
        "Signs in force",
        "Gaps and doubts",
        "Last seen by a professional",
        "Open worker, plan or order",
        "Circle",
        "Chronology",
        "What each agency holds, and whom to ring",
        "Returns",
        "Basis for sharing",
        "Decision",
        "History of this check",
    ]
    levels = [int(h.tag[1]) for h in document.xpath("//h1|//h2|//h3")]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    for table in document.iter("table"):
        assert table.find("caption") is not None
        assert all(th.get("scope") in {"col", "row"} for th in table.iter("th"))
        widths = {len(row) for row in table.iter("tr")}
        assert len(widths) == 1
    ids = [e.get("id") for e in document.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    assert {e.get("aria-labelledby") for e in document.iter("section")} <= set(ids)


def test_the_page_needs_nothing_from_elsewhere(view):
    text = page.html(view)
    assert not re.search(r"https?://|<script|<img|<link|url\(|@import", text)


def test_what_agencies_write_is_never_markup(driver, world, library):
    told = world.entries()
    evil = "<script>alert(1)</script>"
    identity = Identity(names=[Name(given=evil, family="&")])
    told[0] = world.entry(
        "police", "police.notice.child", 1, [Fact(code="x", note=evil)], identity=identity, narrative=evil
    )
    driver.feed(world.proposal(snapshot=world.snapshot(entries=told)))
    text = page.html(view_of(driver, world, library))
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert evil in as_text(view_of(driver, world, library))


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast():
    """1.4.3: every text colour on its own background, on white and on the tint of the risk box."""
    tint = "#f3f2f1"
    assert tint in TEMPLATE
    rules = re.findall(r"\{([^{}]*)\}", TEMPLATE)
    checked = 0
    for rule in rules:
        colour = re.search(r"(?<![-\w])color: (#[0-9a-f]{6})", rule)
        ground = re.search(r"background: (#[0-9a-f]{6})", rule)
        if colour:
            grounds = [ground.group(1)] if ground else ["#ffffff", tint]
            assert all(contrast(colour.group(1), g) >= 4.5 for g in grounds), rule
            checked += 1
    assert checked >= 8


@needs_pango
def test_the_pdf_is_tagged_and_whole(view):
    document = page.pdf(view)
    assert document.startswith(b"%PDF-")
    assert b"%%EOF" in document[-1024:]
    inside = b"".join(_inflated(stream) for stream in re.findall(rb"stream\r?\n(.*?)endstream", document, re.DOTALL))
    assert b"/StructTreeRoot" in inside
    assert b"pdfuaid" in inside + document


def test_without_pango_it_says_what_to_install(view, monkeypatch):
    def missing(name, *arguments, **more):
        if name == "weasyprint":
            raise OSError("cannot load library")
        return real(name, *arguments, **more)

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(page.NoPdf, match="libpango"):
        page.pdf(view)


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return stream
