"""The sound of a corpus, decoded once and kept in one file for whoever reads it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.corpus.stored_arrays import Array, Entry, StoredArrays
from deepspectrum_features.corpus.stored_frames import StoredFrames, StoredSegment
from deepspectrum_features.corpus.utterance import Stretch, Utterance
from deepspectrum_features.errors import AudioError
from deepspectrum_features.recipe import FrontEndRecipe
from deepspectrum_features.sound.segments import Segment
from deepspectrum_features.terminal import progress_bar


@dataclass(frozen=True)
class StoredSound:
    """Every utterance of a corpus as it was decoded: mixed down, at the recording's own rate.

    Attributes
    ----------
    samples : StoredArrays
        Made from the utterances' recordings, of these sizes and modification times.
    frames : tuple of StoredFrames
        What was computed from it already.
    """

    samples: StoredArrays
    frames: tuple[StoredFrames, ...] = ()

    @property
    def digest(self) -> str:
        """Digest of what all recordings sound like, whatever their names and dates."""
        return hashlib.sha256(json.dumps(self.contents, sort_keys=True).encode()).hexdigest()

    @property
    def contents(self) -> dict[str, str]:
        """Digest of every recording by its file; those that cannot be decoded are missing."""
        known: dict[str, str] = self.samples.index["contents"]
        return known

    def holds(self, one: Utterance) -> bool:
        """Whether an utterance of the corpus could be read."""
        return self.length(one) is not None

    def length(self, one: Utterance) -> tuple[int, int] | None:
        """Return samples and rate of an utterance; None where it could not be read."""
        found = self.samples.entry(one.stretch)
        return None if "reason" in found else (found["count"], found["rate"])

    def has_frames(self, front_end: FrontEndRecipe) -> bool:
        """Whether a front end's frames were computed already."""
        return any(one.front_end == front_end for one in self.frames)

    def read(
        self,
        utterances: Sequence[Utterance],
        digest_files: Collection[str] = (),
        contents: dict[str, str] | None = None,
    ) -> Iterator[tuple[int, Segment | AudioError]]:
        """Yield what `read_utterances` yields, without decoding anything."""
        if contents is not None:
            known = self.contents
            contents |= {file: known[file] for file in digest_files if file in known}
        for row, one in enumerate(utterances):
            try:
                yield row, self._segment(one.stretch)
            except AudioError as error:
                yield row, error

    def _segment(self, stretch: Stretch) -> Segment:
        """Return an utterance's sound, or raise why there is none."""
        found = self.samples.entry(stretch)
        waveform = self.samples.read(found)
        times = found["rate"], found["start"], found["end"]
        return StoredSegment(waveform, *times, stretch, self.frames)


def store_sound(corpus: Corpus, folder: Path, bar: bool = False) -> Corpus:
    """Decode a scanned corpus into a folder, or find it there; return the corpus that reads it.

    Parameters
    ----------
    corpus : Corpus
    folder : Path
        Where the sound is kept: 4 bytes a sample, 230 MB an hour at 16 kHz.
    bar : bool, optional
        Show a progress bar at a terminal or in a notebook.
    """
    samples = StoredArrays(folder / "samples.f32", _stamp(corpus))
    if not samples.is_whole():
        contents: dict[str, str] = {}
        samples.write(_decoded(corpus, contents, bar), contents=contents)
    return replace(corpus, stored=StoredSound(samples))


def _decoded(
    corpus: Corpus, contents: dict[str, str], bar: bool
) -> Iterator[tuple[Stretch, Array | AudioError, Entry]]:
    """Decode every utterance; ``contents`` receives the digest of every recording."""
    files = {one.file for one in corpus.utterances}
    with progress_bar(len(corpus.utterances), "utterances", bar, desc="decoding") as shown:
        for row, segment in read_utterances(corpus, corpus.utterances, None, files, contents):
            stretch = corpus.utterances[row].stretch
            if isinstance(segment, AudioError):
                yield stretch, segment, {}
            else:
                times = {"rate": segment.sample_rate, "start": segment.start, "end": segment.end}
                yield stretch, segment.waveform, times
            shown.update(1)


def _stamp(corpus: Corpus) -> str:
    """Digest what the stored sound depends on."""
    files = dict.fromkeys(one.file for one in corpus.utterances)
    stats = [(corpus.root / file).stat() for file in files]
    facts = [
        (file, stat.st_size, stat.st_mtime_ns) for file, stat in zip(files, stats, strict=True)
    ]
    stretches = [one.stretch for one in corpus.utterances]
    return hashlib.sha256(json.dumps([facts, stretches]).encode()).hexdigest()
