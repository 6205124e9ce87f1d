"""Every setting of the hub, from `HUB_*` variables and an optional env file. Reads no topic and starts nothing.

With no configuration at all, everything is on this machine, under `HUB_DATA_DIR`. A mistake is a `Fatal` that names
the setting, the value (never a secret's) and the fix. To add a setting, add a field with a description and, where it
is a quantity, a unit: the command `mash settings` and the reference page are made from the fields.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict, SettingsError

from hub.errors import Fatal
from hub.setting_desk import DeskSettings, Port
from hub.setting_texts import ENV_FILE, PREFIX, SettingRow, explained, rows, slips, unknown

__all__ = [
    "LONDON",
    "SECRET_BYTES",
    "SettingRow",
    "SettingWrong",
    "Settings",
    "is_hex_key",
    "load",
    "rows",
    "unknown_variables",
]

SECRET_BYTES = 32
LONDON = ZoneInfo("Europe/London")
"""What people read and write times in; inside the hub all times are UTC."""


class SettingWrong(Fatal):
    """A setting cannot be used; the text names it, its value and the fix."""


def _unit(text: str) -> dict[str, Any]:
    return {"unit": text}


class Settings(DeskSettings):
    """What can be set. Frozen: a process reads its settings once."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    bootstrap: str = Field(
        "",
        description="Kafka to use, as `host:port[,host:port]`. Empty: the embedded one, started by `mash up`.",
        examples=["kafka1.example:9092,kafka2.example:9092"],
        pattern=r"^$|^[^,\s:]+:\d{1,5}(,[^,\s:]+:\d{1,5})*$",
    )
    kafka_port: Port = Field(
        0,
        description="Port of the embedded Kafka on 127.0.0.1; 0 takes a free one.",
        json_schema_extra=_unit("TCP port"),
    )
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT",
        description="How `HUB_BOOTSTRAP`'s listener is secured: encrypted (SSL), with a password (SASL), both or not.",
        examples=["SASL_SSL"],
    )
    kafka_ca_file: Path | None = Field(
        None,
        description="PEM file of the authorities that sign the brokers' certificates. Default: the system's.",
        examples=["/etc/mash-hub/kafka-ca.pem"],
    )
    kafka_cert_file: Path | None = Field(
        None,
        description="PEM file of the hub's own certificate, where the brokers ask for one.",
        examples=["/etc/mash-hub/kafka-client.pem"],
    )
    kafka_key_file: Path | None = Field(
        None,
        description="PEM file of that certificate's private key, not encrypted. Default: the certificate's own file.",
        examples=["/etc/mash-hub/kafka-client.key"],
    )
    kafka_sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "",
        description="How the password is proved to the brokers: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.",
        examples=["SCRAM-SHA-512"],
    )
    kafka_user: str = Field("", description="Who the hub is to the brokers.", examples=["mash-hub"])
    kafka_password: SecretStr | None = Field(
        None, description="The user's password. Better in a file: an environment is read by more than its process."
    )
    kafka_password_file: Path | None = Field(
        None,
        description="File of the user's password, one line, readable by its owner alone.",
        examples=["/etc/mash-hub/kafka.password"],
    )
    replication: int | None = Field(
        None,
        description="Brokers that keep a copy of each topic when it is made; from 3 on, 2 must have a record before "
        "it counts as taken. Default: 3, or as many brokers as there are (1 on the embedded Kafka).",
        ge=1,
        le=9,
        examples=["3"],
        json_schema_extra=_unit("copies"),
    )
    data_dir: Path = Field(
        Path("var"),
        description="Folder of all that this machine keeps: embedded Kafka, local stores, key store, secrets, logs.",
        examples=["/var/lib/mash-hub"],
    )
    partnership: str = Field(
        "demo",
        description="The safeguarding partnership that this hub serves: the legal boundary, in every message and key.",
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
        examples=["northshire"],
    )
    topic_prefix: str = Field(
        "mash",
        description="First part of every topic's name, so that two hubs can share a Kafka.",
        pattern=r"^[a-zA-Z0-9][a-zA-Z0-9-]{0,39}$",
        examples=["mash"],
    )
    partitions: int = Field(
        4,
        description="Partitions of each topic when it is made. It never changes afterwards within a generation.",
        ge=1,
        le=1024,
        json_schema_extra=_unit("partitions"),
    )
    schema_registry: str = Field(
        "",
        description="Schema registry that speaks Confluent's API. Empty: Avro single-object encoding, no registry.",
        pattern=r"^$|^https?://\S+$",
        examples=["https://registry.example"],
    )
    pseudonym_key: SecretStr | None = Field(
        None,
        description="Secret of the keyed hashes (ids on topics): 64 hexadecimal digits, the same on every machine of "
        "the partnership, for ever. Default: made once in `<data_dir>/secrets`, where Kafka is on this machine.",
    )
    key_store_file: Path | None = Field(
        None,
        description="SQLite file of the keys that seal personal data. Default: `<data_dir>/keys/keys.sqlite`.",
        examples=["/var/lib/mash-hub/keys/keys.sqlite"],
    )
    master_key_file: Path | None = Field(
        None,
        description="File of the key (64 hexadecimal digits) that wraps the key store's keys. Keep its backup apart "
        "from the key store's. Default: `<data_dir>/secrets/master.key`, made once where Kafka is on this machine.",
        examples=["/etc/mash-hub/master.key"],
    )
    worker: str = Field(
        default_factory=socket.gethostname,
        description="This machine's name in metrics and logs. Default: its host name.",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$",
        examples=["hub-1"],
    )
    metrics_port: Port = Field(
        9460,
        description="First port of the /metrics pages: one process of `mash up` each, counting upwards; 0 switches "
        "them off.",
        json_schema_extra=_unit("TCP port"),
    )
    metrics_host: str = Field(
        "127.0.0.1",
        description="Address that /metrics listens on; 0.0.0.0 where Prometheus is on another machine.",
        examples=["0.0.0.0"],  # noqa: S104 - an example
    )
    session_timeout: float = Field(
        10.0,
        description="How long a worker may be silent before its partitions go to another.",
        ge=1,
        le=300,
        json_schema_extra=_unit("seconds"),
    )
    standby: bool = Field(
        False,
        description="Keep a warm copy of the state of partitions that other workers own, so that this one takes over "
        "in seconds. It costs the disk and the reading of every journal: set it on as many workers as you want spare.",
    )
    batch_records: int = Field(
        500,
        description="A transaction closes at the latest after this many records.",
        ge=1,
        le=100_000,
        json_schema_extra=_unit("records"),
    )
    batch_ms: int = Field(
        50,
        description="A transaction stays open for this long; under load, to make fewer, up to five times as long.",
        ge=1,
        le=10_000,
        json_schema_extra=_unit("milliseconds"),
    )
    packs_dir: Path | None = Field(
        None,
        description="Folder of the partnership's packs (rules, questions, clocks, agreements). Default: those that "
        "come with the hub.",
        examples=["/etc/mash-hub/packs"],
    )
    effects_from: AwareDatetime | None = Field(
        None,
        description="Records that occurred or arrived before this moment update pictures and open nothing "
        "(a back-load). Default: everything has effects.",
        examples=["2026-01-31T00:00:00Z"],
        json_schema_extra=_unit("ISO 8601 time with zone"),
    )
    test_county: bool = Field(
        False,
        description="Everybody here is made up: whole pictures may be read outside a check (`mash picture dump`, "
        "`show`). Never set it where real people's records are.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least grave lines that are logged."
    )

    @field_validator("pseudonym_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not is_hex_key(value.get_secret_value()):
            raise ValueError(f"it must be {SECRET_BYTES * 2} hexadecimal digits")
        return value

    @field_validator(
        "data_dir",
        "key_store_file",
        "master_key_file",
        "packs_dir",
        "kafka_ca_file",
        "kafka_cert_file",
        "kafka_key_file",
        "kafka_password_file",
        "desk_oidc_client_secret_file",
    )
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().resolve() if value else value

    @property
    def on_this_machine(self) -> bool:
        """Whether Kafka is here: only then may missing secrets be made, for no other machine needs the same."""
        return all(a.rpartition(":")[0] in {"127.0.0.1", "localhost"} for a in self.bootstrap.split(",") if a)

    def require_bootstrap(self) -> str:
        """`bootstrap`, for whatever cannot go on without Kafka.

        Raises:
            SettingWrong: none is configured and no hub runs on this machine.
        """
        if not self.bootstrap:
            raise SettingWrong(
                f"There is no Kafka: HUB_BOOTSTRAP is not set and no hub runs from {self.data_dir}.",
                "Start one with `mash up`, or set HUB_BOOTSTRAP to a Kafka of yours.",
            )
        return self.bootstrap


def is_hex_key(text: str) -> bool:
    """Whether this is a key as the hub writes them: 32 bytes in hexadecimal."""
    try:
        return len(bytes.fromhex(text.strip())) == SECRET_BYTES
    except ValueError:
        return False


def load(*, find_running: bool = True, **overrides: Any) -> Settings:
    """The settings of this process.

    Args:
        find_running: with no `HUB_BOOTSTRAP`, use the broker of the hub that runs from `data_dir`, if one does.
        overrides: fields set by the caller, above every other source (tests, command-line options).

    Raises:
        SettingWrong: names each setting that cannot be used.
    """
    env_file = _env_file()
    if slip := next(slips(os.environ, Settings.model_fields), None):
        name, meant = slip
        raise SettingWrong(f"{name} is no setting.", f"Did you mean {meant}? `mash settings` lists all; unset {name}.")
    try:
        settings = Settings(_env_file=env_file, **overrides)
    except ValidationError as error:
        raise SettingWrong(*explained(error, Settings.model_fields)) from None
    except SettingsError as error:
        raise SettingWrong(f"The settings cannot be read: {error}", "Mend the variable that it names.") from None
    if find_running and not settings.bootstrap:
        from hub.supervisor.state import running_bootstrap  # noqa: PLC0415 - the state file's reader needs settings

        if found := running_bootstrap(settings.data_dir):
            return settings.model_copy(update={"bootstrap": found})
    return settings


def unknown_variables(environment: Iterable[str]) -> list[str]:
    """`HUB_*` variables that are no setting."""
    return unknown(environment, Settings.model_fields)


def _env_file() -> Path | None:
    named = os.environ.get(ENV_FILE)
    path = Path(named or ".env")
    if path.is_file():
        return path
    if named:
        raise SettingWrong(f"{ENV_FILE} is {named!r}, and there is no such file.", "Correct it, or unset it.")
    return None
