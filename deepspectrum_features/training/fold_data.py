"""The sound of one fold as prepared frames in memory, and what the encoder will have seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.names import path_without_suffix
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.corpus.sides import check_held_out
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.encoder.heard import HeardUtterance, in_columns
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
    """Decode every utterance of the fold into prepared frames; say which could not be read.

    Recordings that are trained on and scored are refused.
    """
    front_end = make_front_end(recipe.front_end)
    wanted = sorted((*fold.train, *fold.dev, *fold.test))
    chosen = [utterances[row] for row in wanted]
    contents: dict[str, str] = {}
    frames: dict[int, NDArray[np.float32]] = {}
    ends: dict[int, float] = {}
    files = {one.file for one in chosen}
    with progress_bar(len(chosen), "utterances", bar, desc="reading") as shown:
        for position, segment in read_utterances(corpus, chosen, None, files, contents):
            try:
                if isinstance(segment, AudioError):
                    raise segment
                raw = segment.frames(front_end)
                with torch.no_grad():
                    prepared = network.prepare(torch.from_numpy(raw))
                frames[wanted[position]] = prepared.numpy()
                ends[wanted[position]] = segment.end
            except AudioError as error:
                say(f"left out: {chosen[position].file}: {error}")
            shown.update(1)
    check_held_out(fold, utterances, [contents.get(one.file, "") for one in utterances])
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
    heard = [row for row in sorted((*fold.train, *fold.dev)) if row in frames]
    provenance = {
        "fold": fold.name,
        "utterances": {side: len(examples[side].frames) for side in examples},
        "corpora": _heard(corpus, [(utterances[row], ends[row]) for row in heard], contents),
    }
    return FoldData(**examples, provenance=provenance)


def _heard(
    corpus: Corpus, utterances: Sequence[tuple[Utterance, float]], contents: dict[str, str]
) -> list[dict[str, Any]]:
    """List what the encoder hears, utterances with their decoded ends, corpus by corpus."""
    rows: dict[tuple[str, bool], list[HeardUtterance]] = defaultdict(list)
    for one, end in utterances:
        told = HeardUtterance(
            path=path_without_suffix(one.file),
            speaker=one.speaker,
            content=contents.get(one.file, ""),
            start=round(one.start, 6),
            end=round(end, 6),
            channel=one.channel,
            seconds=round(corpus.headers[one.file].seconds, 6),
        )
        rows[one.corpus or corpus.name, corpus.named or bool(one.corpus)].append(told)
    return [
        {"name": name, "named": named, "utterances": in_columns(heard)}
        for (name, named), heard in rows.items()
    ]
