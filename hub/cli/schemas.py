"""`mash schemas`: write, check and release the contract's files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub import asyncapi, schema_files
from hub.avro_schema import schema_of
from hub.errors import Fatal
from hub.messages import MESSAGES
from hub.metrics import hub_version
from schemas import HERE

app = typer.Typer(
    help="The Avro contract and its AsyncAPI document.\n\nExample: mash schemas check", no_args_is_help=True
)
ASYNCAPI = HERE / "asyncapi.yaml"


@app.command()
def write() -> None:
    """Write schemas and AsyncAPI document from the code.

    Example: mash schemas write
    """
    for path in schema_files.write():
        typer.echo(f"wrote {path.name}")
    ASYNCAPI.write_text(asyncapi.text(hub_version()), "utf-8")


@app.command()
def check() -> None:
    """Fail where a file is not what the code says.

    Example: mash schemas check
    """
    stale = [p.name for m in MESSAGES if _differs(p := schema_files.path_of(m), schema_files.text_of(m))]
    stale += ["asyncapi.yaml"] if _differs(ASYNCAPI, asyncapi.text(hub_version())) else []
    if stale:
        raise Fatal(f"Not what the code says: {', '.join(stale)}.", "Run `mash schemas write` and commit.")
    typer.echo(f"{len(MESSAGES)} schemas and the AsyncAPI document are what the code says")


@app.command()
def release(version: Annotated[str, typer.Argument(help="Version, such as 0.1.0.")]) -> None:
    """Keep today's schemas for good: later ones stay compatible with them.

    Example: mash schemas release 0.1.0
    """
    typer.echo(f"released to {schema_files.release(version).relative_to(HERE)}")


@app.command(name="list")
def list_() -> None:
    """List messages and their fields' number.

    Example: mash schemas list
    """
    for model in MESSAGES:
        typer.echo(f"{model.namespace}.{model.__name__}: {len(schema_of(model)['fields'])} fields")


def _differs(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text("utf-8") != text
