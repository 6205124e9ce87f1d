"""Asks clamd whether bytes are harmful, by its INSTREAM command (man clamd): the bytes go to it, it keeps no copy.

No answer is an answer of its own: what could not be looked at is not clean, and not lost either.
"""

from __future__ import annotations

import socket
import struct
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum

CHUNK = 64 * 1024
SECONDS = 20.0
"""For connecting and for each step of the talk: a file of 8 MB takes clamd less than a second."""
_LONGEST_ANSWER = 4096


class State(StrEnum):
    """What is known of a file."""

    NO_SCANNER = "no_scanner"
    """The desk is told of none."""
    CLEAN = "clean"
    INFECTED = "infected"
    WAITING = "waiting"
    """The scanner did not answer, or could not look at it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the scanner says; `signature` is its name for what it found."""

    state: State
    signature: str = ""


def scan(address: str, data: bytes, seconds: float = SECONDS) -> Finding:
    """Ask the scanner.

    Args:
        address: `HOST:PORT`, or the path of a Unix socket; '' there is none.
        data: the whole file.
        seconds: how long each step may take.
    """
    if not address:
        return Finding(State.NO_SCANNER)
    try:
        with closing(_connect(address, seconds)) as line:
            line.sendall(b"zINSTREAM\0")
            for begin in range(0, len(data), CHUNK):
                piece = data[begin : begin + CHUNK]
                line.sendall(struct.pack("!L", len(piece)) + piece)
            line.sendall(struct.pack("!L", 0))
            return understood(_answer(line))
    except (OSError, ValueError):
        return Finding(State.WAITING)


def understood(answer: bytes) -> Finding:
    """An answer of clamd: `stream: OK`, `stream: NAME FOUND`; everything else says that it could not look."""
    text = answer.rstrip(b"\0\n").decode("ascii", "replace")
    if text == "stream: OK":
        return Finding(State.CLEAN)
    if text.startswith("stream: ") and text.endswith(" FOUND"):
        return Finding(State.INFECTED, text.removeprefix("stream: ").removesuffix(" FOUND")[:100])
    return Finding(State.WAITING)


def _connect(address: str, seconds: float) -> socket.socket:
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(seconds)
        try:
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), seconds)


def _answer(line: socket.socket) -> bytes:
    found = b""
    while not found.endswith(b"\0") and len(found) < _LONGEST_ANSWER:
        piece = line.recv(_LONGEST_ANSWER)
        if not piece:
            break
        found += piece
    return found
