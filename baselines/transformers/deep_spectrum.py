"""Deep spectrum features as a step of scikit-learn's pipelines."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from deepspectrum_features.baselines.transformers.transformer import ERROR, RecordingTransformer
from deepspectrum_features.encoder.bundled import find_encoder
from deepspectrum_features.encoder.devices import CPU
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.encoder.encoder_file import read_model
from deepspectrum_features.extraction.encoder_worker import EncoderWorker


class DeepSpectrum(RecordingTransformer):
    """Turn recordings into rows of deep spectrum features, as `extract` does, without a file.

    Parameters
    ----------
    encoder : Encoder, str or Path, optional
        An encoder, its bundled name or its file; default `spectral-functionals`.
    level : str, optional
        What of the encoder: ``embedding``, ``functionals`` or ``both``; default its own.
    device : str, optional
        What runs the encoder: ``cpu`` or ``cuda``; default its own, of a name or path ``cpu``.
    jobs : int, optional
        Parts of the work at a time; default one for every CPU. Results do not depend on it.
    unreadable : str, optional
        What becomes of rows that give no features: ``error``, or ``nan`` for a row of NaN.

    Attributes
    ----------
    encoder_ : Encoder
        The encoder, opened at the level.
    n_features_out_ : int
        Columns.

    Raises
    ------
    EncoderError
        In `fit`, if there is no such encoder, or it lacks the level, or there is no such device.

    Notes
    -----
    It is pickled with the way to its encoder (a bundled name, or a path and its sha256), not with
    the encoder.

    Examples
    --------
    >>> from deepspectrum_features.testing import tone
    >>> sounds = [(tone(pitch, seconds=1.0), 16000) for pitch in (220, 440)]
    >>> DeepSpectrum().fit_transform(sounds).shape
    (2, 1498)
    """

    def __init__(
        self,
        encoder: Encoder | str | Path | None = None,
        *,
        level: str | None = None,
        device: str | None = None,
        jobs: int | None = None,
        unreadable: str = ERROR,
    ) -> None:
        self.encoder = encoder
        self.level = level
        self.device = device
        self.jobs = jobs
        self.unreadable = unreadable

    def __getstate__(self) -> dict[str, Any]:
        """Tell encoders under one path apart, so that a cache does not take one for another."""
        state: dict[str, Any] = super().__getstate__()
        if isinstance(self.encoder, Encoder) or "encoder_" in state:
            return state
        path, sha256 = find_encoder(self.encoder)
        return state | {"_encoder_sha256": sha256 or (path.exists() and _sha256(path))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what was pickled."""
        super().__setstate__(state)
        self.__dict__.pop("_encoder_sha256", None)

    def _open(self) -> None:
        """Open the encoder at the level; one that this process has opened before is at hand."""
        if isinstance(self.encoder, Encoder):
            self.encoder_ = self.encoder.at(self.level, self.device)
        else:
            path, sha256 = find_encoder(self.encoder)
            sha256 = sha256 or _sha256(path)
            self.encoder_ = _opened(path, sha256, self.device or CPU, self.level)

    def _worker(self) -> EncoderWorker:
        """Return what computes the rows."""
        return EncoderWorker(self.encoder_)

    def _columns(self) -> list[str]:
        """Return the names of the encoder's columns."""
        return self.encoder_.columns


@lru_cache(maxsize=1)
def _opened(path: Path, sha256: str, device: str, level: str | None) -> Encoder:
    """Open the encoder that the steps of a search, fitted one after another, share."""
    return Encoder(path, sha256, device, level)


def _sha256(path: Path) -> str:
    """Return the digest of an encoder's file."""
    return hashlib.sha256(read_model(path)).hexdigest()
