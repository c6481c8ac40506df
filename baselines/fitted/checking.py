"""A written graph against the scikit-learn estimators that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from deepspectrum_features.baselines.fitted.calibration import evidence
from deepspectrum_features.baselines.fitted.machines import on_one_side
from deepspectrum_features.errors import DsfError

if TYPE_CHECKING:
    from deepspectrum_features.baselines.fitted.classifier import Classifier

#: Of scores and probabilities, in themselves and of their size.
TOLERANCE = 1e-5


def check_parity(
    classifier: Classifier, model: Any, slopes: NDArray[np.float64], inputs: NDArray[np.float32]
) -> None:
    """Refuse a classifier that does not answer as what it was made of.

    Rows so close to the border of two classes that rounding moves them over it are left out.

    Parameters
    ----------
    classifier : Classifier
    model : SVM or DNN
        Fitted.
    slopes : ndarray, (kinds,)
        Of its probabilities, as `fit_slopes` gives them.
    inputs : ndarray, (rows, columns), float32
        What both are asked.

    Raises
    ------
    DsfError
        Naming what differs, and by how much.
    """
    told = inputs[on_one_side(model, inputs, TOLERANCE)]
    found = classifier.decide(told)
    scores = model.decision_function(told)
    whole = np.stack([-scores, scores], axis=1) if scores.ndim == 1 else scores
    spoken = evidence(whole, votes=len(slopes) > 1)
    if (found.label != model.predict(told)).any():
        raise DsfError("the graph names other classes than scikit-learn, not written")
    for name, given, needed in (
        ("scores", found.scores, whole),
        ("probabilities", found.probabilities, softmax(np.tensordot(slopes, spoken, 1), axis=1)),
    ):
        if not np.allclose(given, needed, rtol=TOLERANCE, atol=TOLERANCE):
            apart = np.abs(given - needed).max()
            raise DsfError(
                f"{name} of the graph are {apart:.1e} from scikit-learn's, need at most "
                f"{TOLERANCE:g}, not written"
            )
