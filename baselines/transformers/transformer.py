"""A step of scikit-learn's that turns recordings into rows of features."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from deepspectrum_features import arguments
from deepspectrum_features.baselines.transformers.rows import Rows, rows_of
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.extraction.vectors import Vectors, compute_vectors
from deepspectrum_features.extraction.worker import Worker
from deepspectrum_features.terminal import counted, first_few, one_line

ERROR, NAN = UNREADABLE = ("error", "nan")


class RecordingTransformer(TransformerMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """Base of transformers that compute features of sound; they learn nothing.

    A subclass has the parameters ``jobs`` and ``unreadable``, and says what computes its rows.
    """

    jobs: int | None
    unreadable: str

    def fit(self, X: Any, y: Any = None) -> RecordingTransformer:  # noqa: N803
        """Check X and the parameters, and open what is to compute the rows; nothing is learnt.

        Parameters
        ----------
        X : list, ndarray, pandas.DataFrame, pandas.Series or pandas.Index
            As for `transform`; no sound is read yet.
        y : optional
            Left alone.

        Raises
        ------
        CorpusError, TypeError, ValueError
            If X or a parameter does not fit.
        """
        arguments.whole_number("jobs", self.jobs)
        arguments.choice("unreadable", self.unreadable, UNREADABLE)
        rows_of(X)
        self._open()
        self.n_features_out_ = len(self._columns())
        return self

    def transform(self, X: Any) -> Any:  # noqa: N803
        """Compute a row of features for every row of X.

        Parameters
        ----------
        X : list, ndarray, pandas.DataFrame, pandas.Series or pandas.Index
            Paths of recordings; pairs (samples, rate) of one channel ``(samples,)`` of floats, full
            scale 1; a table with a column ``file`` and, where wanted, ``start``, ``end`` (s) and
            ``channel`` (from 1); or anything of pandas with audformat's index, ``file`` or
            (``file``, ``start``, ``end``). None and NaN name nothing.

        Returns
        -------
        ndarray, (rows, columns), float32
            In the order of X; after ``set_output(transform="pandas")`` with the index of X.

        Raises
        ------
        CorpusError
            If a row of X gives no features, naming it, unless ``unreadable="nan"``.
        TypeError, ValueError
            If X is something else.
        """
        check_is_fitted(self)
        rows = rows_of(X)
        found = compute_vectors(self._worker(), rows.corpus, self.jobs)
        if self.unreadable == ERROR and (reasons := [*_reasons(rows, found)]):
            raise CorpusError(
                f"X: {len(reasons)} of {counted(len(rows.stretches), 'row')} without features, "
                f"need a recording in each: {one_line(first_few(reasons, '; '))} "
                "(leave them out, or unreadable='nan')"
            )
        matrix = np.full((len(rows.stretches), self.n_features_out_), np.nan, np.float32)
        for row, stretch in zip(matrix, rows.stretches, strict=True):
            if stretch in found.rows:
                row[:] = found.rows[stretch]
        return self._indexed(matrix, X)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the names of the columns, whatever the input is called."""
        check_is_fitted(self)
        return np.array(self._columns(), object)

    def __sklearn_tags__(self) -> Any:
        """Say that X is one value a row, and no number."""
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.allow_nan = self.unreadable == NAN
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def _indexed(self, matrix: NDArray[np.float32], X: Any) -> Any:  # noqa: N803
        """Give rows the index of X where they become pandas's: scikit-learn keeps a table's alone.

        There is no public way to ask an estimator for what `set_output` told it.
        """
        own = getattr(self, "_sklearn_output_config", {})
        if own.get("transform", get_config()["transform_output"]) != "pandas":
            return matrix
        pandas = import_module("pandas")
        if isinstance(X, pandas.Index | pandas.Series):
            return pandas.DataFrame(matrix, index=getattr(X, "index", X))
        return matrix

    @abstractmethod
    def _open(self) -> None:
        """Open what computes the rows, or say what it lacks."""

    @abstractmethod
    def _worker(self) -> Worker:
        """Return what computes the rows."""

    @abstractmethod
    def _columns(self) -> list[str]:
        """Return the names of the columns."""


def _reasons(rows: Rows, found: Vectors) -> Iterator[str]:
    """Say of every row without features why it has none."""
    refused = {one.stretch: one.reason for one in found.refused}
    for number, stretch in enumerate(rows.stretches):
        if stretch is None:
            yield f"row {number}: names nothing"
        elif stretch not in found.rows:
            named = dict.fromkeys((f"row {number}", stretch[0]))  # a sound is called by its row
            yield f"{', '.join(named)}: {refused[stretch]}"
