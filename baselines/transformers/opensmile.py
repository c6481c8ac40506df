"""openSMILE's functionals as a step of scikit-learn's pipelines."""

from __future__ import annotations

from deepspectrum_features import arguments
from deepspectrum_features.baselines.functionals import FunctionalsWorker
from deepspectrum_features.baselines.transformers.transformer import ERROR, RecordingTransformer
from deepspectrum_features.sound.opensmile_engine import FEATURE_SETS, feature_names


class Functionals(RecordingTransformer):
    """Turn recordings into rows of openSMILE's functionals, as `functionals` does, without a file.

    Parameters
    ----------
    set : str, optional
        ``egemaps`` (eGeMAPSv02, 88 columns) or ``compare`` (ComParE_2016, 6373 columns).
    jobs : int, optional
        Processes at a time; default one for every CPU. Results do not depend on it.
    unreadable : str, optional
        What becomes of rows that give no features: ``error``, or ``nan`` for a row of NaN.

    Attributes
    ----------
    n_features_out_ : int
        Columns.

    Raises
    ------
    DsfError
        In `fit`, if openSMILE is not installed.

    Examples
    --------
    >>> from deepspectrum_features.testing import tone
    >>> sounds = [(tone(pitch, seconds=1.0), 16000) for pitch in (220, 440)]
    >>> Functionals("egemaps", jobs=1).fit_transform(sounds).shape
    (2, 88)
    """

    def __init__(
        self,
        set: str = "egemaps",
        *,
        jobs: int | None = None,
        unreadable: str = ERROR,
    ) -> None:
        self.set = set
        self.jobs = jobs
        self.unreadable = unreadable

    def _open(self) -> None:
        """Say how to install openSMILE, before any work."""
        arguments.choice("set", self.set, [*FEATURE_SETS])
        feature_names(self.set)

    def _worker(self) -> FunctionalsWorker:
        """Return what computes the rows."""
        return FunctionalsWorker(self.set)

    def _columns(self) -> list[str]:
        """Return openSMILE's own names."""
        return feature_names(self.set)
