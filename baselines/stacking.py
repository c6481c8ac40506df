"""Feature files of several corpora: rows of one kind of features stand in one table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from deepspectrum_features.baselines.systems import together
from deepspectrum_features.baselines.table import Table
from deepspectrum_features.corpus.utterance import Utterance, join_keys, place
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.features.feature_file import FeatureFile


def stack(tables: Sequence[Table]) -> list[Table]:
    """Put the rows of all tables of one kind of features into one.

    Features are of one kind if the same encoder gave them (by its sha256), or the same set of the
    same version of openSMILE, at the same level and with the same columns. A row is of the corpus
    that it names itself, else of its file's; its file is then called ``corpus/file``.

    Parameters
    ----------
    tables : sequence of Table
        One a file.

    Returns
    -------
    list of Table
        One a kind, called by its encoder, in the order of their first files.

    Raises
    ------
    FeatureFileError
        If a row stands in two files.
    """
    kinds: dict[tuple[str, ...], list[Table]] = {}
    for table in tables:
        kinds.setdefault(table.kind, []).append(table)
    names = _names(list(kinds.values()))
    return [_stacked(name, some) for name, some in zip(names, kinds.values(), strict=True)]


def corpora_of(path: Path) -> set[str]:
    """Return the corpora that a feature file has rows of."""
    stored = FeatureFile.open(path, lazy=True)
    given = stored.attributes.get("corpus", "unknown")
    return {name or given for name in stored.corpus or [given]}


def kind_of(stored: FeatureFile) -> tuple[str, ...]:
    """Return what features of one kind have in common."""
    known = stored.attributes
    made_by = (known.get("encoder", ""), _opensmile(known))
    return (
        known.get("encoder_sha256") or " ".join(made_by),
        known.get("level", ""),
        *stored.feature_name,
    )


def _opensmile(attributes: dict[str, str]) -> str:
    """Return the version of openSMILE that gave features, empty where it is not told."""
    try:
        return str(json.loads(attributes.get("versions", "{}")).get("opensmile", ""))
    except (ValueError, AttributeError):
        return ""


def _names(kinds: Sequence[Sequence[Table]]) -> list[str]:
    """Call every kind by its encoder, or by its files where that does not tell kinds apart."""
    names = [tables[0].encoder for tables in kinds]
    times = Counter(names)
    return [
        name if times[name] == 1 else "+".join(table.name for table in tables)
        for name, tables in zip(names, kinds, strict=True)
    ]


def _stacked(name: str, tables: Sequence[Table]) -> Table:
    """Put the rows of tables of one kind under each other."""
    utterances = [_of_corpus(one, table.corpus) for table in tables for one in table.utterances]
    _check_once(tables, utterances)
    rows = len(utterances)
    return replace(
        tables[0],
        name=name,
        features=np.vstack([table.features for table in tables]),
        utterances=tuple(utterances),
        seen=np.concatenate([table.seen for table in tables]),
        silent=np.concatenate([table.silent for table in tables]),
        content=tuple(digest for table in tables for digest in table.content),
        class_scores=np.zeros((rows, 0), np.float32),
        class_name=(),
        corpus=", ".join(sorted({one.corpus for one in utterances})),
        licence=together(table.licence for table in tables),
        sample_rate=together(table.sample_rate for table in tables),
        heard=tuple(dict.fromkeys(one for table in tables for one in table.heard)),
        chunk_seconds=max(table.chunk_seconds for table in tables),
        refused=tuple(_of_corpus(one, each.corpus) for each in tables for one in each.refused),
        stacked=tuple(table.path for table in tables),
    )


def _of_corpus(one: Utterance, given: str) -> Utterance:
    """Return a row under the name of its corpus."""
    corpus = one.corpus or given
    return replace(one, corpus=corpus, file=f"{corpus}/{one.file}")


def _check_once(tables: Sequence[Table], utterances: Sequence[Utterance]) -> None:
    """Refuse a row of one corpus in two files, or twice in one."""
    (keys,) = join_keys(one.stretch for one in utterances)
    paths = [table.path for table in tables for _ in table.utterances]
    first: dict[object, int] = {}
    for row, key in enumerate(keys):
        if key in first:
            raise FeatureFileError(
                f"{paths[row]}: {place(utterances[row].stretch)} is in {paths[first[key]]} too, "
                "need every row of a corpus once (and corpora of different names)"
            )
        first[key] = row
