"""What one agency holds of a person, line by line: the draft that its researcher confirms. Writes nothing."""

from __future__ import annotations

from hub.messages import Bundle
from streams.check.render.build import Library
from streams.check.render.opening import open_bundle
from streams.check.render.story import chronology
from streams.check.render.words import agency_name


def lines_of(bundle: Bundle | None, agency: str, library: Library) -> list[str]:
    """The agency's own records as sentences, newest first; empty where it holds none."""
    if bundle is None:
        return []

    def name(code: str) -> str:
        return agency_name(code, library.config, bundle.partnership)

    opener, entries = open_bundle(bundle, library.sealer)
    own = [e for e in entries if e.entry.agency == agency]
    lines = chronology(bundle, own, opener, library.catalogue, name)
    return [f"{line.when}: {line.kind}" + "".join(f"; {fact}" for fact in line.what) for line in lines]
