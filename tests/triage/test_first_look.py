"""The first sixty seconds say who is alleged to have harmed, and whoever else has to be known at once."""

from __future__ import annotations

from streams.check.render.view import Named, Source
from triage.first_look import alleged

NOTICE = Source("Police", "notices", "PPN-1", "20 November 2026")


def test_who_is_suspected_is_named_with_the_record_that_says_so() -> None:
    named = [
        Named("Corwin Maybe", "suspect", "30 January 1990 (aged 36)", [NOTICE]),
        Named("Marisol Testbrook", "victim", "", [NOTICE]),
    ]
    [line] = alleged(named)
    assert line.what == "Corwin Maybe, born 30 January 1990 (aged 36)"
    assert line.flag == "Suspect in a record"
    assert line.by == "Police PPN-1"
    assert alleged(named[1:]) == []
