"""Feature files side by side: the same rows in the same order, each with label and speaker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from deepspectrum_features import arguments
from deepspectrum_features.baselines.alignment import agree, align
from deepspectrum_features.baselines.heard import decide_again, heard_by
from deepspectrum_features.baselines.labels import Told, told_by
from deepspectrum_features.baselines.omissions import (
    drop_blank,
    drop_excluded,
    drop_silent,
    refused_inputs,
)
from deepspectrum_features.baselines.records import LeftOut
from deepspectrum_features.baselines.stacking import kind_of, stack
from deepspectrum_features.baselines.stored_features import (
    open_features,
    refused_of,
    sample_rate_of,
    utterances_of,
)
from deepspectrum_features.baselines.table import Table
from deepspectrum_features.baselines.targets import (
    LABEL,
    check_classes,
    labels_as_numbers,
    told_column,
)
from deepspectrum_features.corpus.columns import FACTS
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.features.silence import silent_rows
from deepspectrum_features.features.store import is_feature_file


@dataclass(frozen=True)
class Tables:
    """Tables of the same rows, and what is not in them.

    Attributes
    ----------
    tables : list of Table
    left_out : tuple of LeftOut
    tested : tuple of str
        Of rows of several corpora, those that are scored and never trained on; none where every
        one takes its turn.
    lines, warnings : tuple of str
        Said with every score.
    """

    tables: list[Table]
    left_out: tuple[LeftOut, ...] = ()
    tested: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read_tables(
    paths: Sequence[str | Path],
    *,
    labels: str | Path | None = None,
    layout: str | None = None,
    name: str | None = None,
    common: bool = False,
    target: str | None = None,
    exclude: str | Path | None = None,
    differing: Collection[str] = (),
    stacked: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> Tables:
    """Read feature files of the same utterances, or stack those of several corpora.

    Parameters
    ----------
    paths : sequence of str or Path
    labels : str or Path, optional
        A table with columns file, (start, end, channel,) label, speaker and so on. Rows have its
        labels alone; what it says besides goes before what the files say. With ``file`` alone it
        names whole recordings, and all chunks of one.
    layout : str, optional
        A known corpus layout: what it reads off the paths goes before what the files say.
    name : str, optional
        What the corpus is called, to find rows that an encoder has seen; default the layout's name.
    common : bool, optional
        Keep the rows that all files have, where they differ.
    target : str, optional
        Name of the numbers to be told, in place of classes: `Utterance.target` of every row. Of
        ``label`` they are the labels themselves.
    exclude : str or Path, optional
        A table of what to leave out, see `deepspectrum_features.corpus.exclusion.excluded_rows`.
    differing : collection of str, optional
        Facts that every file may have its own of, such as ``split`` of an experiment's folds.
    stacked : bool, optional
        Put files of one kind of features into one table first, see
        `deepspectrum_features.baselines.stacking.stack`.
    say : callable, optional
        Receives one line per event.

    Raises
    ------
    FeatureFileError
        If a file is unreadable, a shard, holds NaN, or has other rows than the first or other
        facts of them.
    CorpusError
        If there are no labels or numbers, labels are numbers on a scale without ``target``, or a
        table or the layout does not fit.
    ValueError
        If no list of files is given.
    TypeError
        If ``labels`` or ``exclude`` is no path.
    """
    labels, exclude = arguments.text("labels", labels), arguments.text("exclude", exclude)
    told = told_by(labels, layout, target, say)
    check_list(paths)
    tables = _read_all(paths)
    tables = stack(tables) if stacked else tables
    tables = [_described(one, told, name) for one in tables]
    tables, excluded = drop_excluded(tables, exclude)
    refused = refused_inputs(tables, told)
    tables, lacking = align(tables, common)
    tables, silent = drop_silent(tables)
    column = told_column(tables, target)
    tables, blank = drop_blank(tables, column)
    shared = [one for one in dict.fromkeys((*FACTS, column)) if one.name not in differing]
    tables = agree(tables, shared)
    if target is None:
        check_classes(tables[0])
    elif column is LABEL:
        tables = [labels_as_numbers(table) for table in tables]
    left_out = (*refused, *excluded, *lacking, *silent, *blank)
    for one in left_out:
        say(f"left out: {one}")
    return Tables(tables, left_out)


def check_list(paths: Sequence[str | Path]) -> None:
    """Refuse what is no list of feature files.

    Raises
    ------
    ValueError
    """
    if isinstance(paths, str | Path) or not paths:
        raise ValueError(f"features: {paths!r}, need a list of feature files")


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


def _described(table: Table, told: Told, name: str | None) -> Table:
    """Return a table with what is told of it."""
    called = name or told.corpus
    table = replace(table, utterances=told.describe(table))
    table = decide_again(table, [called] if called else [])
    named = table.corpus_named or bool(called)
    return replace(table, corpus=called or table.corpus, corpus_named=named)


def _read_all(paths: Sequence[str | Path]) -> list[Table]:
    """Read every file once, each under a name of its own."""
    places = Counter(Path(path).resolve() for path in paths)
    if len(places) < len(paths):
        twice = max(places, key=lambda place: places[place])
        raise FeatureFileError(f"{twice}: given twice, need every file once")
    tables = [_read(Path(path)) for path in paths]
    if len({table.name for table in tables}) < len(tables):  # a/x.h5 and b/x.h5
        tables = [replace(table, name=str(table.path)) for table in tables]
    return tables


def _read(path: Path) -> Table:
    """Read one file."""
    stored = open_features(path)
    known, rows = stored.attributes, len(stored.file)
    return Table(
        path.stem,
        path,
        stored.features,
        tuple(stored.feature_name),
        tuple(family or path.stem for family in stored.families),
        utterances_of(stored),
        # what was decided by /heard is decided again, and better, once all is known of the rows
        stored.seen if len(stored.seen) and not stored.heard else np.zeros(rows, np.int32),
        silent_rows(stored),
        tuple(stored.content or [""] * rows),
        np.zeros((rows, 0), np.float32) if stored.scores is None else stored.scores,
        tuple(stored.class_name),
        known.get("corpus", "unknown"),
        known.get("encoder", "unknown"),
        known.get("encoder_sha256", ""),
        known.get("licence", ""),
        sample_rate_of(stored),
        "corpus_named" in known,
        heard_by(stored),
        float(known.get("chunk_seconds", 0)),
        refused_of(stored),
        kind_of(stored),
    )
