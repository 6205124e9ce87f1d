"""Runs the script against a live hub, for `make demo`: reads the check's topics, lets the scripted parties act.

For made-up people only: the check refuses scripted parties wherever the sharing agreement is not for such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from hub.messages import CheckEvent
from hub.sealing import Sealer
from hub.secret_files import key_store
from hub.settings import Settings
from streams.check import config
from streams.check.readmodel import TOPICS, ReadModel
from streams.check.render import words
from streams.check.render.build import Library
from streams.check.render.holdings import lines_of
from streams.check.script import Script
from streams.check.wire import Sender, TopicReader, message_id

Until = Callable[[ReadModel], bool]
OnEvent = Callable[[CheckEvent], None]
_TRIES = 50
"""Moves in one state of one check before the script lets go of it: a refusal must never become a loop."""


def run(settings: Settings, until: Until, on_event: OnEvent = lambda _event: None, leave: float = 0.0) -> ReadModel:
    """Let the scripted parties work until `until(model)` is true; it is asked about five times a second.

    Args:
        settings: of the hub.
        until: when to stop; sees every check as it stands.
        on_event: hears every event of every check, earlier ones first.
        leave: share of the checks (0 to 1) that is left to people, by the checks' numbers: the same every time.

    Returns:
        What was seen: checks, events, latest bundles.
    """
    packs = config.load(settings.packs_dir)
    sealer = Sealer(key_store(settings))
    library = Library(packs, words.catalogue(settings.packs_dir), sealer)
    model = ReadModel()
    script = Script(packs, sealer, lambda check_id, agency: lines_of(model.bundles.get(check_id), agency, library))
    moves = _Moves(Sender(settings), model, script)
    try:
        with TopicReader(settings, TOPICS) as reader:
            while not until(model):
                messages = reader.poll()
                model.take(messages)
                for event in messages:
                    if isinstance(event, CheckEvent):
                        on_event(event)
                moves.make(
                    {e.check_id for e in messages if isinstance(e, CheckEvent) and e.seq and not _left(e, leave)}
                )
    finally:
        moves.close()
    return model


def _left(event: CheckEvent, share: float) -> bool:
    """Whether a check is left to people. Its number is a hash, so that its first digits are as good as chance."""
    return int(event.check_id[:8], 16) < share * (1 << 32)


class _Moves:
    """Sends each move once, and not for ever."""

    def __init__(self, sender: Sender, model: ReadModel, script: Script) -> None:
        self._sender = sender
        self._model = model
        self._script = script
        self._sent: set[str] = set()
        self._tries: Counter[tuple[str, str]] = Counter()
        self._waiting: set[str] = set()

    def make(self, changed: set[str]) -> None:
        """The next moves on the checks that have changed, and on those whose request was not seen yet."""
        waiting, self._waiting = self._waiting | changed, set()
        for check_id in sorted(waiting):
            check = self._model.checks[check_id]
            if self._model.is_behind(check_id):
                self._waiting.add(check_id)  # topics are read side by side: the rest comes with the next poll
                continue
            for move in self._script.next_moves(self._model, check_id, datetime.now(UTC)):
                self._tries[check_id, check.state] += message_id(move) not in self._sent
                if message_id(move) not in self._sent and self._tries[check_id, check.state] <= _TRIES:
                    self._sent.add(message_id(move))
                    self._sender.send(move)

    def close(self) -> None:
        """Let go of the broker."""
        self._sender.close()
