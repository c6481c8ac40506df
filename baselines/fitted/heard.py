"""What a classifier was fitted on, held against what it is asked about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from deepspectrum_features.corpus.names import path_without_suffix
from deepspectrum_features.encoder.heard import (
    Heard,
    HeardColumns,
    HeardCorpus,
    HeardUtterance,
    in_columns,
)
from deepspectrum_features.extraction.seen import RECORDING_SEEN, SPEAKER_SEEN, seen_in_training
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.terminal import counted

if TYPE_CHECKING:
    from deepspectrum_features.baselines.table import Table


def heard_of(table: Table) -> Heard:
    """List the rows of a table, corpus by corpus."""
    corpora: dict[tuple[str, bool], list[HeardUtterance]] = defaultdict(list)
    for one, content in zip(table.utterances, table.content, strict=True):
        told = HeardUtterance(
            path=path_without_suffix(one.file),
            speaker=one.speaker,
            content=content,
            start=one.start,
            end=one.end,
            channel=one.channel,
            seconds=one.end,  # at least: how long the recording is, nobody asks here
        )
        corpora[one.corpus or table.corpus, table.corpus_named or bool(one.corpus)].append(told)
    return Heard(
        corpora=[
            HeardCorpus(name=name, named=named, utterances=HeardColumns(**in_columns(rows)))
            for (name, named), rows in corpora.items()
        ]
    )


def met_in_training(training: Heard, stored: FeatureFile) -> Iterator[str]:
    """Say how many rows of a feature file a classifier was fitted on, or on their speakers."""
    rows = len(stored.file)
    known = stored.attributes
    given = known.get("corpus", "") if "corpus_named" in known else ""
    seen = seen_in_training(
        training.rows,
        stored.stretches,
        stored.speaker or [""] * rows,
        [corpus or given for corpus in stored.corpus or [""] * rows],
        stored.content or [""] * rows,
    )
    for found, what in ((RECORDING_SEEN, "these recordings"), (SPEAKER_SEEN, "their speakers")):
        if count := int(np.sum(seen == found)):
            yield (
                f"fitted on {what}: {count} of {counted(rows, 'row')}, which it tells better than "
                "what it never heard"
            )
