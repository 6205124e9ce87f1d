"""How to reach Kafka: out of the settings, what each client library is told. Opens no connection itself.

Every client of the hub gets its address, encryption and credentials from here, so that what works for one of them works
for all. A broker's certificate is always checked against its host name: there is no setting to do without.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.settings import Settings, SettingWrong

if TYPE_CHECKING:
    from faust.auth import Credentials

OTHERS_MAY_READ = 0o077
PASSWORDS = ("kafka_password", "kafka_password_file")


@dataclass(frozen=True, slots=True)
class Connection:
    """A Kafka and the way to it; by the address alone, an unsecured one.

    Attributes:
        bootstrap: `host:port[,host:port]`.
        security: Kafka's `security.protocol`.
        ca_file: PEM of the authorities to trust; None trusts the system's.
        cert_file: PEM of our own certificate; None shows none.
        key_file: PEM of its private key; None looks into `cert_file`.
        mechanism: Kafka's `sasl.mechanism`.
        user: who we are.
        password: proves it.
    """

    bootstrap: str
    security: str = "PLAINTEXT"
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    mechanism: str = ""
    user: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        """The addresses, for people."""
        return self.bootstrap

    @property
    def encrypted(self) -> bool:
        """Whether it is TLS."""
        return self.security.endswith("SSL")

    @property
    def authenticated(self) -> bool:
        """Whether a password is asked for."""
        return self.security.startswith("SASL")


Kafka = Connection | str
"""What functions that talk to Kafka take. An address alone is an unsecured Kafka: tests, and the embedded one; whoever
has settings takes `connection(settings)`."""


def connection(settings: Settings) -> Connection:
    """The way to the Kafka of these settings.

    Raises:
        SettingWrong: there is none, or `HUB_KAFKA_*` don't fit together; the text names the setting and the fix.
    """
    bootstrap = settings.require_bootstrap()
    if wrong := next(_contradictions(settings), None):
        name, what, fix = wrong
        raise SettingWrong(f"HUB_{name.upper()} {what}.", fix)
    found = Connection(
        bootstrap,
        settings.kafka_security,
        settings.kafka_ca_file,
        settings.kafka_cert_file,
        settings.kafka_key_file,
        settings.kafka_sasl_mechanism,
        settings.kafka_user,
        _password(settings),
    )
    tls(found)  # a file that can't be used is told now, by its setting, and not by some client later
    return found


def tls(way: Connection) -> ssl.SSLContext | None:
    """What TLS needs, read afresh from the files; None where nothing is encrypted.

    Raises:
        SettingWrong: a file is missing, or is no such PEM file.
    """
    if not way.encrypted:
        return None
    try:
        context = ssl.create_default_context(cafile=way.ca_file)
    except OSError as error:  # SSLError is one
        raise _unusable("CA_FILE", way.ca_file, error) from error
    if way.cert_file:
        try:
            # An encrypted key would make OpenSSL ask for its password at the terminal, and wait.
            context.load_cert_chain(way.cert_file, way.key_file, password="")
        except OSError as error:
            key_gone = way.key_file is not None and way.cert_file.is_file() and not way.key_file.is_file()
            name, path = ("KEY_FILE", way.key_file) if key_gone else ("CERT_FILE", way.cert_file)
            raise _unusable(name, path, error) from error
    return context


def way_to(kafka: Kafka) -> Connection:
    """The connection, where an address may stand for it."""
    return kafka if isinstance(kafka, Connection) else Connection(kafka)


def client_arguments(kafka: Kafka) -> dict[str, Any]:
    """What any client of kafka-python or aiokafka is made with: the two name these alike.

    Raises:
        SettingWrong: a file cannot be read any more.
    """
    way = way_to(kafka)
    arguments: dict[str, Any] = {
        "bootstrap_servers": way.bootstrap.split(","),
        "security_protocol": way.security,
        "ssl_context": tls(way),
    }
    if way.authenticated:
        arguments |= {
            "sasl_mechanism": way.mechanism,
            "sasl_plain_username": way.user,
            "sasl_plain_password": way.password,
        }
    return arguments


def faust_arguments(kafka: Kafka) -> dict[str, Any]:
    """What a Faust app is made with.

    Raises:
        SettingWrong: a file cannot be read any more.
    """
    way = way_to(kafka)
    return {
        "broker": ";".join(f"kafka://{address}" for address in way.bootstrap.split(",")),
        "broker_credentials": _faust_credentials(way),
    }


def _faust_credentials(way: Connection) -> Credentials | None:
    from faust.auth import SASLCredentials, SSLCredentials  # noqa: PLC0415 - a second that commands need not wait

    context = tls(way)
    if way.authenticated:
        return SASLCredentials(username=way.user, password=way.password, ssl_context=context, mechanism=way.mechanism)
    return SSLCredentials(context) if context else None


def _contradictions(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Settings that can't be meant: name, what is wrong, the fix."""
    security = settings.kafka_security
    if security.startswith("SASL"):
        yield from _missing(settings)
    else:
        for name in _given(settings, "kafka_sasl_mechanism", "kafka_user", *PASSWORDS):
            fix = f"Set HUB_KAFKA_SECURITY to SASL_SSL (or SASL_PLAINTEXT), or unset HUB_{name.upper()}."
            yield name, f"is set, and with HUB_KAFKA_SECURITY {security} nobody asks for it", fix
    if not security.endswith("SSL"):
        for name in _given(settings, "kafka_ca_file", "kafka_cert_file", "kafka_key_file"):
            fix = f"Set HUB_KAFKA_SECURITY to SSL or SASL_SSL, or unset HUB_{name.upper()}."
            yield name, f"is set, and with HUB_KAFKA_SECURITY {security} nothing is encrypted", fix
    if settings.kafka_key_file and not settings.kafka_cert_file:
        yield "kafka_key_file", "is set without its certificate", _set("kafka_cert_file")


