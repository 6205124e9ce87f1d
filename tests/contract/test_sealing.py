"""Sealing: what is sealed opens again, under its own key only; an erased key erases; re-reading hashes the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.avro import decode, encode
from hub.errors import Fatal
from hub.ids import Pseudonyms, extract_version
from hub.keystore import NOTICE_SECONDS, Erased, SqliteKeyStore
from hub.messages import AgencyRecord, Identity, SealedRecord
from hub.messages.record import Name, Relationship, Reporter, Role, Subject, Whence
from hub.sealing import BadSeal, Sealer, key_names, seal_record

MASTER = b"m" * 32
NAMES = Pseudonyms(b"test secret", "testshire")
READ_AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path):
    keys = SqliteKeyStore(tmp_path / "keys.db", MASTER)
    yield keys
    keys.close()


def _record(**changes) -> AgencyRecord:
    child = Subject(
        ref="child",
        role=Role.CHILD,
        local_person_id="PERSON-0000077",
        identity=Identity(names=[Name(given="Ottoline", family="Zzyzx")]),
    )
    adult = Subject(ref="mother", role=Role.PARENT, identity=Identity(names=[Name(given="Perpetua", family="Zzyzx")]))
    base = {
        "partnership": "testshire", "agency": "police", "system": "niche", "local_id": "NOTICE-0000001", "kind": "police.notice.child",
        "received_at": READ_AT, "subjects": [child, adult], "incident": "CAD 0001", "narrative": "Words about Ottoline",
        "relationships": [Relationship(subject="mother", kind="mother", of="child")],
        "reporter": Reporter(name="PC Fictional"), "whence": Whence(connector="test", position="line 2"),
    }  # fmt: skip
    return AgencyRecord(**(base | changes))


def test_nothing_personal_is_readable_in_a_sealed_record(store) -> None:
    # Words of six letters and more: a shorter one turns up in random ciphertext every so often.
    data = encode(seal_record(_record(), NAMES, Sealer(store)))
    for word in (b"Ottoline", b"Perpetua", b"Zzyzx", b"Fictional", b"CAD 0001", b"NOTICE-0000001", b"PERSON-0000077"):
        assert word not in data


def test_what_is_sealed_opens_again(store) -> None:
    record, sealer = _record(), Sealer(store)
    sealed = decode(encode(seal_record(record, NAMES, sealer)))
    assert isinstance(sealed, SealedRecord)
    opened = [sealer.open(s.source_id, s.identity, Identity) for s in sealed.subjects]
    assert opened == [s.identity for s in record.subjects]


def test_all_keys_of_a_record_are_known_beforehand(store) -> None:
    record = _record()
    assert store.ensure(key_names(record, NAMES)).keys() == key_names(record, NAMES)
    before = store._db.total_changes
    seal_record(record, NAMES, Sealer(store))
    assert store._db.total_changes == before


def test_sealed_bytes_do_not_open_under_another_identity(store) -> None:
    sealer = Sealer(store)
    sealed = sealer.seal("a", Identity())
    store.ensure(["b"])
    with pytest.raises(BadSeal):
        sealer.open("b", sealed, Identity)


def test_one_changed_byte_does_not_open(store) -> None:
    sealed = Sealer(store).seal("a", Identity())
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(BadSeal):
            Sealer(store).open("a", bytes(changed), Identity)


def test_an_erased_key_erases(store, tmp_path: Path) -> None:
    sealer = Sealer(store)
    sealed = sealer.seal("a", Identity())
    wrapped = store._db.execute("SELECT wrapped FROM keys").fetchone()[0]
    assert store.erase("a")
    with pytest.raises(Erased):
        sealer.open("a", sealed, Identity)
    store.close()
    assert all(wrapped not in p.read_bytes() for p in tmp_path.iterdir()), "the key is still on the disk"


def test_two_processes_agree_on_a_key(tmp_path: Path) -> None:
    one, two = (SqliteKeyStore(tmp_path / "keys.db", MASTER) for _ in range(2))
    assert one.ensure(["a"]) == two.ensure(["a"])
    one.close()
    two.close()


def test_another_master_key_is_fatal(tmp_path: Path) -> None:
    one = SqliteKeyStore(tmp_path / "keys.db", MASTER)
    one.ensure(["a"])
    one.close()
    two = SqliteKeyStore(tmp_path / "keys.db", b"x" * 32)
    with pytest.raises(Fatal, match="HUB_MASTER_KEY_FILE"):
        two.get("a")
    two.close()


def test_an_unusable_file_is_fatal(tmp_path: Path) -> None:
    (tmp_path / "keys.db").write_bytes(b"not a database" * 100)
    with pytest.raises(Fatal, match="key store"):
        SqliteKeyStore(tmp_path / "keys.db", MASTER)


def test_read_again_it_hashes_the_same(store) -> None:
    again = _record(
        received_at=READ_AT + timedelta(days=1), version=9, whence=Whence(connector="test", position="line 9")
    )
    one, two = (seal_record(r, NAMES, Sealer(store)) for r in (_record(), again))
    assert (one.record_id, one.original_hash) == (two.record_id, two.original_hash)
    assert [s.identity_hash for s in one.subjects] == [s.identity_hash for s in two.subjects]


def test_changed_it_hashes_differently(store) -> None:
    one, two = (seal_record(r, NAMES, Sealer(store)) for r in (_record(), _record(narrative="Other words")))
    assert one.record_id == two.record_id
    assert one.original_hash != two.original_hash


@given(
    st.lists(
        st.tuples(st.integers(min_value=0, max_value=2**31), st.integers(min_value=0, max_value=2**22 - 1)),
        min_size=2,
        max_size=2,
    )
)
def test_extract_versions_order_by_time_then_row(pairs) -> None:
    versions = [extract_version(datetime.fromtimestamp(s, UTC), row) for s, row in pairs]
    assert (versions[0] < versions[1]) == (pairs[0] < pairs[1])


@given(st.text(max_size=20), st.text(max_size=20))
def test_incident_references_agree_across_spacing_and_case(a: str, b: str) -> None:
    assert NAMES.incident_key(f" {a} {b} ".lower()) == NAMES.incident_key(f"{a}{b}".lower())


class _Time:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_key_destroyed_by_one_process_is_used_by_no_other_after_the_bound(tmp_path: Path) -> None:
    clock = _Time()
    one, two = (SqliteKeyStore(tmp_path / "keys.db", MASTER, monotonic=clock) for _ in range(2))
    sealed = Sealer(one).seal("a", Identity())
    old = two.get("a")
    one.destroy("e1", ["a"])
    clock.now += NOTICE_SECONDS
    with pytest.raises(Erased):
        two.get("a")
    assert two.ensure(["a"])["a"] != old
    for store in (one, two):
        with pytest.raises(Erased):
            Sealer(store).open("a", sealed, Identity)
        store.close()


def test_a_process_that_seals_knows_of_an_erasure_before_the_bound_has_passed_twice(tmp_path: Path) -> None:
    clock = _Time()
    one, two = (SqliteKeyStore(tmp_path / "keys.db", MASTER, monotonic=clock) for _ in range(2))
    old = two.ensure(["a", "b"])
    one.destroy("e1", ["a"])
    clock.now += NOTICE_SECONDS
    now = two.ensure(["a", "b"])
    assert (now["a"] != old["a"], now["b"]) == (True, old["b"])
    one.close()
    two.close()


def test_an_erasure_done_again_spares_the_key_made_since(store) -> None:
    store.ensure(["a"])
    gone = store.destroy("e1", ["a", "never-made"])
    new = store.ensure(["a"])["a"]
    assert store.destroy("e1", ["a", "never-made"]) == gone
    assert [d.name for d in gone] == ["a"]
    assert store.get("a") == new


def test_a_restored_backup_is_erased_again_and_newer_keys_stay(store, tmp_path: Path) -> None:
    sealed = Sealer(store).seal("a", Identity())
    store._db.execute(f"VACUUM INTO '{tmp_path / 'backup.db'}'")
    gone = store.destroy("e1", ["a"])
    new = Sealer(store).seal("a", Identity())
    backup = SqliteKeyStore(tmp_path / "backup.db", MASTER)
    assert Sealer(backup).open("a", sealed, Identity) == Identity()
    assert backup.reapply(gone) == 1
    assert backup.reapply(gone) == 0
    backup.ensure(["a"])  # somebody new by the same name: what the restored key sealed stays shut
    with pytest.raises(Erased):
        Sealer(backup).open("a", sealed, Identity)
    backup.close()
    assert store.reapply(gone) == 0
    assert Sealer(store).open("a", new, Identity) == Identity()


def test_keys_of_dead_letters_go_when_they_expire_and_no_others(tmp_path: Path) -> None:
    wall = _Time()
    store = SqliteKeyStore(tmp_path / "keys.db", MASTER, wall=wall)
    store.ensure(["dead-letter:old", "dead-letters:2026-01", "person"])
    wall.now += 100
    store.ensure(["dead-letter:new"])
    assert store.expire("dead-letter:", wall.now) == 1
    assert store.expire("dead-letter:", wall.now) == 0
    for name in ("dead-letter:new", "dead-letters:2026-01", "person"):
        assert store.get(name)
    with pytest.raises(Erased):
        store.get("dead-letter:old")
    store.close()
