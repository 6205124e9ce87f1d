"""`mash identity shadow`: what another match model would make of the persons of the running hub. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from hub.cli.output import AsJson, console, write_json, write_table
from hub.sealing import Sealer
from hub.secret_files import key_store, pseudonyms
from hub.settings import load
from streams.identity import shadow as trying
from streams.identity.core import IdentityCore
from streams.identity.lookup import SHORT, open_lookup
from streams.identity.model import load_model
from streams.identity.rows import COUNTER, num_at
from streams.identity.shadow import Difference, Members


def shadow(
    model: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The match model to try.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Try another match model on the running hub's identities: which persons it would join, part or share out anew.

    Nothing is changed and nothing is sent. Features are as the records were cleaned when they came. To switch, put the
    model where the hub reads it (`HUB_PACKS_DIR`) and start the identity worker anew: it compares everybody again.
    """
    settings, other = load(), load_model(model)
    lookup = open_lookup(settings)
    names, sealer = pseudonyms(settings), Sealer(key_store(settings))
    cores = [IdentityCore(names, sealer, other) for _ in lookup.stores]
    counters = [store.get(COUNTER) for store in lookup.stores]
    with Progress(console=console(), transient=True, disable=as_json) as progress:
        task = progress.add_task("Comparing", total=sum(num_at(c, 0) for c in counters if c) or 1)
        found = trying.shadow(lookup, cores, lambda more: progress.advance(task, more))
    if as_json:
        write_json(trying.as_json(found))
    else:
        _print(found)


def _print(found: Difference) -> None:
    rows = [
        ("persons", f"{found.persons[0]:,}", f"{found.persons[1]:,}"),
        ("open reviews", f"{found.reviews[0]:,}", f"{found.reviews[1]:,}"),
    ]
    write_table(f"{found.identities:,} source identities with the model {found.model}", ("", "are", "would be"), rows)
    changes = [("join", _beside(some), "one person") for some in found.joined]
    changes += [("part", "one person", _beside(some)) for some in found.parted]
    changes += [("share out anew", _beside(was), _beside(becomes)) for was, becomes in found.rearranged]
    if changes:
        write_table(f"{len(changes)} changes to persons", ("it would", "of", "to"), changes)
        console().print("Look at a pair with `mash identity explain A B`, which speaks by the model in use.")
    else:
        console().print("It would change nobody's person.")


def _beside(some: Sequence[Members]) -> str:
    return " | ".join(_short(members) for members in some)


def _short(members: Iterable[str]) -> str:
    return " ".join(sorted(member[:SHORT] for member in members))
