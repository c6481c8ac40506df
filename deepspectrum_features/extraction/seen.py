"""Whether an encoder's training met a row: by sound, and by name where corpora have names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.names import path_without_suffix, plain_name, stem
from deepspectrum_features.corpus.utterance import Stretch, overlap
from deepspectrum_features.encoder.heard import HeardUtterance

NOT_SEEN, SPEAKER_SEEN, RECORDING_SEEN = 0, 1, 2


@dataclass
class _Recording:
    """A recording that was heard: the stretches of it, and who speaks in them."""

    path: str
    stretches: list[Stretch] = field(default_factory=list)
    speakers: set[str] = field(default_factory=set)

    def holds(self, stretch: Stretch) -> bool:
        """Whether a row shares time with what was heard, on a channel that may be the same."""
        return any(overlap(stretch, heard) for heard in self.stretches)


class _Training:
    """What was heard, to be looked up by content, by name, and by speaker."""

    def __init__(self, heard: Sequence[HeardUtterance]) -> None:
        self.speakers: set[tuple[str, str]] = set()
        self._by_content: dict[str, list[_Recording]] = defaultdict(list)
        self._by_stem: dict[tuple[str, str], list[_Recording]] = defaultdict(list)
        recordings: dict[tuple[str, str, str], _Recording] = {}
        for one in heard:
            corpus, speaker = plain_name(one.corpus), plain_name(one.speaker)
            if corpus and speaker:
                self.speakers.add((corpus, speaker))
            if not one.path:
                continue
            key = corpus, one.path, one.content
            if key not in recordings:
                recordings[key] = _Recording(one.path)
                self._by_content[one.content].append(recordings[key])
                self._by_stem[corpus, stem(one.path)].append(recordings[key])
            recordings[key].stretches.append((one.path, one.start, one.end, one.channel))
            recordings[key].speakers |= {speaker} - {""}

    def recordings(
        self, corpus: str, file: str, speaker: str, content: str
    ) -> Iterator[_Recording]:
        """Yield what was heard of the recording that a row is of."""
        if content:
            yield from self._by_content.get(content, ())
        if corpus:
            path = path_without_suffix(file)
            yield from _same(path, speaker, self._by_stem.get((corpus, stem(path)), ()))


def seen_in_training(
    heard: Sequence[HeardUtterance],
    stretches: Iterable[Stretch],
    speaker: Sequence[str],
    corpus: Sequence[str],
    content: Sequence[str],
) -> NDArray[np.int32]:
    """Decide for every row; the first hit wins.

    The recording was heard if a row shares time and channel with what was heard of the same
    recording. That is one with the same content digest, or, in a corpus of the same name: one at
    the same path; with the same stem and speaker; or, where the speaker is unknown on a side, the
    one with the same stem whose path agrees longest from its end, if there is one alone. Names of
    corpora and speakers are compared as `plain_name` has them.

    Parameters
    ----------
    heard : sequence of HeardUtterance
        What the encoder was trained on.
    stretches : iterable of (file, start, end, channel), (rows,)
    speaker : sequence of str, (rows,)
        Empty where unknown.
    corpus : sequence of str, (rows,)
        The name that somebody gave the corpus of a row; empty where nobody did.
    content : sequence of str, (rows,)
        Empty where unknown.

    Returns
    -------
    ndarray, (rows,), int32
        0 not seen, 1 speaker seen, 2 recording seen.
    """
    training = _Training(heard)
    seen = np.zeros(len(speaker), np.int32)
    rows = zip(stretches, speaker, corpus, content, strict=True)
    for row, (stretch, person, name, digest) in enumerate(rows):
        who = plain_name(name), plain_name(person)
        known = training.recordings(who[0], stretch[0], who[1], digest)
        if any(recording.holds(stretch) for recording in known):
            seen[row] = RECORDING_SEEN
        elif who in training.speakers:
            seen[row] = SPEAKER_SEEN
    return seen


def _same(path: str, speaker: str, alike: Sequence[_Recording]) -> list[_Recording]:
    """Return those of a stem that are the recording at a path, in a corpus of the same name."""
    there = [one for one in alike if one.path == path]
    if len(there) == 1:
        return there
    if theirs := [one for one in alike if speaker in one.speakers]:
        return theirs
    return _closest(path, [one for one in alike if not (speaker and one.speakers)])


def _closest(path: str, recordings: Sequence[_Recording]) -> list[_Recording]:
    """Return the one whose path agrees with another longest from its end, if it is one alone."""
    agreeing = [_shared_names(path, one.path) for one in recordings]
    longest = max(agreeing, default=0)
    return [recordings[agreeing.index(longest)]] if agreeing.count(longest) == 1 else []


def _shared_names(one: str, other: str) -> int:
    """Count the names that two paths share from their ends."""
    pairs = zip(reversed(one.split("/")), reversed(other.split("/")), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
