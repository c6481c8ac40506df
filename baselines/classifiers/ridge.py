"""Ridge regression that chooses its own alpha."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deepspectrum_features.baselines.classifiers.gram import Space
from deepspectrum_features.baselines.classifiers.regression import Floats, LinearRegressor


class Ridge(LinearRegressor):
    """Predict numbers by least squares with a penalty on the weights; alpha is chosen inside.

    With `z` the features after z-norm by the training rows, `d` their number without constant
    columns and `t` the targets after theirs, it minimises ``|t - z w / sqrt(d)|^2 + alpha |w|^2``:
    alpha means the same for 88 columns and for 6373. One eigendecomposition, of the products of
    rows or of columns, whichever are fewer, serves every alpha.

    Parameters
    ----------
    alphas : sequence of float
        The values to choose from, in any order.
    inner_folds : int
        At least 2; fewer are used where there are fewer groups.
    families : sequence of str, (dim,), optional
        The family of every column: all are to weigh the same (`ZNorm`).

    Attributes
    ----------
    chosen_ : dict
        ``{"alpha": 1.0}``; equal scores go to the larger alpha.
    chosen_on_ : str
        On which rows alpha was chosen, in words, with ``{groups}`` for what the groups are.
    inner_scores_ : dict of float to float
        For each alpha the concordance correlation of all inner predictions, pooled.
    n_features_in_ : int

    Examples
    --------
    >>> speakers = np.repeat(["ada", "ben", "cy"], 4)
    >>> arousal = np.tile([1.0, 2.0, 3.0, 4.0], 3)
    >>> model = Ridge().fit(arousal[:, None] * [2, -1], arousal, groups=speakers)
    >>> model.chosen_, model.predict([[5.0, -2.5]]).round(1).tolist()
    ({'alpha': 0.01}, [2.5])
    """

    setting, smoother = "alpha", "larger"

    def __init__(
        self,
        alphas: Sequence[float] = (0.01, 0.1, 1, 10, 100, 1000),
        inner_folds: int = 5,
        families: Sequence[str] | None = None,
    ) -> None:
        self.alphas = alphas
        self.inner_folds = inner_folds
        self.families = families

    def bytes_needed(self, rows: int, columns: int) -> int:
        """Estimate the memory that a fit takes beside the features given, in bytes.

        Parameters
        ----------
        rows, columns : int
            Of the features given, in float32.
        """
        copies = 4 * 4 * rows * columns + 8 * rows * columns  # as for SVR, and in float64
        return copies + 4 * 8 * min(rows, columns) ** 2  # products, eigenvectors, work space

    def _solve(
        self, space: Space, targets: Floats, values: Sequence[float]
    ) -> tuple[Floats, Floats]:
        """Solve for every alpha; rows and targets are centred, so intercepts are 0."""
        rows = space.scaled().astype(np.float64)
        if rows.shape[0] < rows.shape[1]:
            weights = rows.T @ _shrunk(rows @ rows.T, targets, values)
        else:
            weights = _shrunk(rows.T @ rows, rows.T @ targets, values)
        return weights, np.zeros(len(values))

    def _name(self) -> str:
        """Name the method."""
        return "ridge regression"


def _shrunk(products: Floats, right: Floats, alphas: Sequence[float]) -> Floats:
    """Solve ``(products + alpha I) x = right`` for every alpha: (size, alphas)."""
    eigenvalues, vectors = np.linalg.eigh(products)
    along = (vectors.T @ right)[:, None]
    solved: Floats = vectors @ (along / (np.maximum(eigenvalues, 0)[:, None] + np.array(alphas)))
    return solved
