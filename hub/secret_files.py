"""The hub's two secrets and what they open: keyed hashes and the key store. No secret may be printed or logged here.

Secrets stand in files of 64 hexadecimal digits, readable by their owner alone. They are made once, and only where
Kafka is on this machine: on a cluster every machine must hold the same, so there a person has to place them.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from hub.errors import Fatal
from hub.ids import Pseudonyms
from hub.keystore import SqliteKeyStore
from hub.settings import SECRET_BYTES, Settings, is_hex_key

OWNER_ONLY = 0o600


class SecretMissing(Fatal):
    """A secret is not there and must not be made up."""


def pseudonym_file(settings: Settings) -> Path:
    """Where the secret of the keyed hashes stands when `HUB_PSEUDONYM_KEY` is not set."""
    return settings.data_dir / "secrets" / "pseudonym.key"


def master_file(settings: Settings) -> Path:
    """Where the master key stands."""
    return settings.master_key_file or settings.data_dir / "secrets" / "master.key"


def key_store_file(settings: Settings) -> Path:
    """Where the key store stands."""
    return settings.key_store_file or settings.data_dir / "keys" / "keys.sqlite"


def pseudonyms(settings: Settings) -> Pseudonyms:
    """Keyed hashes under this partnership's secret.

    Raises:
        SecretMissing: there is none, and Kafka is not on this machine.
        Fatal: the file holds no key, or others can read it.
    """
    if settings.pseudonym_key is not None:
        secret = bytes.fromhex(settings.pseudonym_key.get_secret_value().strip())
    else:
        secret = _read_or_make(pseudonym_file(settings), settings, "HUB_PSEUDONYM_KEY")
    return Pseudonyms(secret, settings.partnership)


def key_store(settings: Settings) -> SqliteKeyStore:
    """The key store, opened with the master key.

    Raises:
        SecretMissing: there is no master key, and Kafka is not on this machine, or a key store already stands.
        Fatal: the file holds no key, others can read it, or the store cannot be opened.
    """
    path, store = master_file(settings), key_store_file(settings)
    if store.exists() and not path.exists():
        raise SecretMissing(
            f"The key store {store} is here, but its master key {path} is not.",
            "Restore the master key from its backup. A new one would open nothing that the hub has sealed.",
        )
    return SqliteKeyStore(store, _read_or_make(path, settings, "HUB_MASTER_KEY_FILE"))


def make_missing(settings: Settings) -> list[Path]:
    """Make the secret files that are missing, where that is right. Returns those made now."""
    if not settings.on_this_machine:
        return []
    wanted = [master_file(settings)]
    if settings.pseudonym_key is None:
        wanted.append(pseudonym_file(settings))
    if key_store_file(settings).exists():
        wanted.remove(master_file(settings))
    return [path for path in wanted if not path.exists() and _make(path)]


def _read_or_make(path: Path, settings: Settings, variable: str) -> bytes:
    if not path.exists():
        if not settings.on_this_machine:
            raise SecretMissing(
                f"{variable} is not set and {path} is not there; Kafka is on other machines ({settings.bootstrap}).",
                f"Place the partnership's key there, the same on every machine, or set {variable}. To make the first: "
                f"`python -c 'import secrets; print(secrets.token_hex({SECRET_BYTES}))'`.",
            )
        _make(path)
    if path.stat().st_mode & 0o077:
        raise Fatal(f"{path} can be read by others than its owner.", f"Run `chmod 600 {path}`.")
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if not is_hex_key(text):
        raise Fatal(
            f"{path} does not hold a key of {SECRET_BYTES * 2} hexadecimal digits.", "Restore it from its backup."
        )
    return bytes.fromhex(text)


def _make(path: Path) -> bool:
    """Write a new key, whole or not at all; False if another process was first (then its key holds)."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    scratch.touch(mode=OWNER_ONLY)
    try:
        scratch.write_text(secrets.token_hex(SECRET_BYTES) + "\n", encoding="ascii")
        os.link(scratch, path)  # fails where the file exists: never replaces a key
    except FileExistsError:
        return False
    finally:
        scratch.unlink()
    return True
