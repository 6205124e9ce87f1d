"""Errors sorted by remedy. Nothing else may live here: a module's own errors subclass one of the three.

    HubError
    ├── Fatal       stop: a person has to mend something (configuration, a missing topic, a lost key store)
    ├── Retriable   wait and try again: the same call may succeed (a broker that is away, a full disk)
    └── Skippable   set this one record aside as a dead letter and go on: trying again gives the same result

Whether to retry is data on the class (`retriable`), as in aiokafka's tree, so that a retry policy asks the
error and never lists names. A message says what happened, where, and what to do next, and never holds
personal data: a field's name and position, not its value.
"""

from __future__ import annotations

from typing import ClassVar


class HubError(Exception):
    """Anything the hub raises on purpose.

    Args:
        what: what happened and where, in plain words, without personal data.
        remedy: what the reader can do next.
    """

    retriable: ClassVar[bool] = False

    def __init__(self, what: str, remedy: str = "") -> None:
        """Keep both halves apart, so that a page or terminal can set them out."""
        super().__init__(what if not remedy else f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


class Fatal(HubError):  # noqa: N818 - the name is the remedy
    """The process cannot go on; a person has to mend something first."""


class Retriable(HubError):  # noqa: N818
    """The same call may succeed later, unchanged."""

    retriable: ClassVar[bool] = True


class Skippable(HubError):  # noqa: N818
    """This one record cannot be processed; it becomes a dead letter and its neighbours go on.

    Args:
        what: as in `HubError`.
        remedy: as in `HubError`.
        reason: a short stable code (`bad-avro`, `empty-file` ...): the dead letter's reason and a metric label.
    """

    def __init__(self, what: str, remedy: str = "", *, reason: str = "unprocessable") -> None:
        """See the class."""
        super().__init__(what, remedy)
        self.reason = reason
