"""What a transfer benchmark found: every part on every corpus, held against ComParE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from deepspectrum_features.baselines.comparisons import Comparison, compare_ua
from deepspectrum_features.baselines.families import adjust
from deepspectrum_features.baselines.records import Prediction, SystemResult
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.transfer.corpora import NORMALISE
from deepspectrum_features.baselines.transfer.parts import Part

#: What others are held against.
REFERENCE = Part("compare")
#: In place of a score that would mean nothing.
TRAINED_ON_IT = "trained on it"


@dataclass(frozen=True)
class Cell:
    """A part on a corpus under one normalisation.

    Attributes
    ----------
    system : SystemResult
        Its UA and interval among others.
    against : Comparison or None
        The part minus ComParE, corrected; None of ComParE itself, and where it was not scored.
    """

    system: SystemResult
    against: Comparison | None


@dataclass(frozen=True)
class CorpusScores:
    """Every part on one corpus.

    Attributes
    ----------
    name : str
    scored : dict of Part to (Results or None)
        None where the encoder was trained on rows of the corpus.
    """

    name: str
    scored: dict[Part, Results | None]

    @property
    def results(self) -> list[Results]:
        """The results that there are: all are of the same rows and folds."""
        return [found for found in self.scored.values() if found]

    @cached_property
    def cells(self) -> dict[tuple[Part, str], Cell]:
        """What is known, by part and normalisation."""
        known = {part: found for part, found in self.scored.items() if found}
        return {
            (part, how): Cell(_system(found, how), tests.get(part))
            for how in NORMALISE
            for tests in [against_reference(known, how)]
            for part, found in known.items()
        }


def against_reference(known: Mapping[Part, Results], how: str) -> dict[Part, Comparison]:
    """Compare the parts on one corpus with ComParE, under one normalisation.

    Predictions of both are exchanged speaker by speaker, as in every evaluation. Holm's correction
    is over the sets, whole or weighted by family, and for itself over the families of each.
    """
    reference = known.get(REFERENCE)
    if reference is None:
        return {}
    pairs = {
        part: pair
        for part, results in known.items()
        if part != REFERENCE and (pair := compare(results, reference, how))
    }
    found: dict[Part, Comparison] = {}
    for group in dict.fromkeys(part.group for part in pairs):
        parts = [part for part in pairs if part.group == group]
        found |= zip(parts, adjust([pairs[part] for part in parts]), strict=True)
    return found


def compare(one: Results, other: Results, how: str) -> Comparison | None:
    """Compare two results of the same rows, under one normalisation."""
    first, second = (_predictions(found, how) for found in (one, other))
    return compare_ua(
        [row.label for row in first],
        [row.predicted for row in first],
        [row.predicted for row in second],
        [row.speaker for row in first],
        one.classes,
        (_system(one, how).name, _system(other, how).name),
    )


def _system(found: Results, how: str) -> SystemResult:
    """Return the one system under a normalisation."""
    return next(one for one in found.systems if one.normalise == how)


def _predictions(found: Results, how: str) -> list[Prediction]:
    """Return what is said under a normalisation, in the order of the recordings."""
    name = _system(found, how).name
    rows = (row for row in found.predictions if row.system == name)
    return sorted(rows, key=lambda row: (row.file, row.start, row.channel))
