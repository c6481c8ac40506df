"""What the encoder of a feature file heard, held against what is known of the rows now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from deepspectrum_features.encoder.bundled import ATTENTIVE, EARLIER
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.encoder.heard import HeardUtterance
from deepspectrum_features.extraction.seen import seen_in_training
from deepspectrum_features.features.feature_file import FeatureFile

if TYPE_CHECKING:
    from deepspectrum_features.baselines.table import Table


def heard_by(stored: FeatureFile) -> tuple[HeardUtterance, ...]:
    """Return what the encoder of a file was trained on: the file says it, or a bundled encoder."""
    if stored.heard or stored.attributes.get("encoder_sha256") not in EARLIER:
        return stored.heard
    return Encoder.open(ATTENTIVE).stated.training.rows


def decide_again(table: Table, names: Sequence[str]) -> Table:
    """Return a table with ``seen`` as it is by what is known of its rows now.

    Parameters
    ----------
    table : Table
        What its ``seen`` holds already is never lowered.
    names : sequence of str
        What the corpus is called now, beside what its file and its rows call it.
    """
    given = table.corpus if table.corpus_named else ""
    count, seen = len(table.utterances), table.seen
    by_file = [one.corpus or given for one in table.utterances]
    for called in (by_file, *([name] * count for name in names)):
        found = seen_in_training(
            table.heard,
            [one.stretch for one in table.utterances],
            [one.speaker for one in table.utterances],
            called,
            table.content,
        )
        seen = np.maximum(seen, found)
    return replace(table, seen=seen)
