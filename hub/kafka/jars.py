"""The jars of the embedded Kafka: which ones, their checksums, and a verified local copy. Starts no process.

`jars.lock`, beside this file, pins every jar by Maven coordinate and SHA-256. `classpath()` fetches what is
missing from Maven Central through jgo (which needs neither Maven nor Java), verifies every byte against the
lock and keeps the copies in the user's cache. To move to another Kafka, edit `ROOTS` and run
`python -m hub.kafka.jars`, which resolves the dependency graph again and rewrites the lock.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from hub.errors import Fatal, Retriable

KAFKA_VERSION = "4.3.0"
ROOTS = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    # Kafka's own distribution adds this binding; without it the broker's log goes nowhere.
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",
)
LOCK_FILE = Path(__file__).with_name("jars.lock")
DOWNLOADS_AT_ONCE = 8
"""Some forty small files: eight at once fill a home line without looking like an attack to a proxy."""
CHUNK_BYTES = 1 << 20

LOCK_HEADER = """\
# Every jar of the embedded Kafka: SHA-256 and Maven coordinate. Written by `python -m hub.kafka.jars`.
"""


class JarMismatch(Fatal):
    """A jar's bytes are not the ones that the lock file names."""


class JarUnavailable(Retriable):
    """A jar could not be downloaded."""


@dataclass(frozen=True, slots=True, order=True)
class Jar:
    """One line of the lock file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def coordinate(self) -> str:
        """Maven's way to name it: group:artifact:version."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file_name(self) -> str:
        """What the file is called in Maven Central and in the cache."""
        return f"{self.artifact}-{self.version}.jar"


def cache_dir() -> Path:
    """Where downloads are kept: `$XDG_CACHE_HOME/mash-hub`, else the platform's usual cache folder."""
    if configured := os.environ.get("XDG_CACHE_HOME"):
        return Path(configured) / "mash-hub"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "mash-hub"
    return Path.home() / ".cache" / "mash-hub"


def jars_dir() -> Path:
    """The cache folder of this Kafka version's jars."""
    return cache_dir() / f"kafka-{KAFKA_VERSION}"


def read_lock(path: Path = LOCK_FILE) -> tuple[Jar, ...]:
    """The jars that the lock file names, in its order.

    Raises:
        Fatal: a line is not `sha256 group:artifact:version`.
    """
    jars = []
    for number, line in enumerate(path.read_text(encoding="ascii").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        try:
            digest, coordinate = line.split()
            group, artifact, version = coordinate.split(":")
        except ValueError as error:
            raise Fatal(
                f"{path.name}, line {number}, is not 'sha256 group:artifact:version'.",
                "Restore the file from version control.",
            ) from error
        jars.append(Jar(group, artifact, version, digest))
    return tuple(jars)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, as lower-case hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def verify(jar: Jar, path: Path) -> None:
    """Compare a file with the lock.

    Raises:
        JarMismatch: it holds other bytes.
    """
    found = sha256_of(path)
    if found != jar.sha256:
        raise JarMismatch(
            f"{jar.file_name} has SHA-256 {found}, but {LOCK_FILE.name} says {jar.sha256}.",
            f"Nothing was started. Delete {path} and try again; if it comes back the same, it was altered at the "
            "download site or by a proxy on the way: do not use it, and tell whoever runs your network.",
        )


def missing(folder: Path | None = None) -> list[Jar]:
    """The locked jars that are not yet in the cache."""
    folder = folder or jars_dir()
    return [jar for jar in read_lock() if not (folder / jar.file_name).is_file()]


def classpath(on_missing: Callable[[int], None] | None = None) -> list[Path]:
    """Verified jars, downloaded first where they are missing.

    Every jar is verified at every start (some 70 MB: 0.1 s), so that a damaged cache is found here and not
    as a strange error inside the broker.

    Args:
        on_missing: told the number of jars to download, before the first.

    Raises:
        JarMismatch: a jar's bytes are not the ones that the lock file names.
        JarUnavailable: Maven Central cannot be reached.
    """
    folder = jars_dir()
    if absent := missing(folder):
        if on_missing:
            on_missing(len(absent))
        _download(absent, folder)
    jars = read_lock()
    paths = [folder / jar.file_name for jar in jars]
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        list(pool.map(verify, jars, paths))
    return paths


def _download(jars: Iterable[Jar], folder: Path) -> None:
    """Fetch through jgo into a scratch folder, verify, move into place: the cache never holds half a jar."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=folder.parent, prefix="download-") as scratch,
        ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool,
    ):
        for jar, path in zip(jars, pool.map(lambda jar: _fetch(jar, Path(scratch)), jars), strict=True):
            verify(jar, path)
            path.replace(folder / jar.file_name)


def _fetch(jar: Jar, repository: Path) -> Path:
    """One jar by jgo, into a Maven-shaped folder of our own (never ~/.m2, which other tools write to)."""
    from jgo.maven import MavenContext  # noqa: PLC0415 - slow to import and needed once in a machine's life

    context = MavenContext(repo_cache=repository)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    try:
        return Path(artifact.resolve())
    except (OSError, RuntimeError) as error:
        raise JarUnavailable(
            f"{jar.coordinate} could not be downloaded from Maven Central.",
            "Check this machine's way to https://repo.maven.apache.org (HTTPS_PROXY, firewall), or copy the "
            f"folder {jars_dir()} from a machine that has it; or set HUB_BOOTSTRAP to a Kafka of your own.",
        ) from error


def write_lock(path: Path = LOCK_FILE) -> int:
    """Resolve `ROOTS` and everything they need, download, and write the lock. Returns the number of jars."""
    import jgo  # noqa: PLC0415

    wanted = {a.key: a for root in ROOTS for a in jgo.resolve(root)}
    jars = sorted(Jar(a.groupId, a.artifactId, a.version, sha256_of(Path(a.resolve()))) for a in wanted.values())
    path.write_text(LOCK_HEADER + "".join(f"{j.sha256} {j.coordinate}\n" for j in jars), encoding="ascii")
    return len(jars)


if __name__ == "__main__":
    sys.stdout.write(f"{write_lock()} jars locked in {LOCK_FILE.name}\n")
