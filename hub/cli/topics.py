"""`mash topics`: the catalogue of `hub.topics` against the broker."""

from __future__ import annotations

import typer

from hub.cli.output import AsJson, write_json, write_table
from hub.kafka.admin import TopicStatus, admin, apply, status
from hub.kafka.clients import connection
from hub.settings import load

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Make and inspect the topics of the catalogue.")


@app.command("apply", epilog="Example: mash topics apply")
def apply_command(*, as_json: AsJson = False) -> None:
    """Make the topics that are missing. Run it as often as you like: a topic that stands is never changed."""
    settings = load()
    with admin(connection(settings)) as client:
        made = apply(client, settings.topic_prefix, settings.partitions, copies=settings.replication)
    if as_json:
        write_json({"made": made})
    else:
        typer.echo(f"Made {len(made)} topics." if made else "All topics are there.")


@app.command("list", epilog="Example: mash topics list --json")
def list_command(*, as_json: AsJson = False) -> None:
    """Show every topic of the catalogue, what it is for, and whether the broker has it as it should be."""
    settings = load()
    with admin(connection(settings)) as client:
        found = status(client, settings.topic_prefix, settings.partitions, copies=settings.replication)
    if as_json:
        write_json([_machine(entry) for entry in found])
        return
    cells = ((entry.name, str(entry.partitions), _keeps(entry), _state(entry), entry.topic.what) for entry in found)
    write_table("Topics", ("name", "partitions", "keeps", "state", "what"), cells)


def _machine(entry: TopicStatus) -> dict[str, object]:
    topic = entry.topic
    return {
        "name": entry.name,
        "what": topic.what,
        "key": topic.key,
        "messages": [message.__name__ for message in topic.messages],
        "writers": topic.writers,
        "readers": topic.readers,
        "partitions": entry.partitions,
        "configs": topic.configs(),
        "state": entry.state,
        "differences": entry.differences,
    }


def _keeps(entry: TopicStatus) -> str:
    configs = entry.topic.configs()
    if configs["cleanup.policy"] == "compact":
        return "latest of each key"
    days = int(configs["retention.ms"]) // (24 * 60 * 60 * 1000)
    return "everything" if int(configs["retention.ms"]) < 0 else f"{days} days"


def _state(entry: TopicStatus) -> str:
    return entry.state if not entry.differences else f"differs: {'; '.join(entry.differences)}"
