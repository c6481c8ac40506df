"""The sound of one fold as prepared frames in memory, and what the encoder will have seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import AudioError, CorpusError
from deepspectrum_features.networks import Network
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.sound import make_front_end
from deepspectrum_features.terminal import progress_bar
from deepspectrum_features.training.epochs import Examples


@dataclass(frozen=True)
class FoldData:
    """Examples of the three sides, and the training metadata of the encoder to come."""

    train: Examples
    dev: Examples
    test: Examples
    provenance: dict[str, Any]


def read_fold(
    corpus: Corpus,
    utterances: Sequence[Utterance],
    network: Network,
    recipe: Recipe,
    fold: Fold,
    classes: list[str],
    say: Callable[[str], object],
    bar: bool,
) -> FoldData:
    """Decode every utterance of the fold into prepared frames; say which could not be read."""
    front_end = make_front_end(recipe.front_end)
    wanted = sorted((*fold.train, *fold.dev, *fold.test))
    chosen = [utterances[row] for row in wanted]
    contents: dict[str, str] = {}
    frames: dict[int, NDArray[np.float32]] = {}
    files = {one.file for one in chosen}
    with progress_bar(len(chosen), "utterances", bar, desc="reading") as shown:
        for position, segment in read_utterances(corpus, chosen, None, files, contents):
            try:
                if isinstance(segment, AudioError):
                    raise segment
                raw = front_end.frames(segment.waveform, segment.sample_rate)
                with torch.no_grad():
                    prepared = network.prepare(torch.from_numpy(raw))
                frames[wanted[position]] = prepared.numpy()
            except AudioError as error:
                say(f"left out: {chosen[position].file}: {error}")
            shown.update(1)
    number = {name: index for index, name in enumerate(classes)}
    examples = {}
    for side in ("train", "dev", "test"):
        rows = [row for row in getattr(fold, side) if row in frames]
        labels = np.array([number[utterances[row].label] for row in rows], np.int64)
        examples[side] = Examples([frames[row] for row in rows], labels, np.array(rows, np.int64))
    if not examples["train"].frames or not examples["dev"].frames:
        raise CorpusError(f"{corpus.root}: nothing could be read of the train or dev speakers")
    missing = sorted(set(classes) - {classes[index] for index in examples["train"].classes})
    if missing:
        raise CorpusError(
            f"{corpus.root}: no training utterance of {', '.join(missing)}, need some of each class"
        )
    seen = [utterances[row] for row in (*fold.train, *fold.dev) if row in frames]
    recordings = sorted({(contents.get(one.file, ""), Path(one.file).stem) for one in seen})
    provenance = {
        "fold": fold.name,
        "utterances": {side: len(examples[side].frames) for side in examples},
        "corpora": [
            {
                "name": corpus.name,
                "named": corpus.named,
                "recordings": [list(recording) for recording in recordings],
                "speakers": sorted({one.speaker for one in seen} - {""}),
            }
        ],
    }
    return FoldData(**examples, provenance=provenance)
