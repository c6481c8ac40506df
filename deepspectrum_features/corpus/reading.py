"""Utterances to front-end frames: every recording opened once, in the order of the corpus."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import AudioError
from deepspectrum_features.recipe import PowerSpectrogram
from deepspectrum_features.sound.audio import ContentDigest, Segment, read_segments, resample
from deepspectrum_features.sound.spectrogram import power_spectrogram


def read_utterances(
    root: Path,
    utterances: Sequence[Utterance],
    channel: int | None = None,
    digest_files: Collection[str] = (),
    contents: dict[str, str] | None = None,
    opening: Callable[[str], object] = lambda _: None,
) -> Iterator[tuple[int, Segment | AudioError]]:
    """Decode utterances, opening each recording once for a run of its utterances.

    Parameters
    ----------
    root : Path
        Folder the files are relative to.
    utterances : sequence of Utterance
    channel : int, optional
        Counted from 1; default the mean of all.
    digest_files : collection of str, optional
        Recordings to take the content digest of.
    contents : dict, optional
        Receives ``file: digest``.
    opening : callable, optional
        Called with every recording before it is opened.

    Yields
    ------
    row : int
        Position in ``utterances``.
    segment : Segment or AudioError
        The sound, or why there is none.
    """
    rows = range(len(utterances))
    for file, group in groupby(rows, key=lambda row: utterances[row].file):
        waiting = list(group)
        spans = [(utterances[row].start, utterances[row].end) for row in waiting]
        wanted = file in digest_files and contents is not None and file not in contents
        digest = ContentDigest() if wanted else None
        left = dict(enumerate(waiting))
        opening(file)
        try:
            for index, segment in read_segments(root / file, spans, channel, digest):
                yield left.pop(index), segment
        except AudioError as error:
            yield from ((row, error) for row in left.values())
        else:
            if digest is not None and contents is not None:
                contents[file] = digest.hexdigest()


def segment_frames(segment: Segment, front_end: PowerSpectrogram) -> NDArray[np.float32]:
    """Resample a segment and compute its front-end frames, ``(frames, bins)``."""
    return power_spectrogram(resample(segment, front_end.sample_rate), front_end)
