"""What a source becomes, native record by native record: records or a reject. Nothing is sent, sealed or counted here.

The one place where a connector's faults are caught: a reader or a translation that fails in any way makes a reject of
what it was given, and its neighbours go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from pydantic import ValidationError

from connectors.kit.api import Context, Format, Native, Reject, Unreadable
from hub.errors import HubError, Skippable
from hub.messages import AgencyRecord

CONNECTOR_ERROR = "connector-error"
WHOLE_FILE = "file"
"""Position of a reject that is about the whole file."""
FILE_BYTES = 512 * 1024
"""How much of a file stands for it in such a reject."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one native record.

    Attributes:
        native: as the reader gave it; None for a reject of the reader's.
        records: what it became.
        reject: or why it became nothing.
    """

    native: Native | None = None
    records: tuple[AgencyRecord, ...] = ()
    reject: Reject | None = None

    @classmethod
    def of_file(cls, stream: BinaryIO, error: Skippable, prefix: str = "") -> Outcome:
        """One reject for a whole file: its first bytes stand for it."""
        return cls(reject=_of_file(stream, error.reason, str(error), prefix))

    @property
    def size(self) -> int:
        """Bytes of the native record."""
        if self.native is not None:
            return len(self.native.raw)
        return len(self.reject.raw) if self.reject else 0


def outcomes(fmt: Format, stream: BinaryIO, context: Context, *, source: str = "", skip: int = 0) -> Iterator[Outcome]:
    """Every native record of a source and what it becomes.

    Args:
        fmt: the format.
        stream: the source, opened in binary at its beginning.
        context: of the run.
        source: keyed hash of the file's name, put before every position.
        skip: so many native records were taken before: they are read and passed over.
    """
    prefix = f"{source}:" if source else ""
    for number, item in enumerate(_read(fmt, stream), start=1):
        if number > skip:
            yield _outcome(fmt, _placed(item, prefix), context)


def _read(fmt: Format, stream: BinaryIO) -> Iterator[Native | Reject]:
    try:
        yield from fmt.read(stream)
    except Skippable as error:
        yield _of_file(stream, error.reason, str(error))
    except (HubError, OSError, MemoryError):
        raise  # not the file's fault
    except Exception as error:  # noqa: BLE001 - whatever a reader was led into by a file
        yield _of_file(stream, CONNECTOR_ERROR, told(fmt, error, "reading"))


def _placed(item: Native | Reject, prefix: str) -> Native | Reject:
    """The same with its file before its position; `replace` of dataclasses takes four times as long."""
    position = prefix + item.position
    if isinstance(item, Reject):
        return Reject(item.raw, position, item.reason, item.detail, item.before, item.after)
    return Native(item.raw, position, item.row, item.value, item.before, item.after)


def _outcome(fmt: Format, item: Native | Reject, context: Context) -> Outcome:
    if isinstance(item, Reject):
        return Outcome(reject=item)
    try:
        return Outcome(item, records=tuple(fmt.translate(item, context)))
    except Unreadable as error:
        return Outcome(item, reject=_set_aside(item, error.reason, str(error)))
    except (HubError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a translation was led into by a record
        return Outcome(item, reject=_set_aside(item, CONNECTOR_ERROR, told(fmt, error, "translating")))


def _set_aside(item: Native, reason: str, detail: str) -> Reject:
    return Reject(item.raw, item.position, reason, detail, item.before, item.after)


def _of_file(stream: BinaryIO, reason: str, detail: str, prefix: str = "") -> Reject:
    stream.seek(0)
    return Reject(stream.read(FILE_BYTES), prefix + WHOLE_FILE, reason, detail)


def is_of_file(reject: Reject) -> bool:
    """Whether a reject is about the whole file."""
    return reject.position.rpartition(":")[2] == WHOLE_FILE


def told(fmt: Format, error: Exception, doing: str) -> str:
    """A fault of a connector without any value of the record: class, place, and the fields that a model refused."""
    fields = ""
    if isinstance(error, ValidationError):
        fields = f" in {', '.join(sorted({_path(e['loc']) for e in error.errors(include_input=False)}))}"
    where = _place(error)
    return (
        f"The connector {fmt.name} failed while {doing} ({type(error).__name__}{fields}, {where}). "
        "Report it with this line; after the mend, replay the dead letter."
    )


def _path(loc: tuple[Any, ...]) -> str:
    return ".".join("[]" if isinstance(part, int) else str(part) for part in loc)


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown place"
    code = trace.tb_frame.f_code
    return f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
