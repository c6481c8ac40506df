"""The rows of an evaluation as arrays: what is to be told of them, and which belong together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.groups import recordings, speaker_groups
from deepspectrum_features.corpus.utterance import Utterance

Strings = NDArray[np.str_]


@dataclass(frozen=True)
class Rows:
    """What every fit of an evaluation is told, besides features.

    Attributes
    ----------
    targets : ndarray, (rows,), str or float64
        What is to be told: classes, or numbers.
    classes : list of str
        In sorted order; none where numbers are told.
    speakers, recordings : ndarray, (rows,), str
        Empty texts where a speaker is unknown.
    channels : ndarray, (rows,), int32
    corpora : ndarray, (rows,), str
        Empty texts where rows do not name their corpus.
    groups : ndarray, (rows,), str
        What inner folds never divide.
    grouped_by : str
        What the groups are, in words.
    """

    targets: NDArray[Any]
    classes: list[str]
    speakers: Strings
    recordings: Strings
    channels: NDArray[np.int32]
    corpora: Strings
    groups: Strings
    grouped_by: str

    @classmethod
    def of(
        cls,
        utterances: Sequence[Utterance],
        content: Sequence[str],
        *,
        target: str = "",
        speakers_apart: bool = True,
        corpora_apart: bool = False,
    ) -> Rows:
        """Gather the rows of tables.

        Parameters
        ----------
        utterances : sequence of Utterance, (rows,)
        content : sequence of str, (rows,)
            Digest of each row's recording; empty texts where unknown.
        target : str, optional
            Name of the number to be told; default the class.
        speakers_apart : bool, optional
            Whether inner folds keep speakers apart where they are known; else recordings alone.
        corpora_apart : bool, optional
            Whether inner folds keep whole corpora apart.
        """
        speakers = np.array([one.speaker for one in utterances])
        recorded = recordings(utterances, content)
        known = speakers_apart and bool(speakers.any())
        whole = "speakers" if speakers.all() else "speakers and recordings"
        labels = [one.label for one in utterances]
        corpora = np.array([one.corpus for one in utterances])
        groups = speaker_groups(utterances, content) if known else recorded
        grouped_by = whole if known else "recordings"
        return cls(
            np.array([one.target(target) for one in utterances] if target else labels),
            [] if target else sorted(set(labels)),
            speakers,
            recorded,
            np.array([one.channel for one in utterances], np.int32),
            corpora,
            corpora if corpora_apart else groups,
            "corpora" if corpora_apart else grouped_by,
        )

    @cached_property
    def digest(self) -> str:
        """Digest of all that a fit depends on here."""
        told = repr((self.targets.tolist(), self.groups.tolist(), self.speakers.tolist()))
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