def _missing(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """What a broker that asks for a password will want and the settings don't say."""
    for name in ("kafka_sasl_mechanism", "kafka_user"):
        if not getattr(settings, name):
            yield name, f"is not set, and HUB_KAFKA_SECURITY is {settings.kafka_security}", _set(name)
    given = _given(settings, *PASSWORDS)
    if len(given) != 1:
        found = "and HUB_KAFKA_PASSWORD_FILE are both set" if given else "is not set"
        yield "kafka_password", found, "Set HUB_KAFKA_PASSWORD_FILE or HUB_KAFKA_PASSWORD, one of the two."


def _given(settings: Settings, *names: str) -> list[str]:
    return [name for name in names if getattr(settings, name)]


def _set(name: str) -> str:
    """The remedy of a setting that is missing or wrong: what it is, and an example."""
    info = Settings.model_fields[name]
    example = f" For example: {info.examples[0]}" if info.examples else ""
    return f"HUB_{name.upper()}: {info.description}{example}"


def _password(settings: Settings) -> str:
    if settings.kafka_password:
        return settings.kafka_password.get_secret_value()
    if (path := settings.kafka_password_file) is None:
        return ""
    try:
        if path.stat().st_mode & OTHERS_MAY_READ:
            raise SettingWrong(
                f"HUB_KAFKA_PASSWORD_FILE, {path}, can be read by others than its owner.", f"Run `chmod 600 {path}`."
            )
        password = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable("PASSWORD_FILE", path, error) from None  # a UnicodeDecodeError holds what it read
    if not password:
        raise SettingWrong(f"HUB_KAFKA_PASSWORD_FILE, {path}, is empty.", _set("kafka_password_file"))
    return password


def _unusable(name: str, path: Path | None, error: OSError | UnicodeDecodeError) -> SettingWrong:
    unread = isinstance(error, OSError) and not isinstance(error, ssl.SSLError)
    why = f"cannot be read ({type(error).__name__})" if unread else f"holds no {_HOLDS[name]}"
    return SettingWrong(f"HUB_KAFKA_{name}, {path}, {why}.", _set(f"kafka_{name.lower()}"))


_HOLDS = {
    "CA_FILE": "certificate in PEM",
    "CERT_FILE": "certificate in PEM, or its private key is not there (HUB_KAFKA_KEY_FILE), is encrypted or another's",
    "PASSWORD_FILE": "text in UTF-8",
}
