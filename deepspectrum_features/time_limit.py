"""Runs of a model that end: after their time, or all at once when somebody asks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: One run takes a batch of seconds, or two minutes of sound at the most: far below this.
RUN_SECONDS = 300.0


class TimeLimit:
    """The runs under way in one session, in whatever threads."""

    def __init__(self) -> None:
        self._running: set[Any] = set()
        self._lock = threading.Lock()

    @contextmanager
    def run(self, seconds: float) -> Iterator[Any]:
        """Give the options for one run; they end it when its time is over."""
        import onnxruntime

        options = onnxruntime.RunOptions()
        timer = threading.Timer(seconds, _terminate, [options])
        timer.daemon = True
        with self._lock:
            self._running.add(options)
        timer.start()
        try:
            yield options
        finally:
            timer.cancel()
            with self._lock:
                self._running.discard(options)

    def stop(self) -> None:
        """End every run under way; later ones are not touched."""
        with self._lock:
            for options in self._running:
                _terminate(options)


def _terminate(options: Any) -> None:
    options.terminate = True
