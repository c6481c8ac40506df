"""Statistics over time: scipy's and numpy's own, column by column, in double precision."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray

from deepspectrum_features.encoder.sample import Sample
from deepspectrum_features.encoder.statistics import STATISTICS
from deepspectrum_features.recipe import statistics

Numbers = NDArray[np.float64]


def slope(values: Numbers) -> float:
    """Return the slope of the least-squares line over time from -1 to 1."""
    return float(np.polyfit(np.linspace(-1, 1, len(values)), values, 1)[0])


def bow(values: Numbers) -> float:
    time = np.linspace(-1, 1, len(values))
    return float(np.mean((time**2 - 1 / 3) * (values - values.mean())))


def acceleration(values: Numbers) -> float:
    """Return the mean bend of frames whose neighbours count too; the gap is behind the fifth."""
    numbers = places(len(values))
    bends = [
        abs(values[n - 1] - 2 * values[n] + values[n + 1])
        for n in range(1, len(values) - 1)
        if numbers[n] - numbers[n - 1] == numbers[n + 1] - numbers[n] == 1
    ]
    return float(np.mean(bends)) if bends else 0.0


def autocorrelation(values: Numbers, lag: int) -> float:
    if len(values) <= lag:
        return 0.0
    normed = scipy.stats.zscore(values)
    return float(np.mean([a * b for a, b in zip(normed, normed[lag:], strict=False)]))


def log(value: float) -> float:
    return float(np.log(value + 0.001))


NAIVE = {
    "mean": np.mean,
    "log_deviation": lambda values: log(np.std(values)),
    "asinh_skewness": lambda values: np.arcsinh(scipy.stats.skew(values)),
    "log_kurtosis": lambda values: log(scipy.stats.kurtosis(values, fisher=False)),
    "slope": slope,
    "curvature": bow,
    **{f"p{percent}": partial(np.percentile, q=percent) for percent in (10, 25, 50, 75, 90)},
    "log_iqr": lambda values: log(scipy.stats.iqr(values)),
    "log_acceleration": lambda values: log(acceleration(values)),
    "autocorrelation_05": lambda values: autocorrelation(values, 5),
    "autocorrelation_10": lambda values: autocorrelation(values, 10),
}


def places(frames: int) -> NDArray[np.int64]:
    """Return numbers of frames, with a gap behind the fifth."""
    return np.array([number + 3 * (number >= 5) for number in range(frames)])


def sample(*utterances: NDArray[np.float32]) -> Sample:
    """Return utterances ``(streams, frames)`` together, numbers of frames going on behind each."""
    counts, numbers = [one.shape[1] for one in utterances], np.zeros(0, np.int64)
    for count in counts:
        numbers = np.append(numbers, places(count) + numbers.max(initial=-1) + 1)
    return Sample(np.concatenate(utterances, axis=1), numbers, np.array(counts))


def streams(frames: int) -> NDArray[np.float32]:
    """Return streams of other heights, widths and shapes."""
    generator = np.random.default_rng(frames)
    time = np.linspace(0, 1, frames)
    return np.stack(
        [
            generator.standard_normal(frames),
            1000 + 5 * generator.standard_normal(frames),
            generator.exponential(3, frames) - 40,
            5 * time + 0.01 * generator.standard_normal(frames),
            np.round(generator.standard_normal(frames)),  # ties
        ]
    ).astype(np.float32)


def test_every_statistic_of_the_recipe_is_computed_and_checked() -> None:
    assert list(STATISTICS) == list(statistics.STATISTICS)
    assert STATISTICS.keys() == NAIVE.keys()


@pytest.mark.parametrize("frames", [2, 3, 10, 101, 1000])
@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_are_those_of_scipy_and_numpy(name: str, frames: int) -> None:
    values = streams(frames)
    found = STATISTICS[name](sample(values))[:, 0]
    expected = [NAIVE[name](row.astype(np.float64)) for row in values]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    if frames > 10:
        others = [NAIVE[name](row.astype(np.float64)) for row in values[::-1]]
        assert not np.allclose(found, others, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", STATISTICS)
def test_a_single_frame_is_constant(name: str) -> None:
    found = STATISTICS[name](sample(np.array([[7], [-3]], np.float32)))[:, 0]
    if name == "mean" or (name[0] == "p" and name[1:].isdecimal()):
        np.testing.assert_array_equal(found, [7, -3])
    else:
        nothing = {"log_kurtosis": log(1)} if name == "log_kurtosis" else {}
        expected = nothing.get(name, log(0) if name.startswith("log_") else 0)
        np.testing.assert_allclose(found, [expected, expected])


@pytest.mark.parametrize("mean", [0.0, 1.0, -100.0])
def test_what_hardly_deviates_has_no_shape(mean: float) -> None:
    """The limit is 1e-4 (1 + |mean|): below it skewness and kurtosis would be those of rounding."""
    skewed = np.array([0, 0, 0, 1], np.float64)
    unit = (skewed - skewed.mean()) / skewed.std()
    limit = 1e-4 * (1 + abs(mean))
    rows = np.array([mean + share * limit * unit for share in (0.0, 0.8, 1.25)]).astype(np.float32)
    for name, none in (("asinh_skewness", 0), ("log_kurtosis", log(1))):
        found = STATISTICS[name](sample(rows))[:, 0]
        np.testing.assert_allclose(found[:2], none)
        assert found[2] == pytest.approx(NAIVE[name](unit), rel=0.01)
        assert found[2] > 0.5


def test_a_stream_has_its_numbers_whatever_stands_beside_it() -> None:
    values = streams(333)
    for compute in STATISTICS.values():
        together = compute(sample(values))
        alone = [compute(sample(row[None]))[0] for row in values]
        np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("name", STATISTICS)
def test_an_utterance_has_its_numbers_whatever_stands_beside_it(name: str) -> None:
    """Among others are those of one frame, of less than a lag, and of what is no number."""
    utterances = [streams(frames) for frames in (40, 1, 2, 7, 101, 1, 333)]
    utterances[4][1, 50] = np.nan
    with np.errstate(invalid="ignore"):
        together = STATISTICS[name](sample(*utterances))
        alone = [STATISTICS[name](sample(one)) for one in utterances]
    np.testing.assert_array_equal(together, np.concatenate(alone, axis=1))
    assert np.isfinite(np.delete(together, 4, axis=1)).all()
    assert not np.allclose(together[:, 0], together[:, -1], rtol=1e-3, atol=1e-3)
