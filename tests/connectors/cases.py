"""Golden mapping cases: files that somebody who does not program can read and add to. No case of its own may live here.

A case says what is `given` and what it `gives`: the records, in order, with only those fields that the case is about. A list is compared
item by item and must have the same length; a mapping needs only the keys that the case names. `refused` names the
reason of the reject instead.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.kit.api import Context, Format, Reject, Unreadable

CONTEXT = Context(
    partnership="testshire",
    system="case_system",
    received_at=datetime(2026, 1, 6, 9, 0, tzinfo=UTC),
    extracted_at=datetime(2026, 1, 6, 6, 0, tzinfo=UTC),
)
SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "formats"


def cases(path: Path) -> list[Any]:
    """The cases of a file, each named by its title."""
    return [pytest.param(case, id=case["case"]) for case in yaml.safe_load(path.read_text("utf-8"))]


def outcome(fmt: Format, raw: bytes, context: Context = CONTEXT) -> tuple[list[dict[str, Any]], list[str]]:
    """What becomes of a source: its records (without what is default) and the reasons of its rejects."""
    records: list[dict[str, Any]] = []
    reasons: list[str] = []
    try:
        for native in fmt.read(io.BytesIO(raw)):
            if isinstance(native, Reject):
                reasons.append(native.reason)
                continue
            try:
                records += [r.model_dump(mode="json", exclude_defaults=True) for r in fmt.translate(native, context)]
            except Unreadable as error:
                reasons.append(error.reason)
    except Unreadable as error:
        reasons.append(error.reason)
    return records, reasons


def assert_case(fmt: Format, case: dict[str, Any]) -> None:
    """Hold a case against the format."""
    records, reasons = outcome(fmt, case["given"].encode())
    expected_reasons = [case["refused"]] if "refused" in case else case.get("refusals", [])
    assert reasons == expected_reasons
    expected = case.get("gives", [])
    assert len(records) == len(expected), [r["local_id"] for r in records]
    for record, wanted in zip(records, expected, strict=True):
        assert_holds(record, wanted, record["local_id"])


def assert_holds(found: Any, wanted: Any, where: str) -> None:
    """`found` says everything that `wanted` says."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict), where
        for key, value in wanted.items():
            if value is None:
                assert key not in found, f"{where}.{key} should not be there"
            else:
                assert key in found, f"{where}.{key} is missing; there are {sorted(found)}"
                assert_holds(found[key], value, f"{where}.{key}")
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), f"{where}: {found}"
        for at, (one, other) in enumerate(zip(found, wanted, strict=True)):
            assert_holds(one, other, f"{where}[{at}]")
    else:
        assert str(found) == str(wanted), where


def count_sample(fmt: Format, path: Path) -> tuple[int, int, dict[str, int]]:
    """Natives, records and rejects by reason of a sample file. Fails where a row became neither."""
    natives = records = 0
    rejects: dict[str, int] = {}
    with path.open("rb") as source:
        for native in fmt.read(source):
            natives += 1
            if isinstance(native, Reject):
                rejects[native.reason] = rejects.get(native.reason, 0) + 1
                continue
            try:
                given = fmt.translate(native, CONTEXT)
            except Unreadable as error:
                rejects[error.reason] = rejects.get(error.reason, 0) + 1
                continue
            assert given, f"{path.name} {native.position} became nothing"
            records += len(given)
    return natives, records, rejects
