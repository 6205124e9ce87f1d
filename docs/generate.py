"""Makes the reference pages from the code when the documentation is built."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from hub import settings
from hub.avro_schema import schema_of
from hub.cli import metrics as cli_metrics
from hub.cli import settings as cli_settings
from hub.messages import MESSAGES
from hub.topics import CATALOGUE, DAY_MS, FOREVER, Topic
from streams.check import config as check_config
from streams.check.actions import ACTIONS
from streams.check.refusals import WORDS
from streams.check.state import ENDED, State
from streams.picture.explain import basis
from streams.picture.rules.engine import load_engine
from streams.picture.rules.in_words import condition
from streams.picture.rules.load import default_pack

ADR = Path(__file__).parent / "adr"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages (an mkdocs hook)."""
    pages = {
        "reference/settings.md": settings_page(),
        "reference/topics.md": topics_page(),
        "reference/messages.md": messages_page(),
        "reference/metrics.md": metrics_page(),
        "reference/rules.md": rules_page(),
        "reference/check.md": check_page(),
        "adr/index.md": decisions_page(),
    }
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(c.replace("|", "\\|") for c in r) + " |" for r in rows)]) + "\n"


def settings_page() -> str:
    """Every setting."""
    listed = list(settings.rows(settings.Settings()))
    head = "# Settings\n\nEnvironment variables, or lines of the file that `HUB_ENV_FILE` names.\n\n"
    return head + cli_settings.reference(listed) + "\n"


def rules_page() -> str:
    """Every rule of the pack that comes with the hub, in plain English."""
    engine = load_engine(default_pack())
    rows: list[tuple[str, ...]] = [
        (r.id, r.text, condition(r), str(r.level or ""), r.subject, basis(r))
        for r in (*engine.pack.indicators, *engine.pack.combinations)
    ]
    own = "How to write your own: [Write and try rules](../how-to/rules.md)."
    head = f"# Rules\n\nThe pack that comes with the hub, {engine.pack.name}. {own}\n\n"
    return head + _table(("rule", "what a screener reads", "fires on", "level", "whose", "basis and evidence"), rows)


def check_page() -> str:
    """Every command of a check, every clock, every reason for which a command is not obeyed."""
    rows = [
        (f"`{name}`", _first_sentence(action.act.__doc__ or ""), _listed(action.roles), _listed(action.states))
        for name, action in ACTIONS.items()
    ]
    pack = check_config.load().clocks
    clocks = [(f"`{name}`", clock.text, clock.escalate_to.replace("_", " ")) for name, clock in pack.clocks.items()]
    return (
        "# The check\n\nHow staff use it: [Screen, check and decide](../how-to/triage.md).\n\n## Commands\n\n"
        + _table(("command", "what", "who may", "where"), rows)
        + "\n## Clocks\n\nTheir lengths stand in `packs/clocks.yaml`.\n\n"
        + _table(("clock", "what has to happen", "who hears when it has not"), clocks)
        + "\n## Refusals\n\n"
        + _table(("code", "what it says"), [(f"`{code}`", text) for code, text in WORDS.items()])
    )


def _first_sentence(text: str) -> str:
    return text.strip().splitlines()[0]


def _listed(codes: frozenset[str]) -> str:
    names = sorted(str(code).replace("_", " ") for code in codes)
    if codes == frozenset(State):
        return "anywhere"
    if codes == frozenset(State) - ENDED:
        return "anywhere before the end"
    return ", ".join(names)


def _kept(topic: Topic) -> str:
    if topic.compacted:
        return "latest of each key"
    return "for ever" if topic.retention_ms == FOREVER else f"{topic.retention_ms // DAY_MS} days"


def _holds(topic: Topic) -> str:
    return ", ".join(m.__name__ for m in topic.messages) or "rows"


def topics_page() -> str:
    """Every topic."""
    rows = [
        (f"`{t.name}`", t.what, _holds(t), t.key, _kept(t), ", ".join(t.writers), ", ".join(t.readers))
        for t in CATALOGUE
    ]
    heads = ("topic", "what", "messages", "key", "kept", "written by", "read by")
    return "# Topics\n\nOn the broker a topic is called `<prefix>.<topic>.v<generation>`.\n\n" + _table(heads, rows)


def messages_page() -> str:
    """Every message and field."""
    parts = ["# Messages\n\nAvro; the files are in `schemas/`.\n"]
    for model in MESSAGES:
        schema = schema_of(model)
        rows = [(f"`{f['name']}`", _type(f["type"]), f["doc"]) for f in schema["fields"]]
        parts.append(f"## {model.__name__}\n\n{schema['doc']}\n\n" + _table(("field", "type", "meaning"), rows))
    return "\n".join(parts)


def _type(schema: object) -> str:
    match schema:
        case [_, inner]:
            return f"{_type(inner)} or null"
        case {"type": "array", "items": items}:
            return f"list of {_type(items)}"
        case {"type": "map", "values": values}:
            return f"map to {_type(values)}"
        case {"logicalType": name} | {"name": name}:
            return str(name)
    return str(schema).rsplit(".", maxsplit=1)[-1]


def metrics_page() -> str:
    """Every metric."""
    return "# Metrics\n\nEach process serves them at `/metrics`.\n\n" + cli_metrics.reference() + "\n"


def decisions_page() -> str:
    """Every decision record."""
    titles = [(p.name, p.read_text("utf-8").splitlines()[0].lstrip("# ")) for p in sorted(ADR.glob("0*.md"))]
    return "# Decisions\n\n" + "\n".join(f"- [{title}]({name})" for name, title in titles) + "\n"
