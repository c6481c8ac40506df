"""An exported encoder: one ONNX file, complete in itself, run by onnxruntime without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.errors import EncoderError, near_miss
from deepspectrum_features.recipe import PowerSpectrogram, Recipe

#: The key of the JSON string among the model's ``metadata_props``, and its format version.
METADATA_KEY = "deepspectrum_features"
FORMAT_VERSION = 1
INPUTS = ("input", "frames")
OUTPUTS = ("embedding", "frame_embedding", "steps", "attention", "logits")

#: Bundled encoders, the default first, and the sha256 each file must have.
BUNDLED: dict[str, str] = {
    "zhao2018-asmmc-compact-nemo": (
        "050344a9c0ecb5031e062a1f0fc92aa45105e187b7c3ebf95e790f913d5103ed"
    ),
}

_LARGEST_BYTES = 500_000_000
_REQUIRED = {"name", "licence", "front_end", "recipe", "classes", "columns", "parameters"}
_REQUIRED |= {"longest_seconds", "training", "scores"}


@dataclass(frozen=True)
class Encoded:
    """One batch through an encoder.

    Attributes
    ----------
    embedding : ndarray, (batch, dim), float32
        The deep spectrum vectors.
    scores : ndarray, (batch, classes), float32
        The encoder's own class scores, before the softmax.
    frame_embedding : ndarray, (batch, steps, dim_f), float32
    steps : ndarray, (batch,), int64
        Valid steps of each utterance; what stands behind them is padding.
    attention : ndarray, (batch, steps), float32
        Sums to 1 over the valid steps.
    """

    embedding: NDArray[np.float32]
    scores: NDArray[np.float32]
    frame_embedding: NDArray[np.float32]
    steps: NDArray[np.int64]
    attention: NDArray[np.float32]


class Encoder:
    """A trained encoder with its provenance; ``print`` it for a summary.

    Parameters
    ----------
    path : Path
        An ``.onnx`` file written by `deepspectrum_features.export`.
    sha256 : str, optional
        Refuse the file unless it hashes to this.

    Raises
    ------
    EncoderError
        If the file is missing, not an encoder of ours, or of another format version.

    Examples
    --------
    >>> from deepspectrum_features import Encoder
    >>> from deepspectrum_features.testing import tone
    >>> from deepspectrum_features.front_end import power_spectrogram
    >>> encoder = Encoder.open()
    >>> encoded = encoder.encode([power_spectrogram(tone(440, seconds=1.0), encoder.front_end)])
    >>> encoded.embedding.shape == (1, encoder.dim)
    True
    """

    def __init__(self, path: Path, sha256: str | None = None) -> None:
        self.path = path
        content = _read(path)
        self.sha256 = hashlib.sha256(content).hexdigest()
        if sha256 is not None and sha256 != self.sha256:
            raise EncoderError(
                f"{path}: sha256 {self.sha256[:12]}..., need {sha256[:12]}... (the bundled file "
                "was changed: install the package again)"
            )
        self._session = _start_session(path, content)
        self.metadata = _checked_metadata(path, self._session)
        front_end = {"front_end": self.metadata["front_end"]}
        #: What the input frames are.
        self.front_end: PowerSpectrogram = Recipe.from_dict(front_end, str(path)).front_end

    @classmethod
    def open(cls, name: str | Path | None = None) -> Encoder:
        """Open a bundled encoder by name, any other by path; None is the default encoder."""
        bundled = list(BUNDLED)
        if name is None:
            name = bundled[0]
        if str(name) in BUNDLED:
            return cls(bundled_path(str(name)), BUNDLED[str(name)])
        if not Path(name).exists() and Path(name).suffix != ".onnx":
            raise EncoderError(
                f"{name}: no such encoder, need a path or one of {', '.join(bundled)}"
                f"{near_miss(str(name), bundled)}"
            )
        return cls(Path(name))

    @property
    def name(self) -> str:
        """The name it was exported under."""
        return str(self.metadata["name"])

    @property
    def licence(self) -> str:
        """Licence of the weights (SPDX)."""
        return str(self.metadata["licence"])

    @property
    def columns(self) -> list[str]:
        """Names of the embedding's columns."""
        return list(self.metadata["columns"])

    @property
    def classes(self) -> list[str]:
        """Names of the class scores."""
        return list(self.metadata["classes"])

    @property
    def dim(self) -> int:
        """Length of the embedding."""
        return len(self.metadata["columns"])

    @property
    def longest_seconds(self) -> float:
        """Longest utterance it accepts."""
        return float(self.metadata["longest_seconds"])

    @cached_property
    def parameters(self) -> int:
        """Number of trained weights."""
        return int(self.metadata["parameters"])

    def encode(
        self, spectrograms: Sequence[NDArray[np.float32]], outputs: Sequence[str] = OUTPUTS
    ) -> Encoded:
        """Encode a batch; padding to the longest changes no number.

        Parameters
        ----------
        spectrograms : sequence of ndarray, (frames, bins)
            Front-end frames of each utterance, at least one frame.
        outputs : sequence of str, optional
            Which outputs to compute; the others come back empty.
        """
        frames = np.array([len(one) for one in spectrograms], np.int64)
        batch = np.zeros((len(frames), frames.max(), spectrograms[0].shape[1]), np.float32)
        for row, one in zip(batch, spectrograms, strict=True):
            row[: len(one)] = one
        values = self.run(batch, frames, outputs)
        empty = np.zeros((len(frames), 0), np.float32)
        return Encoded(
            embedding=values.get("embedding", empty),
            scores=values.get("logits", empty),
            frame_embedding=values.get("frame_embedding", empty[..., None]),
            steps=values.get("steps", np.zeros(len(frames), np.int64)),
            attention=values.get("attention", empty),
        )

    def run(
        self,
        batch: NDArray[np.float32],
        frames: NDArray[np.int64],
        outputs: Sequence[str] = OUTPUTS,
    ) -> dict[str, NDArray[Any]]:
        """Run the graph on ``batch (batch, frames, bins)``, padded as ``frames`` says."""
        values = self._session.run(list(outputs), {"input": batch, "frames": frames})
        return dict(zip(outputs, values, strict=True))

    def __str__(self) -> str:
        """Describe it, provenance and licence first."""
        from deepspectrum_features.description import describe_encoder

        return describe_encoder(self)


