"""The AsyncAPI document: valid by the specification's own JSON schema, and what the code says.

The schema file is AsyncAPI 3.0.0's, from the `@asyncapi/specs` package 6.11.1 (Apache-2.0), unchanged but for white space.
"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import yaml

from hub import asyncapi
from hub.metrics import hub_version
from hub.topics import CATALOGUE
from schemas import HERE

SPECIFICATION = json.loads((Path(__file__).parent / "asyncapi-3.0.0.schema.json").read_text("utf-8"))


def test_the_document_is_valid() -> None:
    document = yaml.safe_load(asyncapi.text(hub_version()))
    jsonschema.Draft7Validator(SPECIFICATION).validate(document)


def test_the_file_is_what_the_code_says() -> None:
    assert (HERE / "asyncapi.yaml").read_text("utf-8") == asyncapi.text(hub_version()), "run `mash schemas write`"


def test_every_topic_with_messages_is_in_it() -> None:
    assert asyncapi.document("1")["channels"].keys() == {t.name for t in CATALOGUE if t.messages}
