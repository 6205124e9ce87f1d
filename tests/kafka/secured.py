"""A Kafka with listeners that want TLS, a password or a certificate, as other people's clusters have them.

The certificates are made here, by an authority of this run's own, and are Kafka's too as PEM files.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
    UserScramCredentialUpsertion,
)

from hub.kafka.admin import admin
from hub.kafka.embedded import HOST

USER, PASSWORD = "hub-user", "pass-of-a-made-up-hub"
STRANGER = "stranger-user"
"""Has the same password, and may do nothing."""
PRINCIPALS = (f"User:{USER}", "User:CN=hub")
"""The hub by password and by certificate: with the rights that the operations guide lists, and no others."""
RIGHTS = {
    ResourceType.TOPIC: ("DESCRIBE", "DESCRIBE_CONFIGS", "CREATE", "READ", "WRITE"),
    ResourceType.GROUP: ("READ",),
    ResourceType.TRANSACTIONAL_ID: ("DESCRIBE", "WRITE"),
}
LISTENERS = """
listeners=PLAINTEXT://{host}:{port},SASL_SSL://{host}:SASL_PORT,SSL://{host}:SSL_PORT,\
CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port},SASL_SSL://{host}:SASL_PORT,SSL://{host}:SSL_PORT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL
ssl.keystore.type=PEM
ssl.keystore.location=FOLDER/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location=FOLDER/ca.pem
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
user_HUB_USER="PASSWORD" user_STRANGER="PASSWORD";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, name: str) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(key, _signed(name, key, key, name, authority=True))

    def issue(self, name: str) -> str:
        """A new key and its certificate for 127.0.0.1, in one PEM text."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return (private + pem(_signed(name, key, self.key, str(issuer), authority=False))).decode()


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def make_files(folder: Path) -> None:
    """`ca.pem`, `broker.pem`, `client.pem` (key and certificate), and `other-ca.pem`, which has signed none of them."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = Authority.make("Authority of a test")
    (folder / "ca.pem").write_bytes(pem(authority.certificate))
    (folder / "broker.pem").write_text(authority.issue("broker"))
    (folder / "client.pem").write_text(authority.issue("hub"))
    (folder / "other-ca.pem").write_bytes(pem(Authority.make("Another authority").certificate))


def broker_properties(folder: Path, sasl_port: int, ssl_port: int) -> str:
    """The secured listeners, for `EmbeddedKafka`."""
    text = LISTENERS
    for name, value in {
        "SASL_PORT": str(sasl_port),
        "SSL_PORT": str(ssl_port),
        "FOLDER": folder.as_posix(),
        "HUB_USER": USER,
        "STRANGER": STRANGER,
        "PASSWORD": PASSWORD,
    }.items():
        text = text.replace(name, value)
    return text


def make_users(bootstrap: str) -> None:
    """The passwords that SCRAM knows, over the listener that asks for none."""
    with admin(bootstrap) as client:
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
            wanted = UserScramCredentialUpsertion(USER, mechanism, PASSWORD)
            assert client.alter_user_scram_credentials([wanted]) == {USER: None}


def grant(bootstrap: str, prefix: str) -> None:
    """Give the hub its rights on what begins with the prefix."""
    acls = [
        ACL(
            principal,
            "*",
            ACLOperation[operation],
            ACLPermissionType.ALLOW,
            ResourcePattern(kind, f"{prefix}.", ACLResourcePatternType.PREFIXED),
        )
        for principal in PRINCIPALS
        for kind, operations in RIGHTS.items()
        for operation in operations
    ]
    with admin(bootstrap) as client:
        assert client.create_acls(acls)["failed"] == []


def _signed(
    name: str, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey, issuer: str, *, authority: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    places = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if not authority:
        builder = builder.add_extension(x509.SubjectAlternativeName(places), critical=False)
    return builder.sign(by, hashes.SHA256())
