"""Settings: every one documented, every mistake named with its value and fix, no secret ever shown."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from hub import secret_files
from hub.errors import Fatal
from hub.settings import Settings, SettingWrong, is_hex_key, load, rows, unknown_variables

KEY = "ab" * 32


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    import os

    for name in list(os.environ):
        if name.startswith("HUB_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_nothing_need_be_set():
    settings = load()
    assert settings.bootstrap == ""
    assert settings.partnership == "demo"
    assert settings.data_dir == Path("var").resolve()
    assert settings.on_this_machine


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("HUB_BATCH_RECORDS", "0", "greater than or equal to 1"),
        ("HUB_BATCH_MS", "soon", "integer"),
        ("HUB_BOOTSTRAP", "kafka without port", "pattern"),
        ("HUB_PARTNERSHIP", "North Shire", "pattern"),
        ("HUB_EFFECTS_FROM", "2026-01-31T00:00:00", "timezone"),
        ("HUB_LOG_LEVEL", "loud", "'debug', 'info'"),
        ("HUB_METRICS_PORT", "70000", "65535"),
    ],
)
def test_a_mistake_names_the_setting_the_value_and_the_fix(monkeypatch, variable, value, says):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingWrong) as caught:
        load()
    assert isinstance(caught.value, Fatal)
    assert variable in caught.value.what
    assert value in caught.value.what
    assert says in caught.value.what
    assert Settings.model_fields[variable.removeprefix("HUB_").lower()].description in caught.value.remedy


def test_two_mistakes_are_both_named(monkeypatch):
    monkeypatch.setenv("HUB_BATCH_MS", "0")
    monkeypatch.setenv("HUB_PARTITIONS", "0")
    with pytest.raises(SettingWrong, match=r"HUB_PARTITIONS.*HUB_BATCH_MS"):
        load()


def test_a_wrong_secret_is_never_shown(monkeypatch):
    monkeypatch.setenv("HUB_PSEUDONYM_KEY", "tooshortbutsecret")
    with pytest.raises(SettingWrong) as caught:
        load()
    assert "tooshortbutsecret" not in str(caught.value)
    assert "HUB_PSEUDONYM_KEY" in caught.value.what
    assert caught.value.__cause__ is None


def test_a_slip_of_the_pen_is_refused_and_a_stranger_is_not(monkeypatch):
    monkeypatch.setenv("HUB_SERVICE_HOST", "10.0.0.1")  # as Kubernetes sets it for a service called "hub"
    assert load()
    monkeypatch.setenv("HUB_BOOTSTARP", "127.0.0.1:9092")
    assert unknown_variables({"HUB_BOOTSTARP": "", "HUB_BOOTSTRAP": "", "PATH": ""}) == ["HUB_BOOTSTARP"]
    with pytest.raises(SettingWrong, match="Did you mean HUB_BOOTSTRAP"):
        load()


def test_an_env_file_is_read_and_the_environment_outranks_it(monkeypatch, tmp_path):
    env = tmp_path / "hub.env"
    env.write_text("HUB_PARTNERSHIP=northshire\nHUB_BATCH_MS=20\n")
    monkeypatch.setenv("HUB_ENV_FILE", str(env))
    monkeypatch.setenv("HUB_BATCH_MS", "30")
    assert (load().partnership, load().batch_ms) == ("northshire", 30)
    env.unlink()
    with pytest.raises(SettingWrong, match="HUB_ENV_FILE"):
        load()


def test_every_setting_is_described_and_quantities_have_units():
    listed = list(rows(load()))
    assert {row.variable for row in listed} == {f"HUB_{name.upper()}" for name in Settings.model_fields}
    assert all(row.description.endswith(".") and len(row.description) > 20 for row in listed)
    numbers = [n for n, f in Settings.model_fields.items() if f.annotation in (int, float)]
    units = {row.variable: row.unit for row in listed}
    assert all(units[f"HUB_{name.upper()}"] for name in numbers)
    assert len(numbers) >= 6


def test_secrets_are_masked_where_settings_are_listed(monkeypatch):
    monkeypatch.setenv("HUB_PSEUDONYM_KEY", KEY)
    assert KEY not in repr(list(rows(load()))) + repr(load())


def test_secrets_are_made_once_with_owner_only_rights(tmp_path):
    settings = load(data_dir=tmp_path)
    made = secret_files.make_missing(settings)
    assert {path.name for path in made} == {"pseudonym.key", "master.key"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 and is_hex_key(path.read_text()) for path in made)
    assert made[0].read_text() != made[1].read_text()
    assert secret_files.make_missing(settings) == []
    first = secret_files.pseudonyms(settings)
    assert secret_files.pseudonyms(settings) == first
    assert not list((tmp_path / "secrets").glob("*.*.*"))


def test_no_secret_is_made_up_where_other_machines_need_the_same(tmp_path):
    settings = load(data_dir=tmp_path, bootstrap="kafka.example:9092")
    with pytest.raises(secret_files.SecretMissing, match="HUB_PSEUDONYM_KEY"):
        secret_files.pseudonyms(settings)
    with pytest.raises(secret_files.SecretMissing, match="HUB_MASTER_KEY_FILE"):
        secret_files.key_store(settings)
    assert secret_files.make_missing(settings) == []


def test_a_key_store_whose_master_key_is_gone_gets_no_new_one(tmp_path):
    settings = load(data_dir=tmp_path)
    store = secret_files.key_store(settings)
    kept = store.ensure(["a"])["a"]
    store.close()
    reopened = secret_files.key_store(settings)
    assert reopened.get("a") == kept
    reopened.close()
    secret_files.master_file(settings).unlink()
    assert secret_files.make_missing(settings) == [secret_files.pseudonym_file(settings)]
    with pytest.raises(secret_files.SecretMissing, match=r"master\.key is not"):
        secret_files.key_store(settings)


def test_a_secret_that_others_can_read_is_refused(tmp_path):
    settings = load(data_dir=tmp_path)
    secret_files.make_missing(settings)
    secret_files.pseudonym_file(settings).chmod(0o644)
    with pytest.raises(Fatal, match="can be read by others"):
        secret_files.pseudonyms(settings)


def test_a_damaged_secret_is_refused_without_being_quoted(tmp_path):
    settings = load(data_dir=tmp_path)
    secret_files.make_missing(settings)
    secret_files.pseudonym_file(settings).write_text("notthirtytwobytes")
    with pytest.raises(Fatal) as caught:
        secret_files.pseudonyms(settings)
    assert "notthirtytwobytes" not in str(caught.value)


def test_without_kafka_the_fix_is_named():
    with pytest.raises(SettingWrong, match="mash up"):
        load().require_bootstrap()
