"""Statistics over time by name; `deepspectrum_features.recipe.statistics` says what they are.

Another statistic is a line here and one there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from deepspectrum_features.encoder.sample import Numbers, Sample

Compute = Callable[[Sample], Numbers]


def log(values: Numbers) -> Numbers:
    """Return logarithms of what is not negative, of 0 too."""
    return np.asarray(np.log(np.maximum(values, 0) + 1e-3))


def log_kurtosis(sample: Sample) -> Numbers:
    """Return the logarithm of the kurtosis, which is 1 at the least."""
    return log(np.maximum(sample.moment(4), 1))


def curvature(sample: Sample) -> Numbers:
    """Return how far the values lie higher at both ends of an utterance than in the middle."""
    return sample.mean_with(sample.time**2 - 1 / 3)


def percentile(percent: float) -> Compute:
    """Return what computes one percentile."""
    return lambda sample: sample.percentile(percent)


STATISTICS: dict[str, Compute] = {
    "mean": lambda sample: sample.mean,
    "log_deviation": lambda sample: log(sample.deviation),
    "asinh_skewness": lambda sample: np.arcsinh(sample.moment(3)),
    "log_kurtosis": log_kurtosis,
    "slope": lambda sample: sample.slope,
    "curvature": curvature,
    "p10": percentile(10),
    "p25": percentile(25),
    "p50": percentile(50),
    "p75": percentile(75),
    "p90": percentile(90),
    "log_iqr": lambda sample: log(sample.percentile(75) - sample.percentile(25)),
    "log_acceleration": lambda sample: log(sample.acceleration()),
    "autocorrelation_05": lambda sample: sample.autocorrelation(5),
    "autocorrelation_10": lambda sample: sample.autocorrelation(10),
}
