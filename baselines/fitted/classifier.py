"""A fitted classifier: features or recordings in, a label and probabilities for each out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features import arguments
from deepspectrum_features.baselines.fitted.card import Expected
from deepspectrum_features.baselines.fitted.heard import met_in_training
from deepspectrum_features.baselines.fitted.identity import columns_for, differences
from deepspectrum_features.baselines.fitted.model_file import (
    INPUT,
    OUTPUTS,
    check_place,
    open_model,
    read_bytes,
)
from deepspectrum_features.baselines.fitted.predictions import Decisions, Predictions
from deepspectrum_features.baselines.fitted.source import features_of
from deepspectrum_features.baselines.fitted.speakers import check_known, check_several
from deepspectrum_features.baselines.fitted.summary import card_rows, describe_card
from deepspectrum_features.baselines.normalisation import by_speaker, normalisation_warnings
from deepspectrum_features.baselines.stored_features import utterances_of
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.keywords import ReadingKeywords
from deepspectrum_features.corpus.sources.python_lists import Source
from deepspectrum_features.errors import DsfError
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.silence import without_silent_rows
from deepspectrum_features.files import whole_file
from deepspectrum_features.overview import Overview, WithOverview
from deepspectrum_features.terminal import first_few

_ROWS_AT_ONCE = 256


class Classifier(WithOverview):
    """A classifier of utterances with its provenance; ``print`` it for a summary.

    `deepspectrum_features.fit` makes one, `read` opens the file of one.

    Parameters
    ----------
    content : bytes
        The whole ONNX file.
    path : str or Path, optional
        Where it comes from, for messages.

    Attributes
    ----------
    path : Path
    card : Card
        Everything that stands in the file beside its graph.

    Raises
    ------
    DsfError
        If it is not a classifier of ours, damaged, or of another version.

    Examples
    --------
    >>> import tempfile
    >>> from deepspectrum_features.testing import tiny_features
    >>> from deepspectrum_features.baselines.fitted import fit
    >>> folder = Path(tempfile.mkdtemp())
    >>> fit(tiny_features(folder / "tones.h5")).write(folder / "tones.onnx")
    >>> classifier = Classifier.read(folder / "tones.onnx")
    >>> found = classifier.predict(tiny_features(folder / "new.h5", seed=1, speakers="xyz"))
    >>> classifier.classes, found.label[:4].tolist(), found.probabilities.shape
    (['high', 'low', 'mid'], ['high', 'high', 'high', 'high'], (36, 3))
    """

    def __init__(self, content: bytes, path: str | Path = "classifier") -> None:
        self.path, self._content = Path(path), content
        self._session, self.card = open_model(self.path, content)

    @classmethod
    def read(cls, path: str | Path) -> Classifier:
        """Open a file that `write` wrote; scikit-learn and torch are not needed.

        Raises
        ------
        DsfError
            If it is missing, not a classifier of ours, damaged, or of another version.
        """
        found = arguments.path("path", path)
        return cls(read_bytes(found), found)

    def write(self, path: str | Path, overwrite: bool = False) -> None:
        """Write the file; it stands whole under its name or not at all.

        Raises
        ------
        DsfError
            If something stands there, unless it is a classifier to be overwritten.
        """
        place = arguments.path("path", path)
        check_place(place, overwrite)
        with whole_file(place) as draft:
            draft.write_bytes(self._content)

    @property
    def classes(self) -> list[str]:
        """Names of the classes, in the order of scores and probabilities."""
        return self.card.classes

    @property
    def columns(self) -> list[str]:
        """Names of the columns that it takes."""
        return self.card.features.columns

    @property
    def encoder_sha256(self) -> str:
        """The sha256 of the encoder that makes its features; empty where none does."""
        return self.card.features.encoder_sha256

    @property
    def normalise(self) -> str:
        """Either ``global``, or ``speaker``: rows are z-normed by their speaker's own first."""
        return self.card.normalise

    @property
    def score(self) -> Expected:
        """What to expect on speakers it never heard, with its protocol."""
        return self.card.expected

    def decide(self, features: NDArray[np.floating[Any]]) -> Decisions:
        """Score, name and give probabilities for rows of features.

        Parameters
        ----------
        features : ndarray, (rows, columns)
            Those of `columns`; of a classifier normalised by speaker already so normalised.

        Raises
        ------
        EncoderError
            If the columns are too few or too many.
        DsfError
            If the graph answers with something else than its metadata say.
        """
        values = np.asarray(features, np.float32)
        blocks = [
            self._session.run({INPUT: values[start : start + _ROWS_AT_ONCE]}, OUTPUTS)
            for start in range(0, max(len(values), 1), _ROWS_AT_ONCE)
        ]
        scores, label, probabilities = (
            np.concatenate([block[name] for block in blocks]) for name in OUTPUTS
        )
        named = label.dtype == np.int64 and np.isin(label, range(len(self.classes))).all()
        if len(label) != len(values) or not named or not np.isfinite([scores, probabilities]).all():
            raise DsfError(f"{self.path}: answers without a class or finite numbers, need them")
        return Decisions(scores, np.array(self.classes)[label], probabilities)

    def predict(
        self,
        source: Corpus | Source,
        *,
        encoder: str | Path | None = None,
        jobs: int | None = None,
        keep: str | Path | None = None,
        overwrite: bool = False,
        bar: bool = False,
        say: Callable[[str], object] = lambda _: None,
        **reading: Unpack[ReadingKeywords],
    ) -> Predictions:
        """Tell the class of every utterance.

        Parameters
        ----------
        source : Corpus, str, Path, list or DataFrame
            A feature file, or recordings: what `Corpus.read` reads. Of recordings features are
            computed as those were that the classifier was fitted on.
        encoder : str or Path, optional
            The encoder's file, where it is not a bundled one, nor stands where it stood at fitting.
        jobs : int, optional
            Parts of an extraction at a time; default one for every CPU.
        keep : str or Path, optional
            Folder for the features of recordings, so that the same call goes on where one was
            interrupted; default a temporary one.
        overwrite : bool, optional
            Replace features in ``keep`` that are of other recordings.
        bar : bool, optional
            Show a progress bar at a terminal or in a notebook.
        say : callable, optional
            Receives one line per event, the notices among them.
        **reading
            ``layout``, ``labels_from``, ``name``, ``root``, ``exclude``, ``speakers`` and
            ``limit``, as `Corpus.read` has them.

        Raises
        ------
        CorpusError
            If there is nothing to work on, no input gave a row, or the classifier is normalised by
            speaker and these are unknown, or have one row.
        EncoderError
            If the encoder is missing, or another one.
        FeatureFileError
            If the features are of something else.
        DsfError
            If openSMILE is needed and not installed.
        """
        stored, place = features_of(
            self.card, source, self.path,
            encoder=encoder, keep=arguments.optional_path("keep", keep), reading=reading,
            jobs=jobs, overwrite=overwrite, bar=bar, say=say,
        )  # fmt: skip
        stored = without_silent_rows(stored)
        values = columns_for(self.card.features, stored, place, self.path)
        decided = self.decide(self._normalised(values, stored, place))
        notices = tuple(self._notices(stored, place))
        for line in notices:
            say(line)
        return Predictions(
            tuple(self.classes), stored.file, stored.start, stored.end, stored.channel,
            decided.label, decided.probabilities, tuple(stored.refused), notices,
        )  # fmt: skip

    def _normalised(
        self, values: NDArray[np.float32], stored: FeatureFile, place: Path
    ) -> NDArray[np.float32]:
        """Return features as the graph takes them."""
        if self.normalise != "speaker":
            return values
        speakers = stored.speaker or [""] * len(stored.file)
        check_known(speakers, place)
        check_several(speakers, place)
        return by_speaker(values, np.array(speakers))

    def _notices(self, stored: FeatureFile, place: Path) -> Iterator[str]:
        """Yield what limits answers about the rows of a file."""
        yield from differences(self.card.features, stored, place)
        yield from met_in_training(self.card.training, stored)
        if self.normalise == "speaker":
            yield from normalisation_warnings(utterances_of(stored))

    def __str__(self) -> str:
        """Describe it: what it takes, what it tells, what to expect."""
        return describe_card(self.card)

    def _headline(self) -> str:
        return f"{self.card.classifier}, {first_few(self.classes)}, {len(self.columns)} columns"

    def _overview(self) -> Overview:
        return Overview([*card_rows(self.card)])
