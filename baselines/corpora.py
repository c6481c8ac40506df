"""Feature files of several corpora, read for an evaluation that leaves whole corpora out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from deepspectrum_features.baselines.label_map import LabelMap, common_labels
from deepspectrum_features.baselines.records import LeftOut
from deepspectrum_features.baselines.stacking import corpora_of
from deepspectrum_features.baselines.table import Table
from deepspectrum_features.baselines.tables import Tables, check_list, read_tables
from deepspectrum_features.corpus.between_corpora import check_people, check_recordings
from deepspectrum_features.corpus.corpus_folds import corpus_folds, corpus_turns
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError, DsfError

_OVER_SPEAKERS = "intervals and tests: over the speakers of these corpora, not over corpora"


def refuse_unfit(
    by_corpus: bool,
    test: Sequence[str | Path],
    label_map: str | Path | None,
    **of_one_corpus: str | None,
) -> None:
    """Refuse what says something of several corpora where there is one, and the other way round.

    Raises
    ------
    DsfError
        Naming the option.
    TypeError
        If ``test`` is no list.
    """
    if isinstance(test, str | Path):
        raise TypeError(f"test={test!r}, need a list of feature files")
    for option in ["test"] * bool(test) + ["label-map"] * (label_map is not None):
        if not by_corpus:
            raise DsfError(f"--{option}: is of several corpora, need --protocol corpora")
    for option, value in of_one_corpus.items():
        if by_corpus and value is not None:
            raise DsfError(
                f"--{option} {value}: is of one corpus, --protocol corpora of several, need the "
                "one or the other"
            )


def read_corpora(
    paths: Sequence[str | Path],
    test: Sequence[str | Path] = (),
    *,
    label_map: str | Path | None = None,
    labels: str | Path | None = None,
    exclude: str | Path | None = None,
    common: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> Tables:
    """Read feature files of several corpora, to score some of them by others.

    Rows are called by their corpus, ``corpus/file``, and so are their speakers, ``corpus/speaker``.
    What a corpus calls its labels becomes what all corpora call them; rows of a class that nothing
    on the other side has are left out.

    Parameters
    ----------
    paths : sequence of str or Path
    test : sequence of str or Path, optional
        Files, among ``paths`` or besides, of the corpora to be scored, by all others.
    label_map : str or Path, optional
        See `deepspectrum_features.baselines.label_map`.
    labels, exclude, common, say
        See `deepspectrum_features.baselines.tables.read_tables`; a file is called ``corpus/file``
        in such tables.

    Raises
    ------
    FeatureFileError
        As `read_tables` and `deepspectrum_features.baselines.stacking.stack` do.
    CorpusError
        If there is one corpus alone, a person or recording in two, or a corpus that shares fewer
        than two classes with those that it is scored by; or a table does not fit.
    """
    check_list(paths)
    there = {Path(path).resolve() for path in paths}
    every = [*paths, *(path for path in test if Path(path).resolve() not in there)]
    mapped = None if label_map is None else LabelMap.read(Path(label_map))
    read = read_tables(every, labels=labels, exclude=exclude, common=common, stacked=True, say=say)
    tested = _tested(read.tables[0], test)
    named, how = common_labels(read.tables[0].utterances, mapped)
    for line in mapped.misspelt(read.tables[0].utterances) if mapped else ():
        say(line)
    tables, unnamed = _keep_labelled(read.tables, named)
    tables, unshared = _keep_shared(tables, tested)
    rows = tables[0].utterances
    check_recordings(rows, tables[0].content)
    warnings = tuple(check_people(rows))
    turns = corpus_turns(rows, tested)
    left_out = (*unnamed, *unshared)
    for one in left_out:
        say(f"left out: {one}")
    return Tables(
        [replace(table, utterances=tuple(map(_own, table.utterances))) for table in tables],
        (*read.left_out, *left_out),
        tested=tested,
        lines=(how, *(turn.describe() for turn in turns), _OVER_SPEAKERS),
        warnings=warnings,
    )


def _tested(table: Table, test: Sequence[str | Path]) -> tuple[str, ...]:
    """Return the corpora of the files that are to be scored."""
    found = {one.corpus for one in table.utterances}
    asked = {name for path in test for name in corpora_of(Path(path))}
    if lost := sorted(asked - found):
        raise CorpusError(f"--test: no row of {', '.join(lost)} is left, need some to score")
    return tuple(sorted(asked))


def _keep_labelled(
    tables: Sequence[Table], named: Sequence[str]
) -> tuple[list[Table], list[LeftOut]]:
    """Give rows their common labels, and leave out those that have none."""
    kept = [row for row, label in enumerate(named) if label]
    why = "whose label has no common name"
    left_out = list(_counted(tables[0], [row for row, label in enumerate(named) if not label], why))
    labels = [named[row] for row in kept]
    if not kept:
        raise CorpusError(f"{tables[0].files}: no label has a common name (give --label-map TABLE)")
    return [
        replace(
            table,
            utterances=tuple(
                replace(one, label=label)
                for one, label in zip(table.utterances, labels, strict=True)
            ),
        )
        for table in (table.take(kept) for table in tables)
    ], left_out


def _keep_shared(
    tables: Sequence[Table], tested: Sequence[str]
) -> tuple[list[Table], list[LeftOut]]:
    """Leave out the rows that no fold trains on or scores."""
    rows = tables[0].utterances
    folds = corpus_folds(rows, corpus_turns(rows, tested))
    used = {row for fold in folds for row in (*fold.train, *fold.test)}
    alone = [row for row in range(len(rows)) if row not in used]
    left_out = list(_counted(tables[0], alone, "of a class that no corpus on the other side has"))
    return [table.take(sorted(used)) for table in tables], left_out


def _counted(table: Table, rows: Sequence[int], why: str) -> Iterator[LeftOut]:
    """Count rows by corpus and label."""
    labels: dict[str, list[str]] = {}
    for one in (table.utterances[row] for row in rows):
        labels.setdefault(one.corpus, []).append(one.label)
    for corpus, found in sorted(labels.items()):
        yield LeftOut.of(f"{table.unit} of {corpus} {why}", found)


def _own(one: Utterance) -> Utterance:
    """Return a row whose speaker is called by the corpus too."""
    return replace(one, speaker=f"{one.corpus}/{one.speaker}") if one.speaker else one
