"""Parts to one table: concatenation, then what corpus and encoder know of the rows."""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Sequence

import h5py
import numpy as np
import onnxruntime
import soundfile
import soxr
from numpy.typing import NDArray

from deepspectrum_features import __version__
from deepspectrum_features.audio import content_digest
from deepspectrum_features.corpus import Corpus
from deepspectrum_features.encoder import Encoder
from deepspectrum_features.errors import AudioError
from deepspectrum_features.features import FeatureFile
from deepspectrum_features.plan import Plan
from deepspectrum_features.seen import seen_in_training
from deepspectrum_features.utterance import showable
from deepspectrum_features.worker import EncoderWorker


def merge(
    tables: Sequence[FeatureFile], plan: Plan, corpus: Corpus, worker: EncoderWorker
) -> FeatureFile:
    """Concatenate the tables of all parts, in order, into the table to write."""
    encoder = worker.encoder
    merged = FeatureFile(
        features=_stack([one.features for one in tables], encoder.dim),
        feature_name=encoder.columns,
        file=[file for one in tables for file in one.file],
        start=np.concatenate([np.zeros(0), *(one.start for one in tables)]),
        end=np.concatenate([np.zeros(0), *(one.end for one in tables)]),
        scores=_stack([one.scores for one in tables], len(encoder.classes)),
        class_name=encoder.classes,
        refused=[*corpus.refused, *(entry for one in tables for entry in one.refused)],
        attributes=worker.attributes()
        | {
            "plan_key": plan.key,
            "options": json.dumps(plan.options, sort_keys=True),
            "versions": json.dumps(software_versions(), sort_keys=True),
            "command": showable(shlex.join(sys.argv)),
            "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        },
    )
    merged.content = _contents(tables, merged.file, corpus)
    describe_rows(merged, corpus, encoder)
    return merged


def describe_rows(table: FeatureFile, corpus: Corpus, encoder: Encoder) -> None:
    """Give every row its label, speaker, split and what the encoder has seen of it.

    Rows stand in the order of the corpus; the utterances without a row stand in the ledger. What
    the corpus does not tell stays as the table has it: a finished file keeps its labels, and what
    was known to be seen, when the same recordings are named without them.
    """
    refused = {one.stretch for one in table.refused}
    kept = [one for one in corpus.utterances if one.stretch not in refused]
    for name in ("label", "speaker", "split"):
        values = [getattr(one, name) for one in kept]
        if any(values):
            setattr(table, name, values)
    seen = seen_in_training(
        encoder.metadata["training"],
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


def _stack(blocks: Sequence[NDArray[np.float32] | None], width: int) -> NDArray[np.float32]:
    found = [block for block in blocks if block is not None]
    return np.concatenate([np.zeros((0, width), np.float32), *found])


def software_versions() -> dict[str, str]:
    """Versions of what a feature file's numbers depend on."""
    return {
        "deepspectrum_features": __version__,
        "python": ".".join(map(str, sys.version_info[:3])),
        "numpy": np.__version__,
        "onnxruntime": onnxruntime.__version__,
        "soundfile": soundfile.__version__,
        "libsndfile": soundfile.__libsndfile_version__,
        "soxr": soxr.__version__,
        "h5py": h5py.__version__,
        "hdf5": h5py.version.hdf5_version,
    }
