"""The only door to openSMILE: waveforms in, rows of its feature sets out.

One process at a time: openSMILE's threads fail at random, say its maintainers.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.errors import AudioError
from deepspectrum_features.extras import naming_extras

#: Short names of the feature sets, and openSMILE's own.
FEATURE_SETS = {"egemaps": "eGeMAPSv02", "compare": "ComParE_2016"}
LICENCE = "openSMILE: research and private use only (audEERING)"

_LARGEST = np.float32(32767 / 32768)


def functionals(
    waveform: NDArray[np.float32], sample_rate: int, feature_set: str
) -> NDArray[np.float32]:
    """Compute the functionals of one utterance.

    openSMILE works on 16-bit samples and wraps +1.0 to -32768: samples are clipped before.

    Parameters
    ----------
    waveform : ndarray, (samples,)
        Full scale 1.
    sample_rate : int, Hz
        The recording's own; openSMILE does not resample.
    feature_set : str
        ``egemaps`` (88 columns) or ``compare`` (6373).

    Returns
    -------
    ndarray, (columns,), float32

    Raises
    ------
    AudioError
        If openSMILE gives nothing, or no finite numbers.
    """
    engine = _engine(FEATURE_SETS[feature_set], "Functionals")
    return _run(engine, waveform, sample_rate, stage="functionals").reshape(-1)


def descriptors(
    waveform: NDArray[np.float32], sample_rate: int, feature_set: str
) -> NDArray[np.float32]:
    """Compute the low-level descriptors of one utterance, a row about every 10 ms.

    Parameters
    ----------
    waveform : ndarray, (samples,)
        Full scale 1; clipped as for `functionals`.
    sample_rate : int, Hz
        The recording's own.
    feature_set : str
        openSMILE's own name, ``ComParE_2016``.

    Returns
    -------
    ndarray, (rows, columns), float32

    Raises
    ------
    AudioError
        If openSMILE gives nothing, or no finite numbers.
    """
    engine = _engine(feature_set, "LowLevelDescriptors")
    return np.ascontiguousarray(_run(engine, waveform, sample_rate, stage="frame").T)


def feature_names(feature_set: str) -> list[str]:
    """Return the names of the functionals' columns, openSMILE's own."""
    return list(_engine(FEATURE_SETS[feature_set], "Functionals").feature_names)


def is_installed() -> bool:
    """Whether there is an openSMILE to work with."""
    return find_spec("opensmile") is not None


def version() -> str:
    """Return the version of opensmile-python."""
    return str(_module().__version__)


def _run(
    engine: Any, waveform: NDArray[np.float32], sample_rate: int, stage: str
) -> NDArray[np.float32]:
    """Return ``(columns, rows)`` of one utterance, all finite."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # too short: it gives NaN, which is noticed below
        found = engine(np.clip(waveform, np.float32(-1), _LARGEST), sample_rate)
    table: NDArray[np.float32] = np.asarray(found, np.float32).reshape(engine.num_features, -1)
    if table.size == 0 or not np.isfinite(table).all():
        bad = "nothing" if np.isnan(table).all() else f"{int((~np.isfinite(table)).sum())} NaN"
        raise AudioError(
            f"openSMILE gives {bad} for {len(waveform) / sample_rate:.3f} s, need a longer stretch",
            stage=stage,
        )
    return table


@lru_cache(maxsize=2)
def _engine(feature_set: str, level: str) -> Any:
    """Return openSMILE with a feature set at one of its levels; one in every process."""
    opensmile = _module()
    return opensmile.Smile(
        feature_set=getattr(opensmile.FeatureSet, feature_set),
        feature_level=getattr(opensmile.FeatureLevel, level),
    )


def _module() -> Any:
    with naming_extras():
        import opensmile
    return opensmile
