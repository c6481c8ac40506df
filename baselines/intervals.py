"""What a score would be over all speakers of the same kind: an interval.

**What is estimated.** The score that these trained systems would get, pooled, over an endless row
of speakers drawn as those at hand were: each with the number of rows, and the classes, that such
speakers have. For UA it is the mean over classes of ``E[hits] / E[rows]``, the expectation over
speakers. Another training corpus, recorded otherwise, is not meant.

**How.** `deepspectrum_features.baselines.speaker_variance` gives the variance ``V`` of the score
and its degrees of freedom; ``t`` is Student's quantile for these. Near the end of its scale a
symmetric interval would reach too far on one side and not far enough on the other:

* Shares get Wilson's interval: all ``p`` with ``(value - p)**2 <= t**2 p (1 - p) / N``, where
  ``N = value (1 - value) / V`` is how many independent rows the score is worth. It is no narrower
  than Wilson's with the normal quantile and ``N = K**2 / sum_k (1 / n_k)``, as if rows were
  independent, so that a perfect score too has one.
* Correlations get ``tanh(atanh(value) +- t sqrt(V) (f + 1) / (f (1 - value**2)))``, Fisher's scale,
  ``f`` the degrees of freedom. A speaker's share is to first order around the mean of all speakers,
  this one among them, and so too small; without one of ``f + 1`` equal speakers, that mean would
  move by ``(f + 1) / f`` times as much.
* Root mean squares get ``value exp(+- t sqrt(V) / (2 value**2))``, ``V`` that of the square.

References
----------
E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
the American Statistical Association 22(158), pp. 209-212, 1927. On an effective number of rows
from clusters with few degrees of freedom: E. L. Korn and B. I. Graubard, "Confidence intervals for
proportions with small expected number of positive counts estimated from survey data", Survey
Methodology 24(2), pp. 193-201, 1998. On Fisher's scale for CCC: L. I. Lin, "A concordance
correlation coefficient to evaluate reproducibility", Biometrics 45(1), pp. 255-268, 1989.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.ratios import Ratio
from deepspectrum_features.baselines.speaker_variance import Matrix, SpeakerSums, variance
from deepspectrum_features.terminal import counted

#: A term of a score with fewer speakers than this, counted by their rows, gets a note.
FEW_SPEAKERS = 3
#: What is nearer than this to 0, or to a correlation of 1, is so but for rounding.
_ROUNDING = 1e-9


class Interval(NamedTuple):
    """An interval and what limits it.

    Attributes
    ----------
    low, high : float
        NaN where there is none.
    note : str
        On what few speakers it rests, or why there is none; empty where nothing is to be said.
    """

    low: float
    high: float
    note: str = ""


def speaker_interval(
    ratio: Ratio, speakers: Sequence[str] | NDArray[np.str_], confidence: float = 0.95
) -> Interval:
    """Bracket what a score would be over all speakers of the same kind.

    Parameters
    ----------
    ratio : Ratio
        The score, from `CLASS_RATIOS` or `NUMBER_RATIOS`.
    speakers : sequence of str, (rows,)
        Who spoke each row.
    confidence : float, 0 to 1
        Share of such intervals that are to hold the true value.

    Returns
    -------
    Interval
        Within what the score can be, and never of no width. None (NaN) where a row has no speaker,
        there are fewer than two, each class has a speaker of its own, or the score is unknown.

    Examples
    --------
    >>> from deepspectrum_features.baselines.ratios import wa_ratio
    >>> right = wa_ratio(["calm"] * 8, ["calm"] * 3 + ["loud"] * 2 + ["calm"] * 3)
    >>> low, high, note = speaker_interval(right, list("aabbccdd"))
    >>> round(low, 3), round(high, 3), note
    (0.276, 0.959, '')
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: {confidence:g}, need a share between 0 and 1")
    spoken = np.asarray(speakers, np.str_)
    if len(spoken) != len(ratio.part):
        raise ValueError(f"speakers: {len(spoken)} rows, need {len(ratio.part)}, one a row")
    if not spoken.all():
        return _none("rows without a speaker")
    names, speaker = np.unique(spoken, return_inverse=True)
    if len(names) < 2:
        return _none("fewer than two speakers")
    value = ratio.value()
    if math.isnan(value):
        return _none("the score is unknown")
    parts = SpeakerSums.of(ratio, speaker, len(names))
    if not parts.deviation.all():
        return _none("no row is off")
    found, freedom = variance(parts)
    if not freedom:
        return _none("every class has a speaker of its own")
    ends = _ends(ratio, value, found, freedom, confidence, parts.rows)
    if ends is None:
        return _none("speakers do not differ")
    return Interval(*ends, _note(ratio.names, parts.rows))


def _ends(
    ratio: Ratio, value: float, varies: float, freedom: float, confidence: float, rows: Matrix
) -> tuple[float, float] | None:
    """Return the ends on the scale of the score; None where it has no width."""
    from scipy.special import ndtri, stdtrit  # the extra `evaluate` brings scipy

    t = float(stdtrit(freedom, (1 + confidence) / 2))
    if ratio.scale == "share":
        least = float(ndtri((1 + confidence) / 2)) ** 2 * float((1 / rows.sum(axis=0)).mean())
        spread = t**2 * varies / (value * (1 - value)) if 0 < value < 1 else 0.0
        return _wilson(value, max(spread, least / rows.shape[1]))
    reach = t * math.sqrt(varies)
    if ratio.scale == "correlation":
        room, reach = 1 - value**2, reach * (freedom + 1) / freedom
        if room < _ROUNDING or reach < _ROUNDING * room:
            return None
        middle = math.atanh(value)
        return math.tanh(middle - reach / room), math.tanh(middle + reach / room)
    if reach <= _ROUNDING * value**2:
        return None
    widened = math.exp(reach / (2 * value**2))
    return value / widened, value * widened


def _wilson(value: float, spread: float) -> tuple[float, float]:
    """Solve ``(value - p)**2 = spread p (1 - p)`` for ``p``."""
    middle = value + spread / 2
    reach = math.sqrt(spread * value * (1 - value) + spread**2 / 4)
    return max((middle - reach) / (1 + spread), 0.0), min((middle + reach) / (1 + spread), 1.0)


def _note(names: tuple[str, ...], rows: Matrix) -> str:
    """Name the classes that few speakers utter, counted by their shares of the rows."""
    parts = rows / rows.sum(axis=0)
    few = np.flatnonzero(1 / (parts**2).sum(axis=0) < FEW_SPEAKERS)
    told = []
    for term in few:
        count, most = np.count_nonzero(parts[:, term]), parts[:, term].max()
        of = f" of {names[term]}" if names[term] else ""
        told.append(f"{counted(int(count), 'speaker')}{of}, one with {most:.0%} of the rows")
    return f"rests on few speakers: {'; '.join(told)}" if told else ""


def _none(why: str) -> Interval:
    return Interval(math.nan, math.nan, f"no interval: {why}")
