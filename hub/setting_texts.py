"""What is said of settings: rows for people, what is wrong and the fix, slips of the pen. Reads no file."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

PREFIX = "HUB_"
ENV_FILE = "HUB_ENV_FILE"
"""Names the env file; without it `.env` in the current folder is read where there is one."""
SIMILAR = 0.8
"""How like a setting's name (difflib's ratio) an unknown variable must be to be taken for a slip of the pen."""

Fields = Mapping[str, FieldInfo]


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting as `mash settings` and the reference page show it."""

    variable: str
    value: str
    default: str
    unit: str
    description: str


def rows(settings: BaseModel) -> Iterator[SettingRow]:
    """Every setting with its value; secrets masked."""
    for name, info in type(settings).model_fields.items():
        value = getattr(settings, name)
        extra = info.json_schema_extra
        yield SettingRow(
            variable=PREFIX + name.upper(),
            value="" if value is None else str(value),  # SecretStr masks itself
            default="" if info.default is PydanticUndefined or info.default is None else str(info.default),
            unit=str(extra.get("unit", "")) if isinstance(extra, dict) else "",
            description=info.description or "",
        )


def unknown(variables: Iterable[str], fields: Fields) -> list[str]:
    """`HUB_*` variables that are no setting."""
    known = {PREFIX + name.upper() for name in fields} | {ENV_FILE}
    return sorted(name for name in variables if name.startswith(PREFIX) and name not in known)


def slips(variables: Iterable[str], fields: Fields) -> Iterator[tuple[str, str]]:
    """Variables that are no setting but look like one: a misspelt setting must not be passed over in silence."""
    known = [name.upper() for name in fields]
    for name in unknown(variables, fields):
        if close := difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1, cutoff=SIMILAR):
            yield name, PREFIX + close[0]


def explained(error: ValidationError, fields: Fields) -> tuple[str, str]:
    """What is wrong, and the fix, setting by setting."""
    wrong, fixes = [], []
    for problem in error.errors(include_url=False, include_context=False):
        name = str(problem["loc"][0])
        info = fields.get(name)
        secret = info is not None and "SecretStr" in str(info.annotation)
        shown = "set (a secret: not shown)" if secret else repr(problem["input"])
        wrong.append(f"{PREFIX}{name.upper()} is {shown}: {problem['msg']}.")
        if info:
            example = f" For example: {info.examples[0]}" if info.examples else ""
            fixes.append(f"{PREFIX}{name.upper()}: {info.description}{example}")
    return " ".join(wrong), "\n".join(fixes)
