"""The journey of an erasure, on real Kafka: after it nobody opens what was sealed, from topics, stores or backups.

Real workers, clock and eraser; the eraser is killed with SIGKILL between its steps. Parts are looked for in raw bytes,
so that no part can be missed because a test does not know of it.
"""

from __future__ import annotations

import os
import signal

import pytest

from hub.doctor.erasure import erasures
from hub.sealing import reporter_key
from hub.topics import CATALOGUE
from tests.kafka.connector_site import HEADER
from tests.kafka.erasure_hub import JOURNALS, ErasureHub, opened

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(420)]

CHILD, PARENT, OTHER = "N-1", "N-2", "N-9"
FILE = (
    HEADER
    + f"PPN-000001,1,child,{CHILD},child,Ilo,Testbrook,2019-04-02,Ilo was seen alone.\n"
    + f"PPN-000001,1,child,{PARENT},parent,Marisol,Testbrook,1988-01-09,\n"
    + f"PPN-000002,1,child,{CHILD},child,Ilo,Testbrook,2019-04-02,Seen again.\n"
    + f"PPN-000003,1,child,{OTHER},child,Wren,Vosperley,2018-03-01,Made up.\n"
)
NEWS = HEADER + f"PPN-000007,1,child,{CHILD},child,Ilo,Testbrook,2019-04-02,A new concern.\n"
WORDS = (b"Testbrook", b"TESTBROOK", b"Marisol", b"Vosperley", b"seen alone", b"2019-04-02", b"Testley", b"TESTLEY")
CONTACT = (
    "SourceID,LACode,DOB,Surname,Forename,Gender,PostCode,Operation\n30021,975,04/03/2017,Testley,Maya,Female,ZZ1 1AA,"
)
SEALED_IN = ("records", "facts", "persons", "identity-journal", "facts-journal", "person-journal")


@pytest.fixture
def hub(kafka, topic_prefix, tmp_path):
    found = ErasureHub(kafka, topic_prefix, tmp_path)
    yield found
    found.close()


def _feed(hub: ErasureHub, **files: str) -> None:
    """Write files and run in what was not read before: one process for all."""
    for name, text in files.items():
        hub.write(f"{name}.csv", text)
    hub.run("run", "auto", str(hub.drop))


def _erase_contact(hub: ErasureHub) -> None:
    """The council's later file takes its record back for good; its version is the file's time."""
    path = hub.write("erase.csv", f"{CONTACT}erase\n")
    later = path.stat().st_mtime + 3600
    os.utime(path, (later, later))
    _feed(hub)


def _erase_through_every_mishap(hub: ErasureHub) -> None:
    """An operator asks for one, a council for another; workers and two erasers are killed; the third does it."""
    asked = hub.mash(
        "erase", "--agency", "police", "--system", "notices", "--person", "-", "--actor", "a.tester", "--reason", "art17",
        "--yes", "--wait", "0", given=f"{CHILD}\n",
    )  # fmt: skip
    assert asked["state"] == "pending"
    _erase_contact(hub)
    hub.kill_workers()
    hub.until(lambda: hub.pending() == 3)
    for place in ("after-destroy", "half-said"):
        hurt = hub.spawn("eraser", "tests.kafka.eraser_process", HURT=place)
        assert hurt.wait(timeout=120) == -signal.SIGKILL, place
        del hub.running["eraser"]
        assert hub.pending() == 3, "they are still on the list"
    hub.spawn("eraser", "hub.cli.main", "eraser")
    hub.until(lambda: not hub.pending())
    lines = hub.mash("keys", "erasures", "--all")
    assert [(x["actor"], x["destroyed"]) for x in lines if x["erasure_id"] == asked["erasure_id"]] == [("a.tester", 3)]
    # The council's record and its reporter's key; then the child, and the record again, unless it went before.
    assert sum(x["destroyed"] for x in lines if x["actor"] == "source") == 2


def test_after_an_erasure_nobody_opens_what_was_sealed(hub: ErasureHub, tmp_path) -> None:
    hub.up()
    _feed(hub, notices=FILE, contact=f"{CONTACT}upsert\n")
    hub.until(lambda: sum(hub.entries().values()) == 5)
    shared = next(r for r in hub.records() if len(r.subjects) == 2)
    child, parent = (s.source_id for s in shared.subjects)
    alone = next(r for r in hub.records() if [s.source_id for s in r.subjects] == [child])
    council = next(r for r in hub.records() if r.agency == "social_care")
    others = next(r for r in hub.records() if r.subjects[0].source_id not in {child, council.subjects[0].source_id})
    gone = (alone, council)
    erased = [child, council.subjects[0].source_id, shared.record_id]
    erased += [name for r in gone for name in (r.record_id, reporter_key(r.record_id))]
    kept = [parent, others.subjects[0].source_id, others.record_id]
    backup = tmp_path / "backup.sqlite"
    hub.back_up_keys(backup)
    before = {name: opened(hub.values(name), erased, hub.keys()) for name in SEALED_IN}
    assert all(before.values()), f"the test sees no sealed parts: {before}"

    _erase_through_every_mishap(hub)
    hub.until(lambda: sum(hub.entries().values()) == 2)
    # Another file that says the same: nothing comes back. What is said anew is taken, under a new key.
    _feed(hub, again=FILE.replace("\n", "\r\n"), news=NEWS)
    hub.until(lambda: sum(hub.entries().values()) == 3)
    hub.down()

    assert [line.reason for line in hub.letters()] == []
    keys = hub.keys()
    old = [v for t in CATALOGUE for v in hub.values(t.name)]
    restored = hub.store_at(backup)
    assert opened(hub.values("facts"), erased, restored) > 0, "the backup opens nothing: the test proves nothing"
    # Nobody's store holds a byte of it: not even the old keys open anything there, but for what was not theirs.
    for rows in (hub.local_rows(), *(hub.folded(journal) for journal in JOURNALS)):
        assert opened(rows, erased, restored) == 0
    assert opened(hub.local_rows(), kept, keys) > 0
    on_backup = hub.settings.model_copy(update={"key_store_file": backup})
    assert [erasures(x).state for x in (hub.settings, on_backup)] == ["ok", "wrong"], "doctor sees who is back"
    assert hub.mash("keys", "reapply", HUB_KEY_STORE_FILE=str(backup))["destroyed"] == 5
    assert erasures(on_backup).state == "ok"
    restored.close()
    restored = hub.store_at(backup)
    assert opened(old, erased, restored) == 0
    assert opened(old, kept, restored) > 0
    # The store in use has a new key for the child, of the new notice: it opens nothing that was sealed before.
    sealed = [
        part for s in (*shared.subjects, *alone.subjects) if s.source_id == child for part in (s.identity, s.content)
    ]
    sealed += [shared.content, alone.content]
    assert opened(sealed, erased, keys) == 0
    assert opened(sealed, erased, restored) == 0
    mother = next(s for s in shared.subjects if s.source_id == parent)
    assert opened([mother.identity, mother.content], kept, keys) == 2, "what is the parent's stays hers"
    everything = [*old, *hub.local_rows()]
    everything += [path.read_bytes() for path in hub.logs.iterdir()]
    assert not [word for word in WORDS if any(word in value for value in everything)]
    keys.close()
    restored.close()
