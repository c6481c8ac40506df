"""openSMILE functionals of a corpus, through the same pipeline as deep spectrum features."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features import arguments
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.keywords import corpus_of
from deepspectrum_features.corpus.sources.python_lists import Source
from deepspectrum_features.encoder.heard import Heard
from deepspectrum_features.errors import AudioError
from deepspectrum_features.extraction.options import Keywords, divide
from deepspectrum_features.extraction.outcome import Extraction
from deepspectrum_features.extraction.part_file import PartFile
from deepspectrum_features.extraction.part_reader import PartReader
from deepspectrum_features.extraction.pipeline import compute_features
from deepspectrum_features.extraction.plan import Part
from deepspectrum_features.extraction.worker import Watch
from deepspectrum_features.sound import opensmile_engine
from deepspectrum_features.sound.opensmile_engine import (
    FEATURE_SETS,
    LICENCE,
    feature_names,
    version,
)


@dataclass(frozen=True)
class FunctionalsWorker:
    """Computes the rows of a part with openSMILE, at each recording's own rate.

    In processes: openSMILE fails at random in threads side by side, say its maintainers.

    Attributes
    ----------
    feature_set : str
        ``egemaps`` or ``compare``.
    channel : int or None
        Channel to read, counted from 1; None is the mean of all.
    """

    feature_set: str
    channel: int | None = None
    shortest_seconds = 0.0
    longest_seconds = float("inf")

    @property
    def options(self) -> dict[str, Any]:
        """What the numbers depend on besides the recordings."""
        return {"feature_set": FEATURE_SETS[self.feature_set], "channel": self.channel}

    @property
    def training(self) -> Heard:
        """Nothing: functionals are not trained."""
        return Heard()

    def in_processes(self, corpus: Corpus, seconds: float) -> bool:
        """Whatever the sound: openSMILE's threads fail at random."""
        return True

    def attributes(self) -> dict[str, str]:
        """Return the provenance that every file of this worker carries."""
        recipe = {
            "feature_set": FEATURE_SETS[self.feature_set],
            "level": "functionals",
            "sample_rate": "as recorded",
        }
        return {
            "encoder": f"opensmile {FEATURE_SETS[self.feature_set]}",
            "licence": LICENCE,
            "recipe": json.dumps(recipe, sort_keys=True),
        }

    def versions(self) -> dict[str, str]:
        """Return the version of opensmile-python."""
        return {"opensmile": version()}

    def check_shortest(self, samples: int, rate: int) -> None:
        """Refuse nothing: what is too short, openSMILE says when it hears it."""

    def stop(self) -> None:
        """Do nothing: nothing of openSMILE's can be cut short."""

    def __call__(self, corpus: Corpus, part: Part, watch: Watch) -> PartFile:
        """Compute one part of a scanned corpus; refused utterances stand in its ledger."""
        found = PartReader(corpus, part)
        vectors: dict[int, NDArray[np.float32]] = {}
        for row, segment in found.segments(self.channel, self.longest_seconds, watch):
            try:
                vectors[row] = opensmile_engine.functionals(
                    segment.waveform, segment.sample_rate, self.feature_set
                )
            except AudioError as error:
                found.refuse(row, error, watch)
            else:
                watch.progress(1, found.seconds([row]))
        names = feature_names(self.feature_set)
        return found.table(vectors, names, feature_family=[self.feature_set] * len(names))


def functionals(
    source: Corpus | Source,
    out: str | Path,
    *,
    feature_set: str,
    **options: Unpack[Keywords],
) -> Extraction:
    """Write the openSMILE functionals of every utterance to a feature file.

    Parameters
    ----------
    source : Corpus, str, Path, list or DataFrame
        A corpus, or what `Corpus.read` reads.
    out : str or Path
        The feature file to write.
    feature_set : str
        ``egemaps`` (eGeMAPSv02, 88 columns; Eyben et al., IEEE TAFFC 7(2), 2016) or ``compare``
        (ComParE_2016, 6373 columns; Schuller et al., Interspeech 2016).
    **options
        As for `deepspectrum_features.extract`.

    Raises
    ------
    CorpusError
        If there is nothing to work on, or no input gave a row.
    FeatureFileError
        If ``out`` is in the way.
    TypeError, ValueError
        If an argument does not fit, naming it.

    Examples
    --------
    >>> from deepspectrum_features import functionals
    >>> from deepspectrum_features.testing import tiny_corpus
    >>> folder = tiny_corpus(speakers=1, per_class=1)
    >>> done = functionals(folder, folder / "egemaps.h5", feature_set="egemaps")
    >>> done.rows, done.columns
    (2, 88)
    """
    reading, chosen = divide(options)
    feature_set = arguments.choice("feature_set", feature_set, [*FEATURE_SETS])
    out = arguments.path("out", out)
    worker = FunctionalsWorker(feature_set, chosen.channel)
    version()  # says how to install openSMILE, before any work
    return compute_features(worker, corpus_of(source, **reading), out, chosen)
