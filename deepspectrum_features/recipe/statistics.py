"""What the statistics over time are called and mean; `encoder.statistics` computes them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """A number that sums up a stream's values over some frames.

    Attributes
    ----------
    about : str
        What it says, for people; "of" and the stream follow.
    unit : str
        Its unit, with ``{}`` for that of the stream; empty where it has none.
    """

    about: str
    unit: str = "{}"


#: Of the chosen frames in their order; time runs from -1 at the first to 1 at the last of them.
#: Logarithms are of (x + 0.001). What is constant has a skewness and autocorrelation of 0, and a
#: kurtosis of 1.
STATISTICS: dict[str, Statistic] = {
    "mean": Statistic(about="mean"),
    "log_deviation": Statistic(about="logarithm of the standard deviation", unit="ln {}"),
    "asinh_skewness": Statistic(about="skewness, through asinh,", unit=""),
    "log_kurtosis": Statistic(about="logarithm of the kurtosis (1.1 if normal)", unit=""),
    "slope": Statistic(about="rise over half the time, on a straight line,"),
    "curvature": Statistic(
        about="mean product with t^2 - 1/3 (above 0: higher at both ends than in the middle)"
    ),
    "p10": Statistic(about="10th percentile"),
    "p25": Statistic(about="25th percentile"),
    "p50": Statistic(about="median"),
    "p75": Statistic(about="75th percentile"),
    "p90": Statistic(about="90th percentile"),
    "log_iqr": Statistic(
        about="logarithm of the distance from the 25th to the 75th percentile", unit="ln {}"
    ),
    "log_acceleration": Statistic(
        about="logarithm of the mean absolute second difference, where neighbours count too,",
        unit="ln {}",
    ),
    "autocorrelation_05": Statistic(
        about="autocorrelation over 5 frames (those that do not count left out)", unit=""
    ),
    "autocorrelation_10": Statistic(
        about="autocorrelation over 10 frames (those that do not count left out)", unit=""
    ),
}
