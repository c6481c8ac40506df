"""The only door to openSMILE: waveforms in, rows of its feature sets out."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.errors import AudioError, DsfError

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
    engine = _engine(feature_set)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # too short: it gives NaN, which is noticed below
        found = engine(np.clip(waveform, np.float32(-1), _LARGEST), sample_rate)
    row: NDArray[np.float32] = np.asarray(found, np.float32).reshape(-1)
    if len(row) != engine.num_features or not np.isfinite(row).all():
        bad = "nothing" if np.isnan(row).all() else f"{int((~np.isfinite(row)).sum())} NaN"
        raise AudioError(
            f"openSMILE gives {bad} for {len(waveform) / sample_rate:.3f} s, need a longer stretch",
            stage="functionals",
        )
    return row


def feature_names(feature_set: str) -> list[str]:
    """Return the names of the columns, openSMILE's own."""
    return list(_engine(feature_set).feature_names)


def version() -> str:
    """Return the version of opensmile-python."""
    return str(_module().__version__)


@lru_cache(maxsize=2)
def _engine(feature_set: str) -> Any:
    """Return openSMILE with a feature set; one in every process."""
    opensmile = _module()
    return opensmile.Smile(
        feature_set=getattr(opensmile.FeatureSet, FEATURE_SETS[feature_set]),
        feature_level=opensmile.FeatureLevel.Functionals,
    )


def _module() -> Any:
    try:
        import opensmile
    except ImportError:
        raise DsfError(
            "opensmile is not installed, needed for its functionals "
            "(pip install 'deepspectrum-features[opensmile]')"
        ) from None
    return opensmile
