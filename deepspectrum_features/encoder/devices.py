"""What may run a graph: the processor, or a GPU by way of CUDA."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any, NoReturn

from deepspectrum_features.encoder.batching import (
    BATCH_FRAMES,
    WINDOW_FRAMES,
    Frames,
    batches_on_the_way,
)
from deepspectrum_features.errors import EncoderError

CPU = "cpu"


@dataclass(frozen=True)
class Device:
    """What runs a graph, and in batches of which size.

    Attributes
    ----------
    name : str
    provider : str
        onnxruntime's own name of it.
    settings : dict
        What onnxruntime is told of it.
    batch_frames : int
        Frames in a batch, padding included.
    window_frames : int
        Frames at hand before they are encoded.
    """

    name: str
    provider: str
    settings: Mapping[str, str] = field(default_factory=dict)
    batch_frames: int = BATCH_FRAMES
    window_frames: int = WINDOW_FRAMES

    @property
    def shared(self) -> bool:
        """Whether threads feed it in turn, so that it holds one batch at a time."""
        return self.name != CPU

    @property
    def options(self) -> dict[str, Any]:
        """What numbers depend on besides encoder and recordings; nothing on the processor."""
        return {"device": self.name, "batch_frames": self.batch_frames} if self.shared else {}

    def batches(self, utterances: Iterable[tuple[int, Frames]]) -> Iterator[dict[int, Frames]]:
        """Group utterances into batches of its size while they come in."""
        return batches_on_the_way(utterances, self.batch_frames, self.window_frames)

    def check(self, onnxruntime: Any) -> None:
        """Refuse an onnxruntime that was built without it, and load the libraries that it needs.

        Raises
        ------
        EncoderError
            Saying what to install.
        """
        if self.provider not in (found := onnxruntime.get_available_providers()):
            raise EncoderError(
                f"device {self.name}: onnxruntime {onnxruntime.__version__} has "
                f"{' and '.join(found)}, need {self.provider} (pip uninstall onnxruntime, then "
                "pip install 'onnxruntime-gpu[cuda,cudnn]'; or --device cpu)"
            )
        if self.shared:
            onnxruntime.set_default_logger_severity(4)  # what fails is said in one line, below
            _preload(onnxruntime)

    def check_runs(self, onnxruntime: Any, session: Any) -> None:
        """Refuse a session that onnxruntime has given to the processor in its place.

        Raises
        ------
        EncoderError
            Saying what is missing.
        """
        if self.provider not in session.get_providers():
            self.refuse(onnxruntime, "onnxruntime falls back to the processor")

    def refuse(self, onnxruntime: Any, reason: str) -> NoReturn:
        """Say that the provider is there, and no device answers to it."""
        cuda = getattr(onnxruntime, "cuda_version", "") or "12"
        raise EncoderError(
            f"device {self.name}: no GPU that answers ({_preload(onnxruntime) or reason}), need an "
            f"NVIDIA GPU with its driver, CUDA {cuda.partition('.')[0]} and cuDNN 9 (or --device "
            "cpu)"
        )


def _preload(onnxruntime: Any) -> str:
    """Load CUDA's libraries where pip has put them; return what of them is missing first."""
    load = getattr(onnxruntime, "preload_dlls", None)  # since 1.21
    with redirect_stdout(io.StringIO()) as told:
        if load:
            load()
    missing = (line for line in told.getvalue().splitlines() if line.startswith("Failed to load"))
    return next(missing, "").partition(": ")[2]


#: TF32 would leave three digits of a number, and the search for the fastest convolution takes
#: another one every time: neither is wanted. A batch of the paper network takes about 1 GB.
_CUDA = Device(
    name="cuda",
    provider="CUDAExecutionProvider",
    settings={
        "use_tf32": "0",
        "cudnn_conv_algo_search": "HEURISTIC",
        "arena_extend_strategy": "kSameAsRequested",
    },
    batch_frames=24000,
    window_frames=48000,
)

DEVICES = {one.name: one for one in (Device(CPU, "CPUExecutionProvider"), _CUDA)}
