"""A schema registry that speaks Confluent's API (Confluent, Apicurio, Karapace, Redpanda). HTTP and nothing else.

Subjects are full names (Confluent's RecordNameStrategy), since one topic carries several types.
"""

from __future__ import annotations

import json
from typing import Any

import requests
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from hub.avro import BadAvro
from hub.avro_schema import Schema
from hub.errors import Fatal, Retriable

TIMEOUT_S = 10
_ATTEMPTS = 5
"""About 8 s in all: longer than a registry's fail-over, shorter than a supervisor's patience."""
_NOT_FOUND = 404
_SERVER_ERROR = 500
_MEDIA = {"Content-Type": "application/vnd.schemaregistry.v1+json"}


class RegistryAway(Retriable):
    """The registry does not answer, or says that it is at fault."""


class RegistryRefused(Fatal):
    """The registry refuses what is asked."""


class HttpRegistry:
    """A registry at a URL.

    Args:
        url: its base, such as `https://registry.example/apis/ccompat/v7`.
    """

    def __init__(self, url: str) -> None:
        """See the class."""
        self._url = url.rstrip("/")
        self._session = requests.Session()

    def id_of(self, schema: Schema) -> int:
        """The id of a schema, registered under its full name if new.

        Raises:
            RegistryAway: after all attempts.
            RegistryRefused: it is not compatible with what the registry holds, or not allowed.
        """
        subject = f"{schema['namespace']}.{schema['name']}"
        answer = self._ask("POST", f"/subjects/{subject}/versions", {"schema": json.dumps(schema)})
        return int(answer["id"])

    def schema(self, schema_id: int) -> Schema:
        """The schema with that id.

        Raises:
            RegistryAway: after all attempts.
            BadAvro: there is none.
        """
        try:
            found: Schema = json.loads(self._ask("GET", f"/schemas/ids/{schema_id}", None)["schema"])
        except RegistryRefused as error:
            text = f"The registry has no schema {schema_id}."
            raise BadAvro(text, "Look at what writes to this topic.", reason="unknown-schema") from error
        return found

    @retry(
        retry=retry_if_exception_type(RegistryAway),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_exponential_jitter(multiplier=0.5, max=4),
        reraise=True,
    )
    def _ask(self, method: str, path: str, body: dict[str, str] | None) -> Any:
        try:
            answer = self._session.request(method, self._url + path, json=body, headers=_MEDIA, timeout=TIMEOUT_S)
        except requests.RequestException as error:
            text = f"The schema registry does not answer ({type(error).__name__})."
            raise RegistryAway(text, "Check HUB_SCHEMA_REGISTRY and that the registry runs.") from error
        if answer.status_code >= _SERVER_ERROR:
            raise RegistryAway(f"The schema registry answers {answer.status_code}.", "Look at the registry's own log.")
        if not answer.ok:
            text = f"The schema registry refuses {method} {path} with {answer.status_code}."
            raise RegistryRefused(text, "It says why in its log; an incompatible schema must be changed, not forced.")
        return answer.json()
