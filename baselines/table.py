"""The features of one file, row by row, with what is known of every row and column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.encoder.heard import HeardUtterance


@dataclass(frozen=True)
class Table:
    """The features of one file, row by row with what is known of the utterances.

    Attributes
    ----------
    name : str
        The file's name without its suffix; behind it in brackets the first patterns that its
        columns match, where not all are taken.
    path : Path
    features : ndarray, (rows, dim), float32
    column_name, family : tuple of str, (dim,)
        What every column is called, and which family it belongs to: the file's name without its
        suffix where neither the file nor a number at the end of the column's name tells.
    utterances : tuple of Utterance, (rows,)
    seen : ndarray, (rows,), int32
        Whether the encoder's training met the row: 0 no, 1 its speaker, 2 its recording. By what
        is known of the row now; as stored where it is not known what the encoder heard.
    silent : ndarray, (rows,), bool
        Whether a row's sound is nothing but digital zeros, as far as the file tells.
    content : tuple of str, (rows,)
        Digest of each row's recording; empty texts where unknown.
    class_scores : ndarray, (rows, classes), float32
        The encoder's own; no columns where it has none.
    class_name : tuple of str, (classes,)
    corpus, encoder : str
    encoder_sha256, licence, sample_rate : str
        Empty where unknown; ``as recorded`` where nothing was resampled.
    corpus_named : bool
        Whether somebody gave the corpus its name, when features were extracted or now.
    heard : tuple of HeardUtterance
        What the encoder was trained on; empty where nothing is known.
    chunk_seconds : float, s
        Length of the chunks that the rows are; 0.0 where they are none.
    refused : tuple of Utterance
        Inputs that gave no row.
    kind : tuple of str
        What features of one kind have in common, see `deepspectrum_features.baselines.stacking`.
    stacked : tuple of Path
        The files that the rows are of, where that is not ``path`` alone.
    """

    name: str
    path: Path
    features: NDArray[np.float32]
    column_name: tuple[str, ...]
    family: tuple[str, ...]
    utterances: tuple[Utterance, ...]
    seen: NDArray[np.int32]
    silent: NDArray[np.bool_]
    content: tuple[str, ...]
    class_scores: NDArray[np.float32]
    class_name: tuple[str, ...]
    corpus: str
    encoder: str
    encoder_sha256: str
    licence: str
    sample_rate: str
    corpus_named: bool
    heard: tuple[HeardUtterance, ...]
    chunk_seconds: float
    refused: tuple[Utterance, ...]
    kind: tuple[str, ...] = ()
    stacked: tuple[Path, ...] = ()

    @property
    def files(self) -> str:
        """The files that its rows are of."""
        return ", ".join(map(str, self.stacked or (self.path,)))

    @property
    def unit(self) -> str:
        """What its rows are called."""
        return "chunks" if self.chunk_seconds else "rows"

    def take(self, rows: Sequence[int]) -> Table:
        """Return the table of some rows; of all in their order itself, without a copy."""
        chosen = list(rows)
        if chosen == [*range(len(self.utterances))]:
            return self
        utterances = tuple(self.utterances[row] for row in chosen)
        content = tuple(self.content[row] for row in chosen)
        return replace(
            self,
            features=self.features[chosen],
            utterances=utterances,
            seen=self.seen[chosen],
            silent=self.silent[chosen],
            content=content,
            class_scores=self.class_scores[chosen],
        )
