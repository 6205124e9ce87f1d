"""Whatever stands in a pack's file, it is taken or refused in words with a line: nothing else ever comes out."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.picture.rules.engine import load_engine
from streams.picture.rules.load import RulePackWrong, default_pack

PACK: dict[str, Any] = yaml.safe_load(default_pack().with_name("thistlemere.yaml").read_text("utf-8"))
ODD = [
    None, "", "1/0", 0, -1, 10**30, 1.5, float("nan"), float("inf"), True, [], {}, [[]], [None], {"any": []}, {"any": [{}]},
    {"age": {"at_least": "x"}}, {"age": {}}, {"": ""}, {1: 2}, "@", "@worry", ["@nothing"], "missing.reported", "\x07", "2027-02-31",
]  # fmt: skip


def places(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(p for name, value in items for p in places(value, (*path, name)))]


PLACES = places(PACK)[1:]


def changed(path: tuple[str | int, ...], value: Any, *, drop: bool) -> dict[str, Any]:
    pack = copy.deepcopy(PACK)
    node: Any = pack
    for step in path[:-1]:
        node = node[step]
    if drop:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return pack


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PLACES), value=st.sampled_from(ODD), drop=st.booleans())
def test_a_pack_with_anything_odd_in_it_works_or_is_refused_with_a_line(
    tmp_path: Path, path: tuple[str | int, ...], value: Any, *, drop: bool
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(changed(path, value, drop=drop), sort_keys=False, allow_unicode=True), "utf-8")
    refused: RulePackWrong | None = None
    try:
        load_engine(file)
    except RulePackWrong as error:
        refused = error
    assert refused is None or (refused.remedy and re.search(r"rules\.yaml: line \d+ \(.+\): ", str(refused)))


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]\n", "groups: &g {x: *g}\n", "indicators:\n  - where: &w {any: [*w]}\n", "? [1, 2]\n: 3\n", "1: 2\n", "- - -\n",
        "pack: !!python/object/apply:os.system ['x']\n", "a: b: c\n", "\ud83d\n", "pack: default\n---\npack: other\n", "null\n", "%YAML 9.9\n",
        "<<: 3\n", "where: {any: " + "[{any: " * 400 + "]}" * 400 + "}\n", "[" * 3_000,
    ],
    ids=str.__len__,
)  # fmt: skip
def test_yaml_that_is_no_pack_is_refused_with_the_files_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(RulePackWrong, match=r"rules\.yaml"):
        load_engine(file)
