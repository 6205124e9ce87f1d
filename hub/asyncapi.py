"""The AsyncAPI 3 document of every topic, out of the catalogue. Only text is made here.

AsyncAPI 3.0.0, Kafka bindings 0.5.0, Avro payloads as multi-format schemas (the files in `schemas/`).
"""

from __future__ import annotations

from typing import Any

import yaml

from hub.avro_schema import schema_of
from hub.messages import MESSAGES, Part
from hub.topics import CATALOGUE, Topic

_AVRO = "application/vnd.apache.avro+json;version=1.12.0"
_HEADERS = {
    "type": "object",
    "description": "CloudEvents 1.0 attributes and W3C trace context.",
    "properties": {
        "ce_id": {"type": "string", "description": "Deterministic id of the event."},
        "ce_source": {"type": "string", "description": "Connector or stage."},
        "ce_type": {"type": "string", "description": "Full name of the message."},
        "ce_time": {"type": "string", "format": "date-time"},
        "traceparent": {"type": "string"},
        "mash_published": {
            "type": "string",
            "description": "When the record entered the hub, microseconds since 1970 UTC.",
        },
    },
}


def document(version: str, prefix: str = "mash") -> dict[str, Any]:
    """The document.

    Args:
        version: of the hub.
        prefix: first part of every topic's name.
    """
    topics = [t for t in CATALOGUE if t.messages]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "MASH Hub",
            "version": version,
            "description": "Every topic of the hub. Personal fields are sealed by source identity; keys are hashes.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/avro",
        "channels": {t.name: _channel(t, prefix) for t in topics},
        "operations": {k: v for t in topics for k, v in _operations(t).items()},
        "components": {"messages": {m.__name__: _message(m) for m in MESSAGES if _travels(m)}},
    }


def text(version: str) -> str:
    """The document as YAML."""
    return yaml.safe_dump(document(version), sort_keys=False, allow_unicode=True, width=120)


def _travels(model: type[Part]) -> bool:
    return any(model in t.messages for t in CATALOGUE)


def _channel(topic: Topic, prefix: str) -> dict[str, Any]:
    policy = ["compact"] if topic.compacted else ["delete"]
    configuration: dict[str, Any] = {"cleanup.policy": policy}
    if not topic.compacted:
        configuration["retention.ms"] = topic.retention_ms
    return {
        "address": topic.full_name(prefix),
        "description": f"{topic.what} Key: {topic.key}.",
        "messages": {m.__name__: {"$ref": f"#/components/messages/{m.__name__}"} for m in topic.messages},
        "bindings": {"kafka": {"topicConfiguration": configuration, "bindingVersion": "0.5.0"}},
    }


def _operations(topic: Topic) -> dict[str, Any]:
    channel = {"$ref": f"#/channels/{topic.name}"}
    writes = {f"{w}-writes-{topic.name}": {"action": "send", "channel": channel} for w in topic.writers}
    reads = {f"{r}-reads-{topic.name}": {"action": "receive", "channel": channel} for r in topic.readers}
    return writes | reads


def _message(model: type[Part]) -> dict[str, Any]:
    return {
        "name": f"{model.namespace}.{model.__name__}",
        "summary": " ".join((model.__doc__ or "").split()),
        "contentType": "application/avro",
        "headers": _HEADERS,
        "payload": {"schemaFormat": _AVRO, "schema": schema_of(model)},
    }
