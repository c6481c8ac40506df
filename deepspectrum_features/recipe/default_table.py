"""The statistics over time that encoders of ours give."""

from __future__ import annotations

from deepspectrum_features.recipe.functionals import Block, Correlations, FunctionalTable
from deepspectrum_features.recipe.rhythm import RHYTHM
from deepspectrum_features.recipe.statistics import STATISTICS
from deepspectrum_features.recipe.streams import CEPSTRA, STREAMS

_CEPSTRUM = tuple(f"cepstrum_{number:02d}" for number in range(CEPSTRA))
_FORMANTS = ("f1", "f2", "f3")
_LEVELS = tuple(f"{formant}_level" for formant in _FORMANTS)
_VOICE = ("hnr", "cpp", "h1_h2", "slope_0_500", "slope_500_1500", "slope_1500_5000")
_PROSODY = (
    "f0", "voicing", "energy", "low_mid_ratio", "mid_high_ratio", "centroid", "spread", "entropy",
    "rolloff", "flux", "flatness",
)  # fmt: skip
_OF_VALUES = tuple(STATISTICS)
_OF_CHANGES = (
    "mean", "log_deviation", "asinh_skewness", "log_kurtosis",
    "p10", "p25", "p50", "p75", "p90", "log_iqr",
)  # fmt: skip


def _over(mask: str) -> tuple[Block, Block]:
    """Return the blocks of prosodic streams over one mask."""
    family = f"prosody-{mask}"
    return (
        Block(family=family, streams=_PROSODY, mask=mask, statistics=_OF_VALUES),
        Block(family=family, streams=_PROSODY, mask=mask, statistics=_OF_CHANGES, delta=True),
    )


DEFAULT_TABLE = FunctionalTable(
    streams=tuple(STREAMS.values()),
    blocks=(
        *_over("voiced"),
        *_over("active"),
        _over("all")[0],
        Block(family="cepstrum", streams=_CEPSTRUM, mask="voiced", statistics=_OF_VALUES),
        Block(
            family="cepstrum", streams=_CEPSTRUM, mask="voiced", statistics=_OF_CHANGES, delta=True
        ),
        Block(
            family="formants", streams=(*_FORMANTS, *_LEVELS), mask="voiced", statistics=_OF_VALUES
        ),
        Block(family="voice", streams=_VOICE, mask="voiced", statistics=_OF_VALUES),
    ),
    correlations=(
        Correlations(family="prosody-voiced", streams=(*_PROSODY, *_FORMANTS), mask="voiced"),
    ),
    rhythm=tuple(RHYTHM),
)
