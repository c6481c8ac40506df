"""Runs of a model that end: after their time, or all at once when somebody asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deepspectrum_features.inference import load_onnxruntime

#: One run takes a batch of seconds, or two minutes of sound at the most: far below this.
RUN_SECONDS = 300.0

_LOOK_SECONDS = 0.5


class TimeLimit:
    """The runs under way in one session, in whatever threads."""

    def __init__(self) -> None:
        self._deadlines: dict[Any, float] = {}
        self._lock = threading.Lock()
        self._watched = False

    @contextmanager
    def run(self, seconds: float) -> Iterator[Any]:
        """Give the options for one run; they end it when its time is over."""
        options = load_onnxruntime().RunOptions()
        with self._lock:
            self._deadlines[options] = time.monotonic() + seconds
            if not self._watched:
                self._watched = True
                threading.Thread(target=self._watch, daemon=True).start()
        try:
            yield options
        finally:
            with self._lock:
                del self._deadlines[options]

    def stop(self) -> None:
        """End every run under way; later ones are not touched."""
        with self._lock:
            for options in self._deadlines:
                options.terminate = True

    def _watch(self) -> None:
        """Look now and then for a run whose time is over, as long as there are any."""
        while True:
            time.sleep(_LOOK_SECONDS)
            with self._lock:
                for options, deadline in self._deadlines.items():
                    if deadline < time.monotonic():
                        options.terminate = True
                if not self._deadlines:
                    self._watched = False
                    return
