"""Log lines as JSON on stderr, in which no personal data can stand. What may be logged is listed here, not there.

Three rules, enforced by the last steps before a line is written:

- a key that is not in `ALLOWED_KEYS` is dropped, and its name is said; a text under an allowed key must look like an
  identifier (no spaces), except under `PLAIN_TEXT_KEYS`;
- an exception is its class, its place (file and line of each frame) and, where it is the hub's own, its `what`. The
  text of anybody else's exception may quote a record, so it is never written;
- lines of libraries keep their constant text (`"%s lost"`) and lose what they wanted to put into it.

Use: `log = get_logger("stage")`, then `log.info("batch committed", stage=..., records=...)`. The event is a literal: a
test looks at every call in the code base.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import MutableMapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from hub.errors import HubError

PLAIN_TEXT_KEYS = frozenset({"event", "what", "remedy"})
"""Texts written by us: literals, and the two halves of a `HubError`, which hold no personal data by contract."""

LINE_KEYS = ("level", "part", "timestamp", "where", "error", "frames", "causes", "dropped")
PROCESS_KEYS = ("process", "worker", "pid", "port", "host", "bootstrap", "signal", "status", "restarts", "command")
PLACE_KEYS = (
    "stage", "connector", "agency", "system", "format", "topic", "partition", "partitions", "offset", "group",
    "generation", "partnership", "pack", "rule", "path", "setting", "version",
)  # fmt: skip
AMOUNT_KEYS = (
    "records", "messages", "batches", "bytes", "rows", "count", "seconds", "milliseconds", "lag", "attempt", "limit",
    "restored",
)  # fmt: skip
REASON_KEYS = ("reason", "code", "state")
ALLOWED_KEYS = PLAIN_TEXT_KEYS.union(LINE_KEYS, PROCESS_KEYS, PLACE_KEYS, AMOUNT_KEYS, REASON_KEYS)

IDENTIFIER = re.compile(r"[\w./:@+,<>=-]{0,200}", re.ASCII)
"""What a text value may look like: names of topics, classes, files and codes do; a sentence does not."""
MASKED = "[masked]"
OURS = "mash"
"""The standard library's logger under all of ours, so that our level and the libraries' can differ."""
FRAMES = 25
"""The innermost frames of an exception: enough to find the place, few enough for one line."""


def get_logger(name: str) -> Any:
    """A logger; `name` says which part of the hub speaks."""
    return structlog.get_logger(part=name)


def configure(level: str = "info", *, process: str = "", json: bool | None = None) -> None:
    """Set up logging for this process, the libraries' included, and the last resort for uncaught exceptions.

    Args:
        level: the least grave lines to write: debug, info, warning or error.
        process: this process's name, on every line.
        json: JSON lines or, if False, lines for people; by default people get theirs on a terminal.
    """
    as_json = not sys.stderr.isatty() if json is None else json
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()

    def name_process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"process": process, **event} if process else event

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        name_process,  # not by a context variable: a thread starts without any
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, keep_constant_text],
            use_get_message=False,  # the text without what the library would put into it
            pass_foreign_args=True,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                describe_exception,
                only_allowed,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    number = logging.getLevelNamesMapping()[level.upper()]
    # Libraries tell of every connection at info; without what they would put in, that is noise.
    root.setLevel(number if number <= logging.DEBUG else max(number, logging.WARNING))
    logging.getLogger(OURS).setLevel(number)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=lambda *_: logging.getLogger(OURS),
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def keep_constant_text(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A library's line: its constant text where it has arguments, else only its place in the source."""
    record: logging.LogRecord = event["_record"]
    event["part"] = record.name
    event["where"] = f"{Path(record.pathname).name}:{record.lineno}"
    # Without arguments the text may have been put together by the library: then nobody can tell what is in it.
    constant = event.pop("positional_args", None) and isinstance(record.msg, str)
    event["event"] = record.msg if constant else "a library's line"
    if record.exc_info:
        event["exc_info"] = record.exc_info
    return event


def describe_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """`exc_info` (or an exception under `error`) as class, place and, where it is ours, what happened."""
    given = event.pop("exc_info", None) or event.get("error")
    error = _exception_of(given)
    if error is not None:
        event.update(described(error))
    event.pop("exception", None)
    event.pop("stack_info", None)
    event.pop("stack", None)
    return event


def described(error: BaseException) -> dict[str, Any]:
    """What may be said of an exception: never the text of one that is not ours."""
    said: dict[str, Any] = {"error": class_name(error), "frames": frames(error.__traceback__)}
    if isinstance(error, HubError):
        said |= {"what": error.what, "remedy": error.remedy}
    if causes := [class_name(cause) for cause in _causes(error)]:
        said["causes"] = causes
    return said


def class_name(error: BaseException) -> str:
    """Module and name of an exception's class."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def frames(trace: TracebackType | None) -> list[str]:
    """The innermost frames as `file:line function`; neither source lines nor values."""
    stack = traceback.extract_tb(trace)[-FRAMES:]
    return [f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in stack]


def only_allowed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop what is not on the list, mask what does not look like an identifier, and say which keys were dropped."""
    kept = {key: _clean(key, value) for key, value in event.items() if key in ALLOWED_KEYS}
    if dropped := sorted(key for key in event if key not in ALLOWED_KEYS and not key.startswith("_")):
        kept["dropped"] = [key if IDENTIFIER.fullmatch(key) else MASKED for key in dropped]
    return kept


def _clean(key: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, list | tuple):
        return [_clean(key, item) for item in value]
    if isinstance(value, str) and (key in PLAIN_TEXT_KEYS or IDENTIFIER.fullmatch(value)):
        return value
    return MASKED


def _exception_of(given: Any) -> BaseException | None:
    if given is True:
        given = sys.exc_info()
    if isinstance(given, tuple):
        given = given[1]
    return given if isinstance(given, BaseException) else None


def _causes(error: BaseException) -> list[BaseException]:
    """The chain behind an exception, nearest first, each once."""
    chain: list[BaseException] = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return chain


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Instead of Python's own last words, which quote the exception's text."""
    if issubclass(kind, KeyboardInterrupt):
        return
    get_logger("process").error("ended by an uncaught exception", exc_info=(kind, error, trace))


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        _uncaught(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)


def bind(**values: Any) -> None:
    """Put keys on every later line of this thread or task (subject to the same rules)."""
    allowed: MutableMapping[str, Any] = {key: value for key, value in values.items() if key in ALLOWED_KEYS}
    structlog.contextvars.bind_contextvars(**allowed)


def _fall_back() -> None:
    """Until a process calls `configure`: the same rules on what may be said, lines on stderr, warnings and worse.

    structlog's own default writes everything, as it is, to stdout.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            describe_exception,
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        cache_logger_on_first_use=False,
    )


_fall_back()
