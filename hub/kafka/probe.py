"""Is there a Kafka at this address? Looks only; makes nothing and waits for no one longer than it is told to."""

from __future__ import annotations

import asyncio
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

from aiokafka import errors
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.metadata import MetadataRequest
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from hub.errors import Fatal, HubError, Retriable
from hub.kafka.clients import Connection, Kafka, client_arguments, way_to

GREET_SECONDS = 5.0
"""TCP, TLS and a password take some 0.1 s on a local network, and a second over a bad line."""
HANG_UP_SECONDS = 0.5
REFUSED = (
    errors.AuthenticationFailedError,
    errors.AuthenticationMethodNotSupported,
    errors.IllegalSaslStateError,
    errors.SaslAuthenticationFailed,
    errors.UnsupportedSaslMechanismError,
)


class BrokerAway(Retriable):
    """No broker answers at the address."""


class NotLetIn(Fatal):
    """A Kafka is there, and the hub can't come in with what `HUB_KAFKA_*` say; the text names the settings."""


def cluster_id(kafka: Kafka, timeout_seconds: float = 2.0) -> str | None:
    """The id of the Kafka cluster that answers an admin call, or None."""
    try:
        greet(kafka, timeout_seconds)  # cheaper than a client, and without its log lines
        admin = KafkaAdminClient(**client_arguments(kafka), bootstrap_timeout_ms=int(timeout_seconds * 1000))
    except (BrokerAway, NotLetIn, KafkaError):
        return None
    try:
        return str(admin.describe_cluster()["cluster_id"])
    except KafkaError:
        return None
    finally:
        admin.close()


def listens(bootstrap: str, timeout_seconds: float = 2.0) -> bool:
    """Whether anything accepts TCP connections at one of the addresses of `host:port[,host:port]`."""
    return any(_accepts(address, timeout_seconds) for address in bootstrap.split(","))


def _accepts(address: str, timeout_seconds: float) -> bool:
    host, _, port = address.strip().rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout_seconds):
            return True
    except (OSError, ValueError):
        return False


def greet(kafka: Kafka, timeout_seconds: float = GREET_SECONDS) -> None:
    """Connect as a client does, with TLS and password, ask for nothing and hang up.

    Clients try again and again whatever the reason, and at last say that time is up: that would hide a wrong password
    behind a broker that is away. So whoever is about to make one greets first. It blocks: not for use in an event loop.

    Raises:
        BrokerAway: nobody is there, or hangs up.
        NotLetIn: the broker's certificate is not to be trusted, or it does not take the user.
        hub.settings.SettingWrong: a file of the settings cannot be read.
    """
    way = way_to(kafka)
    reason: HubError = BrokerAway(f"No Kafka answers at {way}.", "Start it (`mash up`), or correct HUB_BOOTSTRAP.")
    for address in way.bootstrap.split(","):
        if not _accepts(address, timeout_seconds):
            continue
        try:
            # In a thread, for the main one has signal handlers that raise, and an event loop swallows what they raise;
            # it may also have a loop of its own prepared, which asyncio.run() would take away.
            with ThreadPoolExecutor(max_workers=1) as thread:
                thread.submit(asyncio.run, _greet(way, address.strip(), timeout_seconds)).result()
        except (BrokerAway, NotLetIn) as error:
            reason = error
        else:
            return
    raise reason


async def _greet(way: Connection, address: str, timeout_seconds: float) -> None:
    host, _, port = address.rpartition(":")
    arguments = client_arguments(way)
    del arguments["bootstrap_servers"]
    made = AIOKafkaConnection(host, int(port), request_timeout_ms=int(timeout_seconds * 1000), **arguments)
    try:
        async with asyncio.timeout(timeout_seconds):
            await made.connect()
            await made.send(MetadataRequest([]))  # answered only to who has been let in
    except (OSError, errors.KafkaError) as error:
        raise _why(way, address, error) from error
    finally:
        # Without this, sockets would be left to the garbage collector; where TLS failed, there is nothing to wait for.
        await asyncio.wait([made.close()], timeout=HANG_UP_SECONDS)


def _why(way: Connection, address: str, error: Exception) -> HubError:
    """A failed greeting by its remedy."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return NotLetIn(
            f"The certificate of the Kafka at {address} is not to be trusted: {error.verify_message}.",
            "Set HUB_KAFKA_CA_FILE to the authority that signed it, and HUB_BOOTSTRAP to the name that it is for.",
        )
    if isinstance(error, ssl.SSLError):
        return NotLetIn(
            f"No TLS could be agreed with {address} ({error.reason}).",
            "Is HUB_BOOTSTRAP the encrypted listener's address? Else set HUB_KAFKA_SECURITY to what the listener is.",
        )
    if isinstance(error, REFUSED):
        return NotLetIn(
            f"The Kafka at {address} does not let in the user {way.user!r} by {way.mechanism} "
            f"({type(error).__name__}).",
            "Check HUB_KAFKA_USER, HUB_KAFKA_PASSWORD (or its file), HUB_KAFKA_SASL_MECHANISM and HUB_KAFKA_SECURITY.",
        )
    return BrokerAway(  # also what a broker does that is just going down: so it may pass
        f"What listens at {address} does not answer a client that speaks {way.security} ({type(error).__name__}).",
        "Is the broker well? Is HUB_KAFKA_SECURITY what its listener is? Where it asks clients for a certificate, set "
        "HUB_KAFKA_CERT_FILE and HUB_KAFKA_KEY_FILE.",
    )
