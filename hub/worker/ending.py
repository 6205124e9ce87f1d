"""Ends the process at once when the shell can't be trusted any more. Nothing may be cleaned up here.

A clean-up would be one more thing that can hang or write. Kafka ends the open transaction, LMDB drops the open
batch, and the supervisor starts a successor that reads the journal.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import NoReturn

from hub.errors import Fatal
from hub.log import get_logger

EXIT_AGAIN = 75
"""`EX_TEMPFAIL` of sysexits.h: start me again. The usual end: fenced, a broker away, a transaction that failed."""
EXIT_MEND = 78
"""`EX_CONFIG`: starting me again gives the same until a person mends something."""


def end_process(error: BaseException, doing: str) -> NoReturn:
    """Log what happened and leave, with no clean-up.

    Args:
        error: why.
        doing: what was being done, in one word.
    """
    code = EXIT_MEND if isinstance(error, Fatal) else EXIT_AGAIN
    get_logger("worker").error("worker ends", command=doing, exc_info=error, code=code)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
