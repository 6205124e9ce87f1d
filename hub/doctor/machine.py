"""Examinations of the machine itself: no Kafka, no Java."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

import psutil

from hub import secret_files
from hub.doctor.examine import Finding
from hub.kafka.embedded import can_bind
from hub.settings import Settings, unknown_variables
from hub.supervisor import state as state_files
from hub.supervisor.plan import processes, stage_names

OLDEST_PYTHON = (3, 11)
DISK_WRONG = 1_000_000_000
"""Bytes. Kafka makes log segments of up to 1 GB; with less it stops in the middle of one."""
DISK_WARNING = 10_000_000_000
"""Bytes: some 20 million records at 500 bytes, a county's year."""
MEMORY_WARNING = 2_000_000_000
"""Bytes free: the broker takes 0.3 GB and each of four workers about as much."""
SKEW_SECONDS = 1.0
"""Ticks come every second: a clock further off puts due times out of order between machines."""
ADJTIMEX_BYTES = 256
"""`struct timex` is 208 bytes on 64-bit Linux; a little more does no harm."""
ADJTIMEX_MAXERROR = 3
"""Index, in longs, of the field `maxerror` (microseconds): after modes (padded), offset and freq."""
CLOCK_UNSYNCHRONISED = 5
"""TIME_ERROR of adjtimex(2)."""


def python(_settings: Settings) -> Finding:
    """The interpreter's version."""
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info < OLDEST_PYTHON:
        return Finding("Python", "wrong", found, "Install Python 3.11 or later.")
    return Finding("Python", "ok", found)


def settings_file(_settings: Settings) -> Finding:
    """Variables that look like settings and are none (the settings themselves were read before this)."""
    if unknown := unknown_variables(os.environ):
        names = ", ".join(unknown)
        return Finding("Settings", "warning", f"no setting has the name {names}.", "See `mash settings`; unset them.")
    return Finding("Settings", "ok", "all can be used.")


def data_folder(settings: Settings) -> Finding:
    """Whether the data folder, or the folder it would be made in, can be written to."""
    folder = _existing(settings.data_dir)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding(
            "Data folder",
            "wrong",
            f"{folder} cannot be written to ({type(error).__name__}).",
            f"Give it to this user (`chown {os.getuid()} {folder}`), or set HUB_DATA_DIR.",
        )
    made = "" if folder == settings.data_dir else ", to be made at the first start"
    return Finding("Data folder", "ok", f"{settings.data_dir}{made}.")


def disk(settings: Settings) -> Finding:
    """Free space where the data folder is."""
    free = shutil.disk_usage(_existing(settings.data_dir)).free
    found = f"{free / 1e9:,.1f} GB are free at {settings.data_dir}."
    remedy = "Make room, or move the data folder (HUB_DATA_DIR)."
    if free < DISK_WRONG:
        return Finding("Disk", "wrong", found, remedy)
    return Finding("Disk", "warning", found, remedy) if free < DISK_WARNING else Finding("Disk", "ok", found)


def memory(settings: Settings) -> Finding:
    """Free memory, where a hub is still to be started."""
    free = psutil.virtual_memory().available
    found = f"{free / 1e9:,.1f} GB are available."
    if free < MEMORY_WARNING and not state_files.read(settings.data_dir):
        return Finding("Memory", "warning", found, "Stop other programs: a hub on one machine takes about 2 GB.")
    return Finding("Memory", "ok", found)


def clock(_settings: Settings) -> Finding:
    """Whether this machine's clock is kept right, as the kernel sees it (Linux)."""
    if not sys.platform.startswith("linux"):
        return Finding("Clock", "warning", "cannot be examined here.", "Make sure that it is set by NTP.")
    timex = (ctypes.c_long * (ADJTIMEX_BYTES // ctypes.sizeof(ctypes.c_long)))()
    state = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))  # all zero: it only reads
    return judge_clock(state, timex[ADJTIMEX_MAXERROR] / 1e6)


def judge_clock(state: int, most_seconds_off: float) -> Finding:
    """What adjtimex(2) says: its result, and by how much the clock may be off at most."""
    remedy = "Set the time by NTP (`timedatectl set-ntp true`; in a container, on its host)."
    if state in {-1, CLOCK_UNSYNCHRONISED}:
        return Finding("Clock", "warning", "the kernel does not know it to be set by NTP.", remedy)
    if most_seconds_off > SKEW_SECONDS:
        return Finding("Clock", "warning", f"it may be {most_seconds_off:.1f} s off.", remedy)
    return Finding("Clock", "ok", f"set by NTP, at most {most_seconds_off:.3f} s off.")


def ports(settings: Settings) -> Finding:
    """Whether the ports that `mash up` will listen on are free."""
    if state_files.read(settings.data_dir):
        return Finding("Ports", "ok", "in use by the hub that runs.")
    wanted = [settings.kafka_port] if settings.kafka_port and not settings.bootstrap else []
    if settings.metrics_port:
        wanted += [settings.metrics_port, *(p.metrics_port for p in processes(settings, stage_names()))]
    taken = [port for port in wanted if not can_bind(port)]
    if taken:
        return Finding(
            "Ports",
            "wrong",
            f"{', '.join(map(str, taken))}: taken by other programs.",
            "Stop those, or set HUB_METRICS_PORT (the first of a row) or HUB_KAFKA_PORT to free ones.",
        )
    return Finding("Ports", "ok", f"{', '.join(map(str, wanted))} are free." if wanted else "none are asked for.")


def secrets(settings: Settings) -> Finding:
    """Whether the two secrets are there and can be used."""
    store, master = secret_files.key_store_file(settings), secret_files.master_file(settings)
    needed = [master] if settings.pseudonym_key else [master, secret_files.pseudonym_file(settings)]
    absent = [path for path in needed if not path.exists()]
    if not absent:
        secret_files.pseudonyms(settings)
        secret_files.key_store(settings).close()
        where = f"in {settings.data_dir / 'secrets'}" if needed[-1].is_relative_to(settings.data_dir) else "set"
        return Finding("Secrets", "ok", f"{where}, for their owner only.", _backup_advice(settings))
    if settings.on_this_machine and not (master in absent and store.exists()):
        return Finding("Secrets", "ok", f"to be made at the first start in {settings.data_dir / 'secrets'}.")
    secret_files.key_store(settings).close()  # raises what is wrong, with its remedy
    secret_files.pseudonyms(settings)
    return Finding("Secrets", "ok", "set.")


def _backup_advice(settings: Settings) -> str:
    if not settings.on_this_machine:
        return ""
    return "Made on this machine. Back them up, apart from the key store: without them nothing sealed can be read."


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    while not folder.exists():
        folder = folder.parent
    return folder
