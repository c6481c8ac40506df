"""Training examples: prepared frames in memory, random draws fixed by seed, epoch and row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from deepspectrum_features.encoder.batching import batches, pad
from deepspectrum_features.recipe import Augmentation, Training

Frames = NDArray[np.float32]


class Batch(NamedTuple):
    """Padded utterances, and what is to be learned of them."""

    frames: Tensor  # (batch, time, dim), prepared
    lengths: Tensor  # (batch,), valid frames
    classes: Tensor  # (batch,), -1 without a label
    label_set: Tensor  # (batch,)
    targets: Tensor  # (batch, time, descriptors), NaN where there are none


@dataclass(frozen=True)
class Examples:
    """Prepared utterances of one side of a fold.

    Attributes
    ----------
    frames : list of ndarray, (time, dim)
    classes : ndarray, (rows,), int64
        -1 of utterances without a label.
    rows : ndarray, (rows,), int64
        Position in the pool: with seed and epoch it fixes an utterance's random draws.
    label_set : ndarray, (rows,), int64
        Number of the label set that the class is of.
    speaker : ndarray, (rows,), int64
        Number of the speaker.
    targets : list of ndarray, (time, descriptors), optional
        What else is to be learned of each frame; NaN where there is nothing.
    """

    frames: list[Frames]
    classes: NDArray[np.int64]
    rows: NDArray[np.int64]
    label_set: NDArray[np.int64]
    speaker: NDArray[np.int64]
    targets: Sequence[Frames] = ()


class Epoch(Dataset[Batch]):
    """The batches of one epoch; ``augment=False`` gives every utterance whole.

    Batches hold utterances of similar length, so that little of them is padding.
    """

    def __init__(
        self, examples: Examples, training: Training, longest: int, epoch: int, augment: bool
    ) -> None:
        self.examples, self.training, self.longest = examples, training, longest
        self.epoch, self.augment = epoch, augment
        lengths = np.array([len(one) for one in examples.frames])
        order = np.arange(len(lengths))
        if augment:
            generator = np.random.default_rng([training.seed, epoch])
            order = generator.permutation(len(lengths))
            if training.speakers_alike:
                told = examples.classes[order] >= 0
                drawn = [
                    _speakers_alike(examples.speaker[part], part, generator)
                    for part in (order[told], order[~told])
                    if len(part)
                ]
                order = generator.permutation(np.concatenate(drawn)) if drawn[1:] else drawn[0]
            self.batches = _similar_lengths(order, lengths, training.batch_size)
            generator.shuffle(self.batches)
        else:
            whole = {row: int(length) for row, length in enumerate(lengths)}
            self.batches = [np.array(batch) for batch in batches(whole)]

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self.batches)

    def __getitem__(self, index: int) -> Batch:
        """Return one padded batch."""
        if index >= len(self):
            raise IndexError(index)
        chosen = self.batches[index]
        frames, targets = zip(*(self._frames(position) for position in chosen), strict=True)
        padded, lengths = pad(frames)
        told = (self.examples.classes[chosen], self.examples.label_set[chosen], pad(targets)[0])
        return Batch(*(torch.from_numpy(array) for array in (padded, lengths, *told)))

    def _frames(self, position: int) -> tuple[Frames, Frames]:
        frames = self.examples.frames[position]
        targets = self.examples.targets[position] if self.examples.targets else frames[:, :0]
        if not self.augment:
            return frames, targets
        seed = [self.training.seed, self.epoch, int(self.examples.rows[position])]
        generator = np.random.default_rng(seed)
        if len(frames) > self.longest:
            first = generator.integers(len(frames) - self.longest + 1)
            frames, targets = (one[first : first + self.longest] for one in (frames, targets))
        return augment(frames, targets, self.training.augmentation, generator)


def augment(
    frames: Frames, targets: Frames, recipe: Augmentation, generator: np.random.Generator
) -> tuple[Frames, Frames]:
    """Change prepared ``frames (time, bands)`` at random: tempo, frequency axis, masks.

    ``targets (time, descriptors)`` change in tempo alone.
    """
    if recipe.stretch:
        tempo, pitch = generator.uniform(1 - recipe.stretch, 1 + recipe.stretch, 2)
        frames, targets = _stretch(frames, tempo), _stretch(targets, tempo)
        frames = np.ascontiguousarray(_stretch(frames.T, pitch, frames.shape[1]).T)
    for axis, widest in ((0, recipe.masked_frames), (1, recipe.masked_bands)):
        width = min(int(generator.integers(widest + 1)), frames.shape[axis] // 2) if widest else 0
        if width:
            first = generator.integers(frames.shape[axis] - width + 1)
            masked = [slice(None), slice(None)]
            masked[axis] = slice(first, first + width)
            filling = frames.mean(axis=0, keepdims=True)
            frames = frames.copy()
            frames[tuple(masked)] = filling if axis == 0 else filling[:, masked[1]]
    return frames, targets


def _speakers_alike(
    speakers: NDArray[np.int64], order: NDArray[np.int64], generator: np.random.Generator
) -> NDArray[np.int64]:
    """Draw as many examples as there are in ``order``, of every speaker as many.

    All of a speaker's come before one comes again, in an order of their own each time.
    """
    own = [order[speakers == speaker] for speaker in np.unique(speakers)]
    turns = -(-len(order) // len(own))
    drawn = []
    for rows in own:
        rounds = -(-turns // len(rows))
        again = [generator.permutation(rows) for _ in range(rounds)]
        drawn.append(np.concatenate(again)[:turns])
    found: NDArray[np.int64] = generator.permutation(np.concatenate(drawn))[: len(order)]
    return found


def _stretch(frames: Frames, factor: float, length: int | None = None) -> Frames:
    """Read the first axis ``factor`` times as fast by linear interpolation."""
    length = max(round(len(frames) / factor), 1) if length is None else length
    position = np.minimum(np.arange(length) * factor, len(frames) - 1)
    before = np.minimum(position.astype(np.int64), max(len(frames) - 2, 0))
    after = np.minimum(before + 1, len(frames) - 1)
    share = (position - before).astype(np.float32)[:, None]
    stretched: Frames = frames[before] * (1 - share) + frames[after] * share
    return stretched


def _similar_lengths(
    order: NDArray[np.int64], lengths: NDArray[np.int64], batch_size: int
) -> list[NDArray[np.int64]]:
    """Cut an order into batches, sorted by length within pools of 16 batches."""
    pool = 16 * batch_size
    found: list[NDArray[np.int64]] = []
    for first in range(0, len(order), pool):
        part = order[first : first + pool]
        part = part[np.argsort(lengths[part], kind="stable")]
        found += [part[at : at + batch_size] for at in range(0, len(part), batch_size)]
    return found
