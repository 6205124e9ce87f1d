"""The bench's desk is a desk as the view would make it: its pages open, so that what is measured is what people see."""

from __future__ import annotations

import requests

from bench import desk as bench
from bench import desk_county as county
from hub.kafka.embedded import free_port
from hub.settings import load


def test_everybody_at_the_benchs_desk_sees_their_pages(tmp_path):
    settings = load(find_running=False, data_dir=tmp_path, bootstrap="127.0.0.1:1", desk_port=free_port())
    staff, opened, engine = bench.staff_of(settings, 200, 4, county.moment())
    engine.dispose()
    assert opened
    with bench.serving(settings, tmp_path) as (url, _):
        for who in staff:
            for kind in who.ways:
                path = next(path for found, path in iter(who.next, None) if found == kind)
                answer = requests.get(f"{url}{path}", cookies={"desk": who.cookie}, timeout=60)
                assert answer.status_code == 200, (kind, answer.status_code)