def bundled_path(name: str) -> Path:
    """Path of a bundled encoder's file."""
    return Path(str(resources.files("deepspectrum_features") / "encoders" / f"{name}.onnx"))


def _read(path: Path) -> bytes:
    """Read the whole file, within reason."""
    try:
        size = path.stat().st_size
        if size > _LARGEST_BYTES:
            raise EncoderError(f"{path}: {size} bytes, need at most {_LARGEST_BYTES}")
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise EncoderError(f"{path}: {reason}, need an exported encoder (.onnx)") from None


def _start_session(path: Path, content: bytes) -> Any:
    """Give the bytes to onnxruntime: one thread, so that results do not depend on their number."""
    import onnxruntime  # 0.2 s, wanted only where an encoder is opened

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # weights outside the file would escape its sha256: look for them where nothing is
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", "/external/weights/are/refused"
    )
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no base class but this
        raise EncoderError(
            f"{path}: not a model that onnxruntime loads, need an exported encoder "
            f"({str(error).splitlines()[0][:120]})"
        ) from None


def _checked_metadata(path: Path, session: Any) -> dict[str, Any]:
    """Return the metadata of a model whose inputs and outputs are ours."""
    text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if text is None:
        raise EncoderError(
            f"{path}: an ONNX model without {METADATA_KEY} metadata, need one written by dsf export"
        )
    inputs = {item.name: item.shape for item in session.get_inputs()}
    outputs = {item.name: item.shape for item in session.get_outputs()}
    if inputs.keys() != set(INPUTS) or not set(OUTPUTS) <= outputs.keys():
        raise EncoderError(
            f"{path}: inputs {sorted(inputs)} and outputs {sorted(outputs)}, "
            f"need {list(INPUTS)} and {list(OUTPUTS)}"
        )
    try:
        metadata = dict(json.loads(text))
        if metadata["format"] != FORMAT_VERSION:
            raise EncoderError(
                f"{path}: encoder format {metadata['format']}, this version reads {FORMAT_VERSION}"
            )
        missing = _REQUIRED - set(metadata)
        if missing:
            raise EncoderError(f"{path}: metadata lacks {', '.join(sorted(missing))}")
        widths = (
            ("input", inputs["input"][2], metadata["front_end"]["n_fft"] // 2 + 1),
            ("embedding", outputs["embedding"][1], len(metadata["columns"])),
            ("logits", outputs["logits"][1], len(metadata["classes"])),
        )
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise EncoderError(f"{path}: damaged metadata ({error}), need one JSON object") from None
    for name, found, named in widths:
        if found != named:
            raise EncoderError(f"{path}: {name} is {found} wide, its metadata says {named}")
    return metadata
