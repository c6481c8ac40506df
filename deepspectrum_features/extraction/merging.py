"""Many tables to one: concatenation, then what corpus and encoder know of the rows."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.errors import AudioError
from deepspectrum_features.extraction.plan import Plan
from deepspectrum_features.extraction.seen import seen_in_training
from deepspectrum_features.extraction.worker import Worker
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.hdf5 import STEPS
from deepspectrum_features.features.steps import Joined, join_steps
from deepspectrum_features.provenance import software_versions, this_command
from deepspectrum_features.sound.audio import content_digest

_FACTS = ("label", "speaker", "split", "content")


def concatenate(tables: Sequence[FeatureFile]) -> FeatureFile:
    """Put the rows of tables with the same columns behind each other, and their ledgers.

    Matrices that lie on disk stay there until the result is written.
    """
    head = tables[0]
    joined = FeatureFile(
        features=Joined([one.features for one in tables]),  # type: ignore[arg-type]
        feature_name=head.feature_name,
        file=[file for one in tables for file in one.file],
        start=np.concatenate([one.start for one in tables]),
        end=np.concatenate([one.end for one in tables]),
        class_name=head.class_name,
        refused=[entry for one in tables for entry in one.refused],
    )
    if head.scores is not None:
        joined.scores = Joined([one.scores for one in tables])  # type: ignore[assignment]
    for name in _FACTS:
        if any(getattr(one, name) for one in tables):
            values = [getattr(one, name) or [""] * len(one.file) for one in tables]
            setattr(joined, name, [value for column in values for value in column])
    if any(len(one.seen) for one in tables):
        joined.seen = np.concatenate([one.seen for one in tables])
    for name in STEPS:
        if getattr(head, name) is not None:
            setattr(joined, name, join_steps([getattr(one, name) for one in tables]))
    return joined


def merge_parts(
    tables: Sequence[FeatureFile], plan: Plan, corpus: Corpus, worker: Worker
) -> FeatureFile:
    """Concatenate the tables of all parts, in order, into the table to write."""
    merged = concatenate(tables)
    merged.refused = [*plan.refused(corpus), *merged.refused]
    merged.attributes = worker.attributes() | this_command()
    merged.attributes["plan_key"] = plan.key
    merged.attributes["options"] = json.dumps(plan.options, sort_keys=True)
    merged.attributes["versions"] = json.dumps(
        software_versions() | worker.versions(), sort_keys=True
    )
    if plan.shard != (1, 1):
        merged.attributes["shard"] = "{}/{}".format(*plan.shard)
    merged.content = _contents(tables, merged.file, corpus)
    describe_rows(merged, plan, corpus, worker)
    return merged


def describe_rows(table: FeatureFile, plan: Plan, corpus: Corpus, worker: Worker) -> None:
    """Give every row its label, speaker, split and what the worker's training has seen of it.

    Rows stand in the order of the plan; the utterances without a row stand in the ledger. What
    the corpus does not tell stays as the table has it: a finished file keeps its labels, and what
    was known to be seen, when the same recordings are named without them.
    """
    # what the corpus refused was never planned, but may be the twin of what was
    refused = {one.stretch for one in table.refused if one.stage != "corpus"}
    kept = [one for one in plan.utterances if one.stretch not in refused]
    for name in ("label", "speaker", "split"):
        values = [getattr(one, name) for one in kept]
        if any(values):
            setattr(table, name, values)
    seen = seen_in_training(
        worker.training,
        corpus.name if corpus.named else None,
        table.file,
        table.speaker,
        table.content or [""] * len(table.file),
    )
    known_before = len(table.seen) and not corpus.named
    table.seen = np.maximum(seen, table.seen) if known_before else seen
    if corpus.named or "corpus" not in table.attributes:
        table.attributes["corpus"] = corpus.name


def _contents(tables: Sequence[FeatureFile], files: Sequence[str], corpus: Corpus) -> list[str]:
    """Content digests of all rows; empty for a recording that cannot be decoded to its end."""
    contents: dict[str, str] = {}
    for table in tables:
        contents |= json.loads(table.attributes["contents"])
    for file in set(files) - contents.keys():  # the part that had to take it refused its rows
        try:
            contents[file] = content_digest(corpus.root / file)
        except AudioError:
            contents[file] = ""
    return [contents[file] for file in files]


def silent_files(tables: Sequence[FeatureFile]) -> list[str]:
    """Name the recordings with an utterance that holds nothing but zeros."""
    return list(dict.fromkeys(f for one in tables for f in json.loads(one.attributes["silent"])))
