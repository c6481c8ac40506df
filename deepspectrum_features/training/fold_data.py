"""The sound of one fold as prepared frames in memory, and what the encoder will have seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from deepspectrum_features.corpus.folds import SIDES, Fold
from deepspectrum_features.corpus.names import path_without_suffix
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.corpus.sides import check_held_out
from deepspectrum_features.encoder.heard import HeardUtterance, in_columns
from deepspectrum_features.errors import AudioError, CorpusError
from deepspectrum_features.networks import Network
from deepspectrum_features.recipe import OpensmileLld, Recipe
from deepspectrum_features.sound import FrontEnd, make_front_end
from deepspectrum_features.sound.segments import Segment
from deepspectrum_features.terminal import progress_bar
from deepspectrum_features.training.epochs import Examples, Frames
from deepspectrum_features.training.pool import Pool


@dataclass(frozen=True)
class FoldData:
    """Examples of the three sides, and the training metadata of the encoder to come.

    Attributes
    ----------
    train, dev, test : Examples
    sizes : list of int
        Classes of each label set.
    provenance : dict
    """

    train: Examples
    dev: Examples
    test: Examples
    sizes: list[int]
    provenance: dict[str, Any]


def read_fold(
    pool: Pool,
    network: Network,
    recipe: Recipe,
    fold: Fold,
    say: Callable[[str], object],
    bar: bool,
) -> FoldData:
    """Decode every utterance of the fold into prepared frames; say which could not be read.

    Recordings that are trained on and scored are refused.
    """
    wanted = sorted((*fold.train, *fold.dev, *fold.test))
    front_end = make_front_end(recipe.front_end)
    frames: dict[int, Frames] = {}
    targets: dict[int, Frames] = {}
    distilled = frozenset(fold.train if recipe.training.distil else ())
    ends: dict[int, float] = {}
    contents: dict[str, str] = {}
    with progress_bar(len(wanted), "utterances", bar, desc="reading") as shown:
        for row, segment in _segments(pool, wanted, contents):
            try:
                if isinstance(segment, AudioError):
                    raise segment
                raw = torch.from_numpy(segment.frames(front_end))
                with torch.no_grad():
                    frames[row], ends[row] = network.prepare(raw).numpy(), segment.end
                if row in distilled:
                    targets[row] = _descriptors(segment, front_end, len(raw))
            except AudioError as error:
                say(f"left out: {pool.utterances[row].file}: {error}")
            shown.update(1)
    check_held_out(fold, pool.utterances, [contents.get(one.file, "") for one in pool.utterances])
    examples = {side: _examples(pool, getattr(fold, side), frames) for side in SIDES}
    if targets:
        train = examples["train"]
        examples["train"] = replace(train, targets=[targets[row] for row in train.rows.tolist()])
        _norm(examples["train"].targets)
    if not examples["train"].frames or not examples["dev"].frames:
        raise CorpusError(f"{pool.place}: nothing could be read of the train or dev speakers")
    trained = set(examples["train"].classes.tolist())
    missing = sorted(name for number, name in enumerate(pool.classes) if number not in trained)
    if missing:
        raise CorpusError(
            f"{pool.place}: no training utterance of {', '.join(missing)}, need some of each class"
        )
    provenance = {
        "fold": fold.name,
        "utterances": {side: len(examples[side].frames) for side in examples},
        "corpora": _heard(pool, {*fold.train, *fold.dev}, ends, contents),
    }
    return FoldData(**examples, sizes=pool.sizes, provenance=provenance)


def _segments(
    pool: Pool, wanted: Sequence[int], contents: dict[str, str]
) -> Iterator[tuple[int, Segment | AudioError]]:
    """Yield the sound of the wanted rows, each from its corpus, or why there is none.

    ``contents`` receives the digests of the recordings, by what the pool calls them.
    """
    for corpus, rows in pool.parts():
        own = [row for row in wanted if row in rows]
        chosen = [corpus.utterances[row - rows.start] for row in own]
        called = {one.file: pool.utterances[row].file for row, one in zip(own, chosen, strict=True)}
        digests: dict[str, str] = {}
        for position, segment in read_utterances(corpus, chosen, None, called, digests):
            yield own[position], segment
        contents |= {called[file]: digest for file, digest in digests.items()}


def _examples(pool: Pool, side: Sequence[int], frames: Mapping[int, Frames]) -> Examples:
    """Return the examples of a side, those that could be read."""
    number = {"": -1} | {name: index for index, name in enumerate(pool.classes)}
    rows = [row for row in side if row in frames]
    utterances = [pool.utterances[row] for row in rows]
    _, speaker = np.unique([one.speaker for one in utterances], return_inverse=True)
    return Examples(
        frames=[frames[row] for row in rows],
        classes=np.array([number[one.label] for one in utterances], np.int64),
        rows=np.array(rows, np.int64),
        label_set=pool.label_set[rows],
        speaker=speaker,
    )


def _descriptors(segment: Segment, front_end: FrontEnd, count: int) -> Frames:
    """Return openSMILE's descriptors nearest to the centre of each frame, NaN where there are none.

    Parameters
    ----------
    segment : Segment
    front_end : FrontEnd
        Of the frames.
    count : int
        How many frames there are.

    Returns
    -------
    ndarray, (frames, 65), float32
    """
    opensmile = make_front_end(OpensmileLld(deltas=False))
    found = np.full((count, opensmile.dim), np.nan, np.float32)
    try:
        rows = segment.frames(opensmile)
    except AudioError:  # shorter than openSMILE's windows
        return found
    centres = front_end.first_centre_seconds + front_end.step_seconds * np.arange(count)
    nearest = np.rint((centres - opensmile.first_centre_seconds) / opensmile.step_seconds)
    there = (nearest >= 0) & (nearest < len(rows))
    found[there] = rows[nearest[there].astype(int)]
    return found


def _norm(targets: Sequence[Frames]) -> None:
    """Z-norm every column over the frames of all utterances, and clip it to +-4, in place."""
    count = max(sum(int(np.isfinite(one[:, 0]).sum()) for one in targets), 1)
    mean = sum(np.nansum(one, axis=0, dtype=np.float64) for one in targets) / count
    squares = sum(np.nansum((one - mean) ** 2, axis=0) for one in targets)
    deviation = np.maximum(np.sqrt(squares / count), 1e-6 * np.abs(mean) + 1e-12)
    for one in targets:
        one[:] = np.clip((one - mean) / deviation, -4, 4)


def _heard(
    pool: Pool, heard: Container[int], ends: Mapping[int, float], contents: Mapping[str, str]
) -> list[dict[str, Any]]:
    """List what the encoder hears, utterances with their decoded ends, corpus by corpus."""
    found: dict[tuple[str, bool], list[HeardUtterance]] = defaultdict(list)
    for corpus, rows in pool.parts():
        for row in rows:
            if row not in heard or row not in ends:
                continue
            one = corpus.utterances[row - rows.start]
            told = HeardUtterance(
                path=path_without_suffix(one.file),
                speaker=one.speaker,
                content=contents.get(pool.utterances[row].file, ""),
                start=round(one.start, 6),
                end=round(ends[row], 6),
                channel=one.channel,
                seconds=round(corpus.headers[one.file].seconds, 6),
            )
            found[one.corpus or corpus.name, corpus.named or bool(one.corpus)].append(told)
    return [
        {"name": name, "named": named, "utterances": in_columns(rows)}
        for (name, named), rows in found.items()
    ]
