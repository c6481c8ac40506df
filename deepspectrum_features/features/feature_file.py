"""The feature file: an HDF5 table, a row an utterance, that any HDF5 reader opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.columns import DETAILS, KEYS, Column, target_columns
from deepspectrum_features.corpus.utterance import Refusal, Stretch
from deepspectrum_features.encoder.heard import HeardUtterance
from deepspectrum_features.encoder.levels import EMBEDDING, family_of
from deepspectrum_features.extras import naming_extras
from deepspectrum_features.features.agreement import check_agreement
from deepspectrum_features.features.audformat import index_of
from deepspectrum_features.features.hdf5 import Progress, read_table, write_table
from deepspectrum_features.features.steps import Steps
from deepspectrum_features.features.store import opened
from deepspectrum_features.features.summary import describe_features
from deepspectrum_features.files import PatientFile, whole_file
from deepspectrum_features.overview import Described
from deepspectrum_features.sound.audio import AudioHeader
from deepspectrum_features.terminal import table_size

if TYPE_CHECKING:
    import pandas


_AT_A_TIME = 1000
_no_numbers = partial(np.array, (), np.int32)
_no_seconds = partial(np.zeros, 0)


@dataclass(repr=False)
class FeatureFile(Described):
    """A table of features in memory, as `open` reads it and `write` stores it.

    ``print`` it for a summary.

    Attributes
    ----------
    features : ndarray, (rows, dim), float32
    feature_name : list of str, (dim,)
    file : list of str, (rows,)
        Paths relative to the corpus root.
    start, end : ndarray, (rows,), float64, s
    channel : ndarray, (rows,), int32
        The channel that the corpus names for a row, counted from 1, or 0. Empty where it names
        none: the attribute ``options`` then says which was read.
    label, speaker, session, corpus, split : list of str, (rows,)
        Empty lists where the corpus has none.
    content : list of str, (rows,)
        Digest of the recording each row comes from, 16 hex digits.
    zeros_before, zeros_behind : ndarray, (rows,), float64, s
        Digital zeros at both ends of each row's stretch, 0 where there are less than 0.1 s of them.
        Empty where no row has any.
    seen : ndarray, (rows,), int32
        Whether the encoder's training met the row: 0 no, 1 its speaker, 2 its recording.
    targets : dict of str to ndarray, (rows,), float64
        Numbers that the corpus gives, such as arousal, by name; NaN where a row has none.
    feature_family : list of str, (dim,)
        As the file tells it; empty where it tells none. `families` always has one.
    scores : ndarray, (rows, classes), float32, optional
        The class scores of an encoder that tells classes, before the softmax.
    class_name : list of str, (classes,)
    frames, attention : Steps, optional
        Streams and masks or frame embeddings ``(steps, dim)``, and attention weights ``(steps,)``
        of every row; of an opened file they are read where they are sliced.
    attention_tf : Steps, optional
        Attention weights of cells of time and frequency, ``(cells, bands)``, likewise, where a
        network attends to such.
    refused : list of Refusal
        Inputs that gave no row.
    heard : tuple of HeardUtterance
        What the encoder was trained on; empty where nothing is known, or nothing was trained.
    recordings : mapping of str to AudioHeader
        What was read, by file, as it was then; empty where nothing is known.
    attributes : dict of str to str
        Provenance; docs/feature-file.md lists them.

    Examples
    --------
    >>> from deepspectrum_features import FeatureFile, extract
    >>> from deepspectrum_features.testing import tiny_corpus, tiny_encoder
    >>> folder = tiny_corpus(speakers=2, per_class=1)
    >>> done = extract(folder, folder / "out.h5", encoder=tiny_encoder())
    >>> table = FeatureFile.open(folder / "out.h5")
    >>> table.features.shape, table.label
    ((4, 12), ['high', 'low', 'high', 'low'])
    """

    features: NDArray[np.float32]
    feature_name: list[str]
    file: list[str]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    channel: NDArray[np.int32] = field(default_factory=_no_numbers)
    label: list[str] = field(default_factory=list)
    speaker: list[str] = field(default_factory=list)
    session: list[str] = field(default_factory=list)
    corpus: list[str] = field(default_factory=list)
    split: list[str] = field(default_factory=list)
    content: list[str] = field(default_factory=list)
    zeros_before: NDArray[np.float64] = field(default_factory=_no_seconds)
    zeros_behind: NDArray[np.float64] = field(default_factory=_no_seconds)
    seen: NDArray[np.int32] = field(default_factory=_no_numbers)
    targets: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    feature_family: list[str] = field(default_factory=list)
    scores: NDArray[np.float32] | None = None
    class_name: list[str] = field(default_factory=list)
    frames: Steps | None = None
    attention: Steps | None = None
    attention_tf: Steps | None = None
    refused: list[Refusal] = field(default_factory=list)
    heard: tuple[HeardUtterance, ...] = ()
    recordings: Mapping[str, AudioHeader] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, path: str | Path, lazy: bool = False) -> Self:
        """Read a feature file.

        Parameters
        ----------
        path : str or Path
        lazy : bool, optional
            Leave ``features`` and ``scores`` on disk too until they are sliced.

        Raises
        ------
        FeatureFileError
            If it is missing, not a feature file, damaged, or of a later version.
        """
        table = cls.as_stored(path, lazy)
        check_agreement(table, Path(path))
        return table

    @classmethod
    def as_stored(cls, path: str | Path, lazy: bool = False) -> Self:
        """Read a feature file as `open` does, though its columns be of different sizes."""
        path = Path(path)
        with opened(path) as store:
            return cls(**cls._read_from(store, path, lazy))

    def write(self, path: str | Path, progress: Progress = lambda: None) -> None:
        """Write the table; it stands whole under its name or not at all.

        Parameters
        ----------
        path : str or Path
        progress : callable, optional
            Called after every few megabytes; what it raises ends the writing.
        """
        with whole_file(Path(path)) as draft, closing(PatientFile(draft)) as stream:

            def step() -> None:
                stream.check()
                progress()

            with h5py.File(stream, "w") as store:
                self._write_to(store, step)

    def _write_to(self, store: h5py.File, progress: Progress) -> None:
        write_table(store, self, progress)

    @classmethod
    def _read_from(cls, store: h5py.File, path: Path, lazy: bool) -> dict[str, Any]:
        return read_table(store, path, lazy)

    @property
    def level(self) -> str:
        """What of an encoder the columns are: embedding, functionals or both."""
        return self.attributes.get("level", EMBEDDING)

    @property
    def families(self) -> list[str]:
        """The family of every column; where none is told, that of its numbered name."""
        return self.feature_family or [family_of(name) for name in self.feature_name]

    @property
    def stretches(self) -> list[Stretch]:
        """File, start, end and channel of every row."""
        return list(self.each_stretch())

    def each_stretch(self) -> Iterator[Stretch]:
        """Yield file, start, end and channel of every row; all at once take 200 bytes a row."""
        rows = len(self.file)
        keys = [column.filled(getattr(self, column.name), rows) for column in KEYS]
        for first in range(0, rows, _AT_A_TIME):
            block = [values[first : first + _AT_A_TIME] for values in keys]
            yield from zip(*(np.asarray(values).tolist() for values in block), strict=True)

    def target(self, name: str) -> NDArray[np.float64]:
        """Return the numbers of one name, ``(rows,)``; none at all where there are no such."""
        return self.targets.get(name, np.zeros(0))

    def to_frame(self) -> pandas.DataFrame:
        """Return the features with the audformat index (file, start, end), and channel if there.

        Its ``attrs`` are the attributes: the provenance.
        """
        return self._frame(self.features, columns=self.feature_name)

    def facts(self) -> pandas.DataFrame:
        """Return label, speaker and whatever else is known of the rows, with the same index.

        Targets stand under their own names, class scores, where there are any, as ``score/CLASS``.
        """
        return self._frame(self.known(DETAILS))

    def known(self, columns: Iterable[Column]) -> dict[str, Any]:
        """Return what the rows have of some columns, then targets and class scores, by name."""
        named = {column.name: column.of(self) for column in (*columns, *target_columns([self]))}
        if self.scores is not None:  # no other column has a name with a slash
            scores = np.asarray(self.scores[:]).T
            named |= {
                f"score/{name}": row for name, row in zip(self.class_name, scores, strict=True)
            }
        return {name: values for name, values in named.items() if len(values)}

    @naming_extras()
    def _frame(self, values: Any, **details: Any) -> pandas.DataFrame:
        """Return values of the rows with their index and provenance."""
        import pandas

        frame = pandas.DataFrame(values, index=index_of(self), **details)
        frame.attrs = dict(self.attributes)
        return frame

    def _headline(self) -> str:
        of, by = (self.attributes.get(name, "unknown") for name in ("corpus", "encoder"))
        return f"{table_size(*self.features.shape)}, corpus {of}, encoder {by}"

    def _description(self) -> list[tuple[str, str]]:
        return describe_features(self)
