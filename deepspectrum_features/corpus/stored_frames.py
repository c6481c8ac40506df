"""Frames of a slow front end, computed once from stored sound and kept beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from joblib import cpu_count

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.stored_arrays import Array, Entry, StoredArrays
from deepspectrum_features.corpus.utterance import Stretch, Utterance
from deepspectrum_features.errors import AudioError, CorpusError
from deepspectrum_features.processes.side_by_side import in_processes
from deepspectrum_features.recipe import FrontEndRecipe
from deepspectrum_features.recipe.document import plain
from deepspectrum_features.sound import FrontEnd
from deepspectrum_features.sound.segments import Segment
from deepspectrum_features.terminal import progress_bar

if TYPE_CHECKING:
    from deepspectrum_features.corpus.stored_sound import StoredSound


@dataclass(frozen=True)
class StoredFrames:
    """The frames of every utterance of a corpus.

    Attributes
    ----------
    front_end : FrontEndRecipe
        What they are frames of.
    arrays : StoredArrays
        Made from stored sound by that front end, in these versions of its software.
    """

    front_end: FrontEndRecipe
    arrays: StoredArrays


@dataclass(frozen=True)
class StoredSegment(Segment):
    """A segment of stored sound, some of whose frames may be stored too."""

    stretch: Stretch
    stored: tuple[StoredFrames, ...]

    def frames(self, front_end: FrontEnd) -> Array:
        """Return the stored frames of a front end; compute them where there are none."""
        for one in self.stored:
            if one.front_end == front_end.recipe:
                return one.arrays.read(one.arrays.entry(self.stretch))
        return super().frames(front_end)


def store_frames(
    corpus: Corpus, front_end: FrontEnd, folder: Path, jobs: int | None = None, bar: bool = False
) -> Corpus:
    """Compute the frames of stored sound, or find them; return the corpus that reads them.

    Parameters
    ----------
    corpus : Corpus
        With stored sound.
    front_end : FrontEnd
    folder : Path
        A folder for this front end alone: 52 kB for a second of openSMILE's descriptors.
    jobs : int, optional
        Processes that compute side by side; default as many as there are processors.
    bar : bool, optional
        Show a progress bar at a terminal or in a notebook.

    Raises
    ------
    CorpusError
        If a process dies.
    ValueError
        If the corpus has no stored sound.
    """
    sound = corpus.stored
    if sound is None:
        raise ValueError("corpus: no stored sound, need that of store_sound")
    arrays = StoredArrays(
        folder / "frames.f32", _stamp(sound, corpus.utterances, front_end), (front_end.dim,)
    )
    if not arrays.is_whole():
        try:
            arrays.write(_computed(sound, corpus.utterances, front_end, jobs or cpu_count(), bar))
        except BrokenProcessPool:
            raise CorpusError(
                f"{corpus.root}: a process that computed frames died, need another run (fewer "
                "--jobs take less memory)"
            ) from None
    found = StoredFrames(front_end.recipe, arrays)
    return replace(corpus, stored=replace(sound, frames=(*sound.frames, found)))


def _stamp(sound: StoredSound, utterances: Sequence[Utterance], front_end: FrontEnd) -> str:
    """Digest what stored frames depend on."""
    stretches = [one.stretch for one in utterances]
    facts = [sound.samples.stamp, stretches, plain(front_end.recipe), front_end.versions()]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _computed(
    sound: StoredSound, utterances: Sequence[Utterance], front_end: FrontEnd, jobs: int, bar: bool
) -> Iterator[tuple[Stretch, Array | AudioError, Entry]]:
    """Compute the frames of every utterance, in their order."""
    segments = (segment for _, segment in sound.read(utterances))
    found: Iterable[Array | AudioError]
    if jobs == 1:
        found = (_frames(segment, front_end) for segment in segments)
    else:
        found = in_processes(_frames, ((one, front_end) for one in segments), jobs, ordered=True)
    with progress_bar(len(utterances), "utterances", bar, desc=front_end.kind) as shown:
        for one, frames in zip(utterances, found, strict=True):
            yield one.stretch, frames, {}
            shown.update(1)


def _frames(segment: Segment | AudioError, front_end: FrontEnd) -> Array | AudioError:
    """Return the frames of a segment, or why it has none."""
    try:
        if isinstance(segment, AudioError):
            raise segment
        return segment.frames(front_end)
    except AudioError as error:
        return error
