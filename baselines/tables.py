"""Feature files side by side: the same rows in the same order, each with label and speaker."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.heard import decide_again, heard_by
from deepspectrum_features.baselines.labels import describe_rows
from deepspectrum_features.corpus.columns import FACTS, KEYS
from deepspectrum_features.corpus.layout import load_layout
from deepspectrum_features.corpus.utterance import Utterance, join_keys
from deepspectrum_features.encoder.heard import HeardUtterance
from deepspectrum_features.errors import CorpusError, FeatureFileError
from deepspectrum_features.features.feature_file import FeatureFile, is_feature_file


@dataclass(frozen=True)
class Table:
    """The features of one file, row by row with what is known of the utterances.

    Attributes
    ----------
    name : str
        The file's name without its suffix.
    path : Path
    features : ndarray, (rows, dim), float32
    utterances : tuple of Utterance, (rows,)
    seen : ndarray, (rows,), int32
        Whether the encoder's training met the row: 0 no, 1 its speaker, 2 its recording. By what
        is known of the row now; as stored where it is not known what the encoder heard.
    content : tuple of str, (rows,)
        Digest of each row's recording; empty texts where unknown.
    class_scores : ndarray, (rows, classes), float32
        The encoder's own; no columns where it has none.
    class_name : tuple of str, (classes,)
    corpus, encoder : str
    encoder_sha256, licence, sample_rate : str
        Empty where unknown; ``as recorded`` where nothing was resampled.
    corpus_named : bool
        Whether somebody gave the corpus its name, when features were extracted.
    heard : tuple of HeardUtterance
        What the encoder was trained on; empty where nothing is known.
    """

    name: str
    path: Path
    features: NDArray[np.float32]
    utterances: tuple[Utterance, ...]
    seen: NDArray[np.int32]
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

    def take(self, rows: Sequence[int]) -> Table:
        """Return the table of some rows."""
        chosen = list(rows)
        utterances = tuple(self.utterances[row] for row in chosen)
        content = tuple(self.content[row] for row in chosen)
        return replace(
            self,
            features=self.features[chosen],
            utterances=utterances,
            seen=self.seen[chosen],
            content=content,
            class_scores=self.class_scores[chosen],
        )


def read_tables(
    paths: Sequence[str | Path],
    *,
    labels: str | None = None,
    layout: str | None = None,
    name: str | None = None,
    common: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> list[Table]:
    """Read feature files of the same utterances.

    Parameters
    ----------
    paths : sequence of str or Path
    labels : str, optional
        A table with columns file, (start, end, channel,) label, speaker and so on, in place of
        what the files say. With ``file`` alone it names whole recordings.
    layout : str, optional
        A known corpus layout to read label and speaker off the paths.
    name : str, optional
        What the corpus is called, to find rows that an encoder has seen; default the layout's name.
    common : bool, optional
        Keep the rows that all files have, where they differ.
    say : callable, optional
        Receives one line per event.

    Raises
    ------
    FeatureFileError
        If a file is unreadable, a shard, holds NaN, or has other rows than the first.
    CorpusError
        If there are no labels, or the label table does not fit.
    ValueError
        If no list of files is given.
    """
    if isinstance(paths, str | Path) or not paths:
        raise ValueError(f"features: {paths!r}, need a list of feature files")
    places = Counter(Path(path).resolve() for path in paths)
    if len(places) < len(paths):
        twice = max(places, key=lambda place: places[place])
        raise FeatureFileError(f"{twice}: given twice, need every file once")
    tables = [_read(Path(path)) for path in paths]
    if len({table.name for table in tables}) < len(tables):  # a/x.h5 and b/x.h5
        tables = [replace(table, name=str(table.path)) for table in tables]
    tables = _aligned(tables, common, say)
    described = describe_rows(tables[0], labels, layout, say)
    known = [row for row, one in enumerate(described) if one.label]
    if not known:
        raise CorpusError(
            f"{tables[0].path}: no labels, need some to separate (give --labels TABLE, --layout "
            "NAME, or extract from a folder with a corpus.csv)"
        )
    if len(known) < len(described):
        say(f"{len(described) - len(known)} of {len(described)} rows have no label, left out")
    if labels or layout:
        tables = [replace(table, utterances=tuple(described)) for table in tables]
    names = [name] if name else [load_layout(layout).name] if layout else []
    return [decide_again(table.take(known), names) for table in tables]


def feature_files(folder: Path) -> list[Path]:
    """Find the feature files in a folder, sorted by name.

    Raises
    ------
    FeatureFileError
        If there are none.
    """
    found = [path for path in sorted(folder.glob("*.h5")) if is_feature_file(path)]
    if not found:
        where = folder.resolve()
        raise FeatureFileError(f"{where}: no feature files, need some (dsf extract writes them)")
    return found


def _read(path: Path) -> Table:
    """Read one file; refuse what no classifier should be given."""
    stored = FeatureFile.open(path)
    known = stored.attributes
    if "shard" in known:
        raise FeatureFileError(f"{path}: shard {known['shard']} alone, need all (dsf merge)")
    bad = np.flatnonzero(~np.isfinite(stored.features).all(axis=1))
    if len(bad):
        place = stored.file[int(bad[0])]
        raise FeatureFileError(
            f"{path}: NaN or infinite in {len(bad)} rows, the first is {place}, need numbers"
        )
    if stored.features.shape != (len(stored.file), len(stored.feature_name)):
        raise FeatureFileError(
            f"{path}: {stored.features.shape} features for {len(stored.file)} rows"
        )
    empty = [""] * len(stored.file)
    return Table(
        path.stem,
        path,
        stored.features,
        _utterances(stored),
        # what was decided by /heard is decided again, and better, once all is known of the rows
        stored.seen if len(stored.seen) and not stored.heard else np.zeros(len(empty), np.int32),
        tuple(stored.content or empty),
        np.zeros((len(empty), 0), np.float32) if stored.scores is None else stored.scores,
        tuple(stored.class_name),
        known.get("corpus", "unknown"),
        known.get("encoder", "unknown"),
        known.get("encoder_sha256", ""),
        known.get("licence", ""),
        _sample_rate(known.get("recipe", "{}")),
        "corpus_named" in known,
        heard_by(stored),
    )


def _utterances(stored: FeatureFile) -> tuple[Utterance, ...]:
    """Return what the file says of every row."""
    facts = (column.filled(getattr(stored, column.name), len(stored.file)) for column in FACTS)
    names = [column.name for column in (*KEYS, *FACTS)]
    return tuple(
        Utterance(**dict(zip(names, (*stretch, *row), strict=True)))
        for stretch, *row in zip(stored.stretches, *facts, strict=True)
    )


def _sample_rate(recipe: str) -> str:
    """Say at which rate the features were computed, as far as the recipe tells."""
    try:
        known = json.loads(recipe)
        if "front_end" in known:
            rate = known["front_end"].get("sample_rate")
            return "as recorded" if rate is None else f"{rate} Hz"
        return str(known.get("sample_rate", ""))
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""


def _aligned(tables: list[Table], common: bool, say: Callable[[str], object]) -> list[Table]:
    """Bring all tables into the order of the first, or say which rows are not shared."""
    head, *others = tables
    all_keys = join_keys(*((one.stretch for one in table.utterances) for table in tables))
    first, *rest = all_keys
    shared = set(first).intersection(*rest)
    for table, keys in zip(others, map(set, rest), strict=True):
        if not common and keys != set(first):
            raise FeatureFileError(
                f"{table.path}: {len(keys)} rows, {head.path} has {len(first)}, "
                f"{len(keys.intersection(first))} are the same utterances (need the same, or "
                "--common)"
            )
    if not shared:
        raise FeatureFileError(f"{head.path}: shares no utterance with the other files")
    if len(shared) < max(len(table.utterances) for table in tables):
        say(f"{len(shared)} utterances are in all {len(tables)} files; the others are left out")
    order = [key for key in first if key in shared]
    aligned = []
    for table, found in zip(tables, all_keys, strict=True):
        rows = {key: row for row, key in enumerate(found)}
        aligned.append(table.take([rows[key] for key in order]))
    return aligned
