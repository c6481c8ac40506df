"""scikit-learn's own checks of estimators, as far as they mean something to transformers of sound.

They know no X but tables of numbers, which these transformers refuse: each row becomes a sound.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("sklearn")

from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks
from sklearn.utils.validation import check_is_fitted, validate_data

from deepspectrum_features import DeepSpectrum, Functionals

#: Checks of how tables of numbers are validated, which nobody does here but `OfNumbers`.
_VALIDATION = "of tables of numbers, which X is not"
INAPPLICABLE = {
    "check_array_api_input": "arrays on other devices: there is nothing to read recordings there",
    "check_complex_data": _VALIDATION,
    "check_dtype_object": _VALIDATION,
    "check_estimator_sparse_array": _VALIDATION,
    "check_estimator_sparse_matrix": _VALIDATION,
    "check_estimator_sparse_tag": _VALIDATION,
    "check_estimators_empty_data_messages": _VALIDATION,
    "check_estimators_nan_inf": _VALIDATION,
    "check_fit1d": _VALIDATION,
    "check_fit2d_1feature": _VALIDATION,
    "check_fit2d_predict1d": _VALIDATION,
    "check_n_features_in": "rows are sounds, of one value each: there is no number of features",
    "check_n_features_in_after_fitting": "as check_n_features_in",
    "check_transformer_n_iter": "nothing is iterated",
}


class OfNumbers(DeepSpectrum):
    """Makes a sound of every row of numbers."""

    def fit(self, X: Any, y: Any = None) -> OfNumbers:  # noqa: N803
        super().fit(_sounds(validate_data(self, X)))
        return self

    def transform(self, X: Any) -> Any:  # noqa: N803
        check_is_fitted(self)
        return super().transform(_sounds(validate_data(self, X, reset=False)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.one_d_array = True, False
        tags.input_tags.string = False
        return tags


def _sounds(numbers: NDArray[Any]) -> list[tuple[NDArray[np.float64], int]]:
    """Return sums of tones, 50 ms each, whose levels are the numbers of a row."""
    time = np.arange(800) / 16000
    tones = np.sin(2 * np.pi * 300 * np.outer(1 + np.arange(numbers.shape[1]), time))
    levels = np.tanh(np.asarray(numbers, float)) / numbers.shape[1]
    return [(0.1 * np.sin(3000 * time) + row @ tones, 16000) for row in levels]


def name_of(check: Any) -> str:
    function = check.func if isinstance(check, partial) else check
    return str(function.__name__)


@pytest.mark.slow
@parametrize_with_checks([OfNumbers("zhao2018-asmmc-nemo", jobs=1)])
def test_scikit_learns_checks(estimator: Any, check: Callable[[Any], None]) -> None:
    if reason := INAPPLICABLE.get(name_of(check)):
        pytest.skip(reason)
    check(estimator)


@pytest.mark.parametrize("transformer", [DeepSpectrum(), Functionals()], ids=["deep", "opensmile"])
def test_checks_that_need_no_numbers(transformer: Any) -> None:
    """Of what is no table, scikit-learn checks that it can be cloned."""
    with pytest.warns(UserWarning, match="Can't test estimator"):
        checks = [check for _, check in estimator_checks_generator(transformer)]
    assert checks
    for check in checks:
        check(transformer)


def test_what_is_left_out_is_among_the_checks() -> None:
    names = {name_of(check) for _, check in estimator_checks_generator(OfNumbers())}
    assert INAPPLICABLE.keys() <= names
    assert len(names) > 2 * len(INAPPLICABLE)
