"""Files are looked at by a real clamd: harmful ones are refused, and what it could not look at is held, not lost."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hub.kafka.embedded import free_port
from hub.settings import load
from hub.tether import tethered
from tests.check.people import World
from tests.triage.served import Served, served, settings_for
from tests.triage.test_front_door_pages import JPEG
from triage import forgetting, scanner
from triage.files import NotTaken, Sent, check
from triage.scanner import CHUNK, Finding, State, scan, understood
from triage.scanning import WORDS, Held, Scanning
from triage.shelf import Shelf
from triage.sql.database import open_database
from triage.sql.kept_files import NOT_SCANNED
from triage.sql.tables import files

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test string that every scanner knows; in two parts, lest this file itself is taken away."""
HARMFUL = b"\xff\xd8\xff\xe0" + EICAR
"""The same, begun as a photograph."""
CONF = """Foreground yes
DatabaseDirectory {folder}/signatures
TCPSocket {port}
TCPAddr 127.0.0.1
LocalSocket {folder}/clamd.sock
User {user}
OfficialDatabaseOnly no
LogFile {folder}/log
"""
READY_SECONDS = 60


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"stream: OK\0", Finding(State.CLEAN)),
        (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", Finding(State.INFECTED, "Win.Test.EICAR_HDB-1")),
        (b"INSTREAM size limit exceeded. ERROR\0", Finding(State.WAITING)),
        (b"stream: OK FOUND ERROR\0", Finding(State.WAITING)),
        (b"OK\0", Finding(State.WAITING)),
        (b"", Finding(State.WAITING)),
    ],
)
def test_only_a_plain_yes_is_one(answer, found):
    assert understood(answer) == found


def test_nobody_there_is_no_yes(tmp_path):
    assert scan("", b"x").state is State.NO_SCANNER
    for address in (f"127.0.0.1:{free_port()}", str(tmp_path / "none.sock"), "nonsense", "host:port"):
        assert scan(address, b"x").state is State.WAITING


def test_one_that_hangs_up_or_never_answers_is_no_yes():
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard: list[bytes] = []
        asked = b"zINSTREAM\0" + struct.pack("!L", 1) + b"x"

        def listen() -> None:
            line, _ = server.accept()
            with line:
                while not b"".join(heard).startswith(asked) and (piece := line.recv(1_000)):  # it comes in pieces
                    heard.append(piece)
            line, _ = server.accept()
            with line:
                held.wait(5)

        held = threading.Event()
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        assert scan(address, b"x", 2).state is State.WAITING
        assert scan(address, b"x", 0.2).state is State.WAITING
        held.set()
        thread.join(10)
    assert b"".join(heard).startswith(asked)


