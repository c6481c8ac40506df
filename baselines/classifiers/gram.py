"""Rows as a machine gets them: z-normed, compared by pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.classifiers.z_norm import Features, ZNorm

KERNELS = ("linear", "rbf")


class Space:
    """Where a set of training rows puts features: z-normed by these rows, seen by a kernel.

    Parameters
    ----------
    features : array (rows, dim)
        The training rows. A column that is constant among them is dropped (`ZNorm`).
    kernel : {"linear", "rbf"}
        ``z z' / d`` or ``exp(-|z - z'|^2 / d)`` for the `d` columns kept.
    families : sequence of str, (dim,), optional
        Families of columns that are to weigh the same (`ZNorm`): the linear kernel is the mean
        over families of what it is on the columns of each.

    Attributes
    ----------
    z_norm : ZNorm
    rows : array (rows, d), float32
        The training rows in their place.

    Raises
    ------
    ValueError
        Another kernel.

    Examples
    --------
    >>> space = Space(np.array([[0.0, 5.0], [2.0, 5.0]]), "linear")
    >>> space.products().tolist(), space.products(np.array([[3.0, 7.0]])).tolist()
    ([[1.0, -1.0], [-1.0, 1.0]], [[-2.0, 2.0]])
    """

    def __init__(
        self, features: Features, kernel: str, families: Sequence[str] | None = None
    ) -> None:
        if kernel not in KERNELS:
            raise ValueError(f"kernel: {kernel!r}, need one of {', '.join(KERNELS)}")
        self.kernel = kernel
        self.z_norm = ZNorm(features, families)
        self.rows = self.place(features)

    def place(self, features: Features) -> NDArray[np.float32]:
        """Z-norm; of rows so centred float32 is enough, and libsvm itself keeps no more."""
        return self.z_norm.place(features).astype(np.float32, copy=False)

    def scaled(self, features: Features | None = None) -> NDArray[np.float32]:
        """Return rows (training rows by default) whose plain products are the linear kernel."""
        rows = self.rows if features is None else self.place(features)
        return rows / np.float32(np.sqrt(self._dim()))

    def products(self, features: Features | None = None) -> NDArray[np.float64]:
        """Return the kernel of each row given with each training row (of these by default)."""
        rows = self.rows if features is None else self.place(features)
        dim = self._dim()
        # numpy computes half of a product of a matrix with its own transpose
        products: NDArray[np.float64] = np.divide(rows @ self.rows.T, dim, dtype=np.float64)
        if self.kernel == "rbf":
            lengths = [np.einsum("ij,ij->i", side, side) / dim for side in (rows, self.rows)]
            products *= 2
            products -= lengths[0][:, None]
            products -= lengths[1]
            np.exp(np.minimum(products, 0, out=products), out=products)
        return products

    def _dim(self) -> int:
        """Return the number of columns kept; 1 where there is none and all products are 0."""
        return max(1, int(self.rows.shape[1]))
