"""Whether two systems that predict numbers differ, by the CCC that is printed.

As in `deepspectrum_features.baselines.comparisons`, but CCC is no sum over speakers: it is computed
again for every exchange. With ``m`` and ``v`` the mean and variance of the reference ``r`` and
``q = p - m``, CCC of ``n`` rows is ``2 sum(q (r - m)) / (n v + sum(q**2))``: two sums, to which
every speaker adds.

More is allowed for training than for UA. There chance in training, which all speakers share, adds
about as much variance as testing, and less the more speakers there are: a boundary between classes
that is near the best loses little by being moved. CCC has no such best in what a regression
minimises: regressions shrink their predictions to the mean, every larger slope has a higher CCC,
and the slope that training happens to give moves the scores of all speakers at once. In simulations
with few and many speakers this is up to twice the variance of testing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.comparisons import Comparison, compared, known_speakers
from deepspectrum_features.baselines.exchange import exchange_test
from deepspectrum_features.baselines.regression_metrics import Numbers, paired

#: How many times the variance of testing that of training is taken to be.
TRAINING = 2.0


def compare_ccc(
    reference: Numbers,
    first: Numbers,
    second: Numbers,
    speakers: Sequence[str] | NDArray[np.str_],
    names: tuple[str, str],
) -> Comparison | None:
    """Compare the pooled CCC of two systems, their predictions exchanged speaker by speaker.

    Parameters
    ----------
    reference, first, second : sequence of float, (rows,)
        The number of each row, as it is and as each system predicted it.
    speakers : sequence of str, (rows,)
        Who spoke each row.
    names : tuple of str
        What the two systems are called.

    Returns
    -------
    Comparison or None
        None where the speaker of a row is unknown, there are fewer than two, or the reference is a
        constant.

    Raises
    ------
    ValueError
        If a sequence is not as long as the reference, or a number is not finite.

    Examples
    --------
    >>> found = compare_ccc(
    ...     [0, 1] * 6,
    ...     [0, 1] * 6,
    ...     [0, 0] * 6,
    ...     [speaker for speaker in "abcdef" for _ in range(2)],
    ...     ("svr", "constant"),
    ... )
    >>> found.difference, found.p
    (1.0, 0.03125)
    """
    truth, one = paired(reference, first)
    _, other = paired(reference, second)
    spoken = known_speakers(speakers, len(truth))
    if spoken is None or (truth == truth[0]).all():
        return None
    own = float(((truth - truth.mean()) ** 2).sum())

    def score(totals: NDArray[np.float64]) -> NDArray[np.float64]:
        ccc: NDArray[np.float64] = 2 * totals[:, 0] / (own + totals[:, 1])
        return ccc

    speaker = np.unique(spoken, return_inverse=True)[1]
    sums = _moments(truth, one, speaker), _moments(truth, other, speaker)
    difference = np.subtract(*score(np.stack([side.sum(axis=0) for side in sums])))
    differing = int((sums[0] != sums[1]).any(axis=1).sum())
    p = exchange_test(*sums, score, TRAINING)
    return compared(names, "ccc", float(difference), p, len(sums[0]), differing)


def _moments(
    reference: NDArray[np.float64],
    predicted: NDArray[np.float64],
    speaker: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Add up products and squares around the mean of the reference, ``(speakers, 2)``."""
    truth, said = reference - reference.mean(), predicted - reference.mean()
    terms = (said * truth, said**2)
    return np.stack([np.bincount(speaker, term) for term in terms], axis=1)
