"""Settings of a secured Kafka: what they come to for each client, and every mistake named with its fix."""

from __future__ import annotations

import ast
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from hub.errors import Fatal
from hub.kafka.admin import Found, compare, durability
from hub.kafka.clients import Connection, client_arguments, connection, faust_arguments
from hub.settings import SettingWrong, load, rows
from hub.topics import topic
from tests.kafka import secured

ROOT = Path(__file__).parents[2]
PASSWORD = "quite-made-up"
SASL = {
    "kafka_security": "SASL_SSL",
    "kafka_sasl_mechanism": "SCRAM-SHA-512",
    "kafka_user": "hub",
    "kafka_password": PASSWORD,
}


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pem")
    secured.make_files(folder)
    key = serialization.load_pem_private_key((folder / "client.pem").read_bytes(), None)
    (folder / "locked.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"made up"),
        )
    )
    (folder / "not.pem").write_text("Dear all")
    (folder / "password").write_text(PASSWORD + "\n")
    (folder / "password").chmod(0o600)
    (folder / "empty").touch(mode=0o600)
    (folder / "open").write_text(PASSWORD)
    (folder / "open").chmod(0o644)
    return folder


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    import os

    for name in list(os.environ):
        if name.startswith("HUB_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def settings(**fields):
    return load(find_running=False, **{"bootstrap": "kafka1.example:9092,kafka2.example:9093"} | fields)


def test_without_more_it_is_plain():
    found = connection(settings())
    assert found == Connection("kafka1.example:9092,kafka2.example:9093")
    assert not found.encrypted
    assert not found.authenticated
    assert (
        client_arguments(found)
        == client_arguments(found.bootstrap)
        == {
            "bootstrap_servers": ["kafka1.example:9092", "kafka2.example:9093"],
            "security_protocol": "PLAINTEXT",
            "ssl_context": None,
        }
    )
    assert faust_arguments(found) == {
        "broker": "kafka://kafka1.example:9092;kafka://kafka2.example:9093",
        "broker_credentials": None,
    }


def test_a_password_over_tls(pem):
    found = connection(settings(**SASL, kafka_ca_file=pem / "ca.pem"))
    arguments = client_arguments(found)
    context = arguments.pop("ssl_context")
    assert arguments == {
        "bootstrap_servers": ["kafka1.example:9092", "kafka2.example:9093"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "hub",
        "sasl_plain_password": PASSWORD,
    }
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(context.get_ca_certs()) == 1
    credentials = faust_arguments(found)["broker_credentials"]
    assert (credentials.protocol.value, credentials.mechanism.value) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (credentials.username, credentials.password) == ("hub", PASSWORD)
    assert credentials.ssl_context.check_hostname


def test_a_password_in_the_open():
    found = connection(settings(**SASL | {"kafka_security": "SASL_PLAINTEXT"}))
    assert client_arguments(found)["ssl_context"] is None
    credentials = faust_arguments(found)["broker_credentials"]
    assert (credentials.protocol.value, credentials.ssl_context) == ("SASL_PLAINTEXT", None)


def test_a_certificate_with_its_key_in_the_same_file(pem):
    files = {"kafka_ca_file": pem / "ca.pem", "kafka_cert_file": pem / "client.pem"}
    found = connection(settings(kafka_security="SSL", **files))
    assert faust_arguments(found)["broker_credentials"].protocol.value == "SSL"
    assert client_arguments(found)["security_protocol"] == "SSL"
    assert connection(settings(kafka_security="SSL", **files, kafka_key_file=pem / "client.pem")).key_file


def test_without_an_authority_the_system_s_are_trusted():
    context = client_arguments(Connection("kafka.example:9092", "SSL"))["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_the_password_from_its_file_without_the_line_s_end(pem):
    fields = SASL | {"kafka_password": None, "kafka_password_file": pem / "password"}
    assert connection(settings(**fields)).password == PASSWORD


MISTAKES = {
    "no mechanism": (SASL | {"kafka_sasl_mechanism": ""}, "HUB_KAFKA_SASL_MECHANISM is not set"),
    "no user": (SASL | {"kafka_user": ""}, "HUB_KAFKA_USER is not set"),
    "no password": (SASL | {"kafka_password": None}, "HUB_KAFKA_PASSWORD is not set"),
    "two passwords": (SASL | {"kafka_password_file": "password"}, "HUB_KAFKA_PASSWORD_FILE are both set"),
    "a user that nobody asks for": ({"kafka_user": "hub"}, "HUB_KAFKA_USER is set, and with HUB_KAFKA_SECURITY PLAIN"),
    "a password that nobody asks for": (SASL | {"kafka_security": "SSL"}, "HUB_KAFKA_SASL_MECHANISM is set"),
    "files, and no TLS": ({"kafka_ca_file": "ca.pem"}, "HUB_KAFKA_CA_FILE is set"),
    "a key by itself": ({"kafka_security": "SSL", "kafka_key_file": "client.pem"}, "HUB_KAFKA_KEY_FILE is set without"),
    "no such authority": ({"kafka_security": "SSL", "kafka_ca_file": "none"}, r"HUB_KAFKA_CA_FILE, .*FileNotFound"),
    "no authority": (
        {"kafka_security": "SSL", "kafka_ca_file": "not.pem"},
        "HUB_KAFKA_CA_FILE, .* holds no certificate",
    ),
    "no such certificate": ({"kafka_security": "SSL", "kafka_cert_file": "none"}, "HUB_KAFKA_CERT_FILE, .*cannot be"),
    "a certificate without key": ({"kafka_security": "SSL", "kafka_cert_file": "ca.pem"}, "HUB_KAFKA_CERT_FILE, "),
    "no such key": (
        {"kafka_security": "SSL", "kafka_cert_file": "client.pem", "kafka_key_file": "none"},
        "HUB_KAFKA_KEY_FILE, .*FileNotFound",
    ),
    "a locked key": (
        {"kafka_security": "SSL", "kafka_cert_file": "client.pem", "kafka_key_file": "locked.key"},
        "HUB_KAFKA_CERT_FILE, .*is encrypted",
    ),
    "another's key": (
        {"kafka_security": "SSL", "kafka_cert_file": "client.pem", "kafka_key_file": "broker.pem"},
        "HUB_KAFKA_CERT_FILE, .*another's",
    ),
    "no such password file": (
        SASL | {"kafka_password": None, "kafka_password_file": "none"},
        "HUB_KAFKA_PASSWORD_FILE, .*FileNotFound",
    ),
    "an empty password file": (SASL | {"kafka_password": None, "kafka_password_file": "empty"}, "is empty"),
    "a password for all to read": (
        SASL | {"kafka_password": None, "kafka_password_file": "open"},
        "can be read by others",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_names_the_setting_and_the_fix(pem, mistake):
    fields, says = MISTAKES[mistake]
    fields = {name: pem / value if name.endswith("_file") else value for name, value in fields.items()}
    with pytest.raises(SettingWrong, match=says) as caught:
        connection(settings(**fields))
    assert isinstance(caught.value, Fatal)
    assert "HUB_KAFKA_" in caught.value.remedy or "chmod 600" in caught.value.remedy
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("HUB_KAFKA_SECURITY", "TLS"), ("HUB_KAFKA_SASL_MECHANISM", "GSSAPI"), ("HUB_REPLICATION", "0")],
)
def test_a_value_that_is_none(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingWrong, match=f"{variable} is '{value}'"):
        load(find_running=False)


def test_no_kafka_at_all():
    with pytest.raises(SettingWrong, match="mash up"):
        connection(settings(bootstrap=""))


def test_the_password_is_never_shown():
    found = settings(**SASL)
    shown = repr(found) + repr(list(rows(found))) + repr(connection(found)) + str(connection(found))
    assert PASSWORD not in shown


def test_the_embedded_kafka_takes_no_password(tmp_path):
    from hub.supervisor.supervisor import Supervisor

    hub = Supervisor(settings(bootstrap="", data_dir=tmp_path, **SASL), [], to_files=False)
    with pytest.raises(SettingWrong, match="HUB_KAFKA_SECURITY is SASL_SSL"):
        hub._start_broker()


def test_copies_that_are_set_are_held_to_and_others_are_nobody_s_business():
    facts = topic("facts")
    assert compare(facts, "n", 1, Found(1, facts.configs(), copies=1)).state == "ready"
    safe = facts.configs() | durability(3)
    assert compare(facts, "n", 1, Found(1, safe, copies=3), 3).state == "ready"
    assert compare(facts, "n", 1, Found(1, safe, copies=2), 3).differences == ("2 copies instead of 3",)
    assert [durability(n)["min.insync.replicas"] for n in (1, 2, 3, 5)] == ["1", "1", "2", "2"]


def test_every_client_is_made_with_what_this_module_gives():
    """Whoever names servers, or asks the settings for the address, goes past encryption and password."""
    allowed = {"hub/kafka/clients.py", "hub/settings.py", "hub/worker/transport.py", "bench/limits.py"}
    past = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("hub", "connectors", "streams", "triage", "bench")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in allowed
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.keyword) and node.arg == "bootstrap_servers")
        or (isinstance(node, ast.Attribute) and node.attr == "require_bootstrap")
    ]
    assert past == []
