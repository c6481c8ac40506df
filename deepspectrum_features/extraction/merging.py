"""Many tables to one: concatenation, then what corpus and encoder know of the rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from deepspectrum_features.corpus.columns import COLUMNS, FACTS, Column, target_columns
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.encoder.levels import STEP_GROUPS
from deepspectrum_features.errors import AudioError
from deepspectrum_features.extraction.earlier import Earlier
from deepspectrum_features.extraction.part_file import PartFile
from deepspectrum_features.extraction.plan import Plan
from deepspectrum_features.extraction.seen import seen_in_training
from deepspectrum_features.extraction.worker import Worker
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.notices import store_notices
from deepspectrum_features.features.steps import Joined, join_steps
from deepspectrum_features.provenance import software_versions, this_command
from deepspectrum_features.sound.audio import AudioHeader
from deepspectrum_features.sound.content import content_digest


def concatenate(tables: Sequence[FeatureFile]) -> FeatureFile:
    """Put the rows of tables with the same columns behind each other, and their ledgers.

    Matrices that lie on disk stay there until the result is written.
    """
    head = tables[0]
    joined = FeatureFile(
        features=Joined([table.features for table in tables]),  # type: ignore[arg-type]
        feature_name=head.feature_name,
        feature_family=next(filter(None, (table.feature_family for table in tables)), []),
        **{column.name: _joined(column, tables) for column in COLUMNS},
        class_name=head.class_name,
        refused=[refusal for table in tables for refusal in table.refused],
        heard=head.heard,
        recordings=_recordings(tables),
    )
    for column in target_columns(tables):
        column.put(joined, _joined(column, tables))
    if head.scores is not None:
        joined.scores = Joined([table.scores for table in tables])  # type: ignore[assignment]
    for name in STEP_GROUPS:
        if getattr(head, name) is not None:
            setattr(joined, name, join_steps([getattr(table, name) for table in tables]))
    return joined


def _recordings(tables: Sequence[FeatureFile]) -> Mapping[str, AudioHeader]:
    """Put together what recordings were; what a table has rows of, it knows best."""
    found = {file: header for table in tables for file, header in table.recordings.items()}
    for table in tables:
        found |= {file: table.recordings[file] for file in table.file if file in table.recordings}
    return found


def _joined(column: Column, tables: Sequence[FeatureFile]) -> Any:
    """Put one column of all tables together, blanks where one lacks it; nothing where all do."""
    values = [column.of(one) for one in tables]
    if not any(map(column.known, values)):
        return column.array([])
    pieces = map(column.filled, values, [len(one.file) for one in tables])
    return list(chain(*pieces)) if column.dtype is str else np.concatenate([*pieces])


def merge_parts(
    parts: Sequence[PartFile],
    plan: Plan,
    corpus: Corpus,
    worker: Worker,
    earlier: Earlier | None = None,
) -> FeatureFile:
    """Concatenate all parts, in order, into the table to write.

    Where there is an earlier output, some parts are rows of it.
    """
    merged = concatenate(parts)
    merged.refused = [*plan.refused(corpus), *merged.refused]
    merged.attributes = worker.attributes() | this_command()
    merged.attributes["plan_key"] = plan.key
    merged.attributes["options"] = json.dumps(plan.options, sort_keys=True)
    told = dict.fromkeys(part.attributes.get("versions", "{}") for part in parts)
    versions = [*map(json.loads, told), software_versions() | worker.versions()]
    merged.attributes["versions"] = json.dumps(all_versions(versions), sort_keys=True)
    if plan.shard != (1, 1):
        merged.attributes["shard"] = "{}/{}".format(*plan.shard)
    merged.content = _digests(parts, merged.file, corpus)
    merged.recordings = corpus.headers
    if earlier is not None:
        earlier.carry_facts(merged)
    describe_rows(merged, plan, corpus, worker)
    store_notices(merged)
    return merged


def all_versions(found: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Name every version that had a hand in a table, by software."""
    versions: dict[str, dict[str, None]] = {}
    for known in found:
        for name, told in known.items():
            versions.setdefault(name, {}).update(dict.fromkeys(told.split(", ")))
    return {name: ", ".join(told) for name, told in versions.items()}


def describe_rows(table: FeatureFile, plan: Plan, corpus: Corpus, worker: Worker) -> None:
    """Give every row the corpus's facts and what the worker's training has seen of it.

    Rows stand in the order of the plan; the utterances without a row stand in the ledger, with
    the same label and speaker. What
    the corpus does not tell stays as the table has it: a finished file keeps its labels, and what
    was known to be seen, when the same recordings are named without them.
    """
    given = plan.given(table.refused)
    for column in (*FACTS, *target_columns(given)):
        values = [column.of(utterance) for utterance in given]
        if column.known(values):
            column.put(table, column.array(values))
    table.refused = _described(table.refused, plan)
    if corpus.named or "corpus" not in table.attributes:
        table.attributes["corpus"] = corpus.name
    if corpus.named:
        table.attributes["corpus_named"] = "yes"
    table.heard = worker.training.rows
    rows = len(table.file)
    seen = seen_in_training(
        table.heard,
        table.each_stretch(),
        table.speaker or [""] * rows,
        corpora_of(table),
        table.content or [""] * rows,
    )
    known_before = len(table.seen) and not corpus.named
    table.seen = np.maximum(seen, table.seen) if known_before else seen


def corpora_of(table: FeatureFile) -> list[str]:
    """Return the name that somebody gave the corpus of each row; empty where nobody did."""
    given = table.attributes["corpus"] if "corpus_named" in table.attributes else ""
    return [own or given for own in table.corpus or [""] * len(table.file)]


def _described(refused: Sequence[Refusal], plan: Plan) -> list[Refusal]:
    """Give refusals of planned utterances the label and speaker that the corpus tells today."""
    wanted = {one.stretch for one in refused}
    told = {one.stretch: one for one in plan.utterances if one.stretch in wanted}
    known = [
        name for name in ("label", "speaker") if any(getattr(one, name) for one in plan.utterances)
    ]
    return [
        replace(one, **{name: getattr(told[one.stretch], name) for name in known})
        if one.stage != "corpus" and one.stretch in told
        else one
        for one in refused
    ]


def _digests(parts: Sequence[PartFile], files: Sequence[str], corpus: Corpus) -> list[str]:
    """Content digests of all rows; empty for a recording that cannot be decoded to its end."""
    digests: dict[str, str] = {}
    for part in parts:
        digests |= part.digests
    for file in set(files) - digests.keys():  # the part that had to take it refused its rows
        try:
            digests[file] = content_digest(corpus.root / file)
        except AudioError:
            digests[file] = ""
    return [digests[file] for file in files]
