"""Confluent framing: against a small HTTP server that keeps schemas by the API's rules (no registry package runs here)."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from hub import avro
from hub.messages import Tick
from hub.registry import HttpRegistry, RegistryAway

TICK = Tick(at=datetime(2026, 1, 1, tzinfo=UTC))


class _Registry(BaseHTTPRequestHandler):
    schemas: list[str]

    def do_POST(self) -> None:
        schema = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["schema"]
        if schema not in self.schemas:
            self.schemas.append(schema)
        self._answer(200, {"id": self.schemas.index(schema) + 1})

    def do_GET(self) -> None:
        place = int(self.path.rsplit("/", 1)[1]) - 1
        known = 0 <= place < len(self.schemas)
        self._answer(200 if known else 404, {"schema": self.schemas[place]} if known else {"error_code": 40403})

    def _answer(self, status: int, body: dict) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def registry():
    handler = type("Handler", (_Registry,), {"schemas": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    found = HttpRegistry(f"http://127.0.0.1:{server.server_port}/")
    avro.use_registry(found)
    yield found
    avro.use_registry(None)
    found._session.close()
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_message_is_framed_by_the_registry_s_id(registry) -> None:
    data = avro.encode(TICK)
    assert data[:5] == b"\x00\x00\x00\x00\x01"
    assert avro.decode(data) == TICK


def test_both_framings_are_read(registry) -> None:
    framed = avro.encode(TICK)
    avro.use_registry(None)
    single = avro.encode(TICK)
    avro.use_registry(registry)
    assert avro.decode(framed) == avro.decode(single) == TICK


def test_an_unknown_id_is_set_aside(registry) -> None:
    with pytest.raises(avro.BadAvro, match="no schema 77") as caught:
        avro.decode(b"\x00\x00\x00\x00\x4dbody")
    assert caught.value.reason == "unknown-schema"


def test_a_registry_that_is_away_is_retriable(monkeypatch) -> None:
    monkeypatch.setattr(HttpRegistry._ask.retry, "wait", lambda _: 0)
    away = HttpRegistry("http://127.0.0.1:9")
    with pytest.raises(RegistryAway, match="HUB_SCHEMA_REGISTRY") as caught:
        away.schema(1)
    assert caught.value.retriable
    away._session.close()
