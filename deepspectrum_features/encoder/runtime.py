"""The only door to onnxruntime: no telemetry, sessions of one thread, runs that end."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.encoder.devices import DEVICES, Device
from deepspectrum_features.encoder.signature import LEVELS_INPUT, wanted_levels
from deepspectrum_features.errors import EncoderError, first_line

#: One run takes a batch of seconds, or two minutes of sound at the most: far below this.
RUN_SECONDS = 300.0

_LOOK_SECONDS = 0.5


def load_onnxruntime() -> Any:
    """Import onnxruntime without its telemetry.

    Since version 1.29 it counts what it runs in the user's cache folder and sends that over the
    network, unless this variable is set before its first import.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # 0.2 s, wanted only where an encoder is opened

    return onnxruntime


class Session:
    """A model that onnxruntime runs, for any number of threads at a time.

    Parameters
    ----------
    path : Path
        Where the model comes from, for messages.
    content : bytes
        The whole file.
    device : str
        What runs the graph, one of `DEVICES`. A GPU has one batch at a time, whatever the threads.

    Attributes
    ----------
    has_branches : bool
        Whether a level that is not asked for costs nothing.

    Raises
    ------
    EncoderError
        If the device is not there, or onnxruntime does not load the model.
    """

    def __init__(self, path: Path, content: bytes, device: str) -> None:
        self.path = path
        self._session = _started(path, content, DEVICES[device])
        self._turn = threading.Lock() if DEVICES[device].shared else nullcontext()
        self._limit = TimeLimit()
        optional = self._session.get_overridable_initializers()
        self.has_branches = LEVELS_INPUT in {item.name for item in optional}

    @property
    def metadata(self) -> dict[str, str]:
        """The model's ``metadata_props``."""
        found: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        return found

    @property
    def inputs(self) -> dict[str, list[Any]]:
        """Shapes of the inputs by name: a size for each axis, or its name where it is free."""
        return {item.name: item.shape for item in self._session.get_inputs()}

    @property
    def outputs(self) -> dict[str, list[Any]]:
        """Shapes of the outputs, likewise."""
        return {item.name: item.shape for item in self._session.get_outputs()}

    def run(
        self, inputs: dict[str, NDArray[Any]], outputs: Sequence[str]
    ) -> dict[str, NDArray[Any]]:
        """Return the outputs asked for, by name.

        A graph with a branch for every level runs those alone that one of the outputs is of.

        Raises
        ------
        EncoderError
            If the graph fails, runs for more than 5 minutes, or is stopped.
        """
        if self.has_branches:
            inputs = inputs | {LEVELS_INPUT: np.array(wanted_levels(outputs))}
        try:
            with self._limit.run(RUN_SECONDS) as options, self._turn:
                values = self._session.run(list(outputs), inputs, options)
        except Exception as error:  # onnxruntime's own exceptions share no base class but this
            reason = first_line(error)[:200]
            if "terminate flag" in reason:
                reason = f"stopped, or not done with one batch after {RUN_SECONDS:g} s"
            raise EncoderError(f"{self.path}: {reason}") from None
        return dict(zip(outputs, values, strict=True))

    def stop(self) -> None:
        """End every run that other threads have under way."""
        self._limit.stop()


def _started(path: Path, content: bytes, device: Device) -> Any:
    """Give the bytes to onnxruntime: one thread, so that results do not depend on their number."""
    onnxruntime = load_onnxruntime()
    device.check(onnxruntime)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.use_deterministic_compute = device.shared
    options.enable_mem_pattern = False  # a plan for every shape met: memory for nothing here
    # weights outside the file would escape its sha256: look for them where nothing is
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", "/external/weights/are/refused"
    )
    providers = [(device.provider, dict(device.settings))]
    try:
        session = onnxruntime.InferenceSession(content, options, providers, enable_fallback=0)
    except Exception as error:  # onnxruntime's own exceptions share no base class but this
        if "CUDA" in str(error):
            device.refuse(onnxruntime, first_line(error)[:120])
        raise EncoderError(
            f"{path}: not a model that onnxruntime loads, need an exported encoder "
            f"({first_line(error)[:120]})"
        ) from None
    device.check_runs(onnxruntime, session)
    return session


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