@pytest.fixture(scope="module")
def clamd(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """A clamd of the test's own, which knows one thing that is harmful."""
    program = shutil.which("clamd") or shutil.which("/usr/sbin/clamd")
    if program is None:
        pytest.skip("no clamd on this machine: apt-get install clamav-daemon")
    folder, port = tmp_path_factory.mktemp("clamd"), free_port()
    (folder / "signatures").mkdir()
    (folder / "signatures" / "own.ndb").write_text(f"Test.Eicar:0:*:{EICAR.hex()}\n")
    (folder / "clamd.conf").write_text(CONF.format(folder=folder, port=port, user=folder.owner()))
    process = subprocess.Popen(tethered([program, "-c", str(folder / "clamd.conf")]), stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + READY_SECONDS
    while scan(f"127.0.0.1:{port}", b"hello", 1).state is not State.CLEAN:
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < deadline
        process_waits(process)
    yield f"127.0.0.1:{port}", folder
    process.terminate()
    process.wait(30)


def process_waits(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(0.1)
    except subprocess.TimeoutExpired:
        return


def test_a_real_clamd_tells_harmful_from_harmless(clamd):
    address, folder = clamd
    for where in (address, str(folder / "clamd.sock")):
        assert scan(where, JPEG).state is State.CLEAN
        assert scan(where, EICAR).state is State.INFECTED
        assert scan(where, HARMFUL) == Finding(State.INFECTED, "Test.Eicar.UNOFFICIAL")
        assert scan(where, b"y" * (2 * CHUNK) + HARMFUL).state is State.INFECTED, "also across pieces"


@pytest.fixture
def engine(tmp_path):
    made = open_database(load(find_running=False, data_dir=tmp_path))
    yield made
    made.dispose()


def test_what_came_while_it_was_away_is_held_and_looked_at_again(clamd, engine):
    address, _ = clamd
    away, there = Scanning(engine, f"127.0.0.1:{free_port()}"), Scanning(engine, address)
    good, bad = (check(Sent("a.jpg", data), []) for data in (JPEG, HARMFUL))
    shelf = Shelf(engine, World().sealer)
    for what, data in ((good, JPEG), (bad, HARMFUL)):
        shelf.put("contact", "anchor", what, data, away.admit(what, data))
        with pytest.raises(Held) as held:
            away.release(shelf.get("contact", "anchor", what))
        assert held.value.state is State.WAITING
        assert away.words(shelf.get("contact", "anchor", what).found) == WORDS[State.WAITING]
    there.release(shelf.get("contact", "anchor", good))
    away.release(shelf.get("contact", "anchor", good))  # what was once found clean is, while the scanner is away
    for scanning in (there, away, Scanning(engine, "")):
        with pytest.raises(Held) as held:
            scanning.release(shelf.get("contact", "anchor", bad))
        assert held.value.state is State.INFECTED
    for what, state in ((good, State.CLEAN), (bad, State.INFECTED)):
        assert there.words(shelf.get("contact", "anchor", what).found) == WORDS[state]
    with pytest.raises(NotTaken, match="something harmful"):
        there.admit(bad, HARMFUL)


def test_what_is_sent_again_unlooked_at_keeps_what_was_found(clamd, engine):
    shelf, bad = Shelf(engine, World().sealer), check(Sent("a.jpg", HARMFUL), [])
    shelf.put("contact", "anchor", bad, HARMFUL, NOT_SCANNED)
    with pytest.raises(Held):
        Scanning(engine, clamd[0]).release(shelf.get("contact", "anchor", bad))
    shelf.put("contact", "anchor", bad, HARMFUL, NOT_SCANNED)
    assert shelf.get("contact", "anchor", bad).found == Finding(State.INFECTED, "Test.Eicar.UNOFFICIAL")


def test_without_a_scanner_it_is_said_and_nothing_is_held(engine):
    none = Scanning(engine, "")
    what = check(Sent("a.jpg", JPEG), [])
    shelf = Shelf(engine, World().sealer)
    shelf.put("contact", "anchor", what, JPEG, none.admit(what, JPEG))
    kept = shelf.get("contact", "anchor", what)
    none.release(kept)
    assert none.words(kept.found) == WORDS[State.NO_SCANNER]


def token_of(page) -> str:
    return page.text.partition('name="form_token" value="')[2].partition('"')[0]


@pytest.mark.kafka
def test_at_the_desk_a_harmful_document_is_refused_and_one_that_waits_is_not_lost(desk_hub, built, clamd, monkeypatch):
    address, _ = clamd
    monkeypatch.setattr(forgetting, "EVERY_SECONDS", 0.05)
    with served(settings_for(desk_hub, desk_scanner=address), desk_hub) as desk:
        support = desk.sign_in("b.lark")
        url = f"{desk.url}/documents"

        def send(data: bytes):
            token = {"form_token": token_of(support.get(url, timeout=20))}
            return support.post(url, data=token, files={"files": ("letter.jpg", data, "image/jpeg")}, timeout=60)

        refused = send(HARMFUL)
        assert refused.status_code == 422
        assert "our virus scanner found something harmful in it" in refused.text
        assert "No document waits" in support.get(url, timeout=20).text
        there = scanner._connect
        monkeypatch.setattr(scanner, "_connect", away)
        assert send(HARMFUL).status_code == 200, "nobody can say that it is harmful: it is taken, and held"
        (waiting,) = desk.desk.shelf.waiting()
        one = f"{url}/{waiting.document_id}"
        assert WORDS[State.WAITING] in support.get(one, timeout=20).text
        held = support.get(f"{one}/file", timeout=20)
        assert (held.status_code, HARMFUL[:20] in held.content) == (503, False)
        monkeypatch.setattr(scanner, "_connect", there)
        held = support.get(f"{one}/file", timeout=20)
        assert (held.status_code, HARMFUL[:20] in held.content) == (409, False)
        assert "something harmful" in support.get(one, timeout=20).text
        assert len(desk.desk.shelf.waiting()) == 1, "kept, for whoever looks into it"
        desk.desk.library.sealer.keys.erase(f"document:{waiting.document_id}")
        desk.wait(lambda: not kept_rows(desk))


def kept_rows(desk: Served) -> int:
    with desk.desk.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(files))


def away(_address: str, _seconds: float) -> socket.socket:
    raise ConnectionRefusedError
