"""The sound of a corpus, decoded once and kept in one file for whoever reads it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import AudioError
from deepspectrum_features.files import whole_file, write_text
from deepspectrum_features.sound.segments import Segment
from deepspectrum_features.terminal import progress_bar

_SAMPLES, _INDEX = "samples.f32", "index.json"
_ITEM_BYTES = 4


@dataclass(frozen=True)
class StoredSound:
    """Every utterance of a corpus as it was decoded: mixed down, at the recording's own rate.

    Attributes
    ----------
    folder : Path
        Holds the samples of all utterances behind each other, and an index of them.
    stamp : str
        Digest of utterances, sizes and modification times that it was made from.
    """

    folder: Path
    stamp: str

    @property
    def digest(self) -> str:
        """Digest of what all recordings sound like, whatever their names and dates."""
        return hashlib.sha256(json.dumps(self.contents, sort_keys=True).encode()).hexdigest()

    @property
    def contents(self) -> dict[str, str]:
        """Digest of every recording by its file; those that cannot be decoded are missing."""
        known: dict[str, str] = _opened(self.folder, self.stamp)[0]["contents"]
        return known

    def holds(self, one: Utterance) -> bool:
        """Whether an utterance of the corpus could be read."""
        found = _opened(self.folder, self.stamp)[0]["utterances"][json.dumps(one.stretch)]
        return "reason" not in found

    def read(
        self,
        utterances: Sequence[Utterance],
        digest_files: Collection[str] = (),
        contents: dict[str, str] | None = None,
    ) -> Iterator[tuple[int, Segment | AudioError]]:
        """Yield what `read_utterances` yields, without decoding anything."""
        index, samples = _opened(self.folder, self.stamp)
        if contents is not None:
            known = index["contents"]
            contents |= {file: known[file] for file in digest_files if file in known}
        for row, one in enumerate(utterances):
            found = index["utterances"][json.dumps(one.stretch)]
            if "reason" in found:
                yield row, AudioError(found["reason"], found["stage"])
                continue
            waveform = samples[found["first"] : found["first"] + found["count"]]
            yield row, Segment(waveform, found["rate"], found["start"], found["end"])


def store_sound(corpus: Corpus, folder: Path, bar: bool = False) -> Corpus:
    """Decode a scanned corpus into a folder, or find it there; return the corpus that reads it.

    Parameters
    ----------
    corpus : Corpus
    folder : Path
        Where the sound is kept: 4 bytes a sample, 230 MB an hour at 16 kHz.
    bar : bool, optional
        Show a progress bar where standard error is a terminal.
    """
    stamp = _stamp(corpus)
    if not _is_whole(folder, stamp):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _INDEX).unlink(missing_ok=True)
        _write(corpus, folder, stamp, bar)
    return replace(corpus, stored=StoredSound(folder, stamp))


def _is_whole(folder: Path, stamp: str) -> bool:
    """Whether a folder keeps the sound that the stamp is of, all of it."""
    try:
        index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        size = (folder / _SAMPLES).stat().st_size
        return (index["stamp"], index["samples"] * _ITEM_BYTES) == (stamp, size)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _write(corpus: Corpus, folder: Path, stamp: str, bar: bool) -> None:
    """Decode every utterance; the index comes last, and only a whole store has one."""
    found: dict[str, dict[str, Any]] = {}
    contents: dict[str, str] = {}
    files = {one.file for one in corpus.utterances}
    first = 0
    with (
        whole_file(folder / _SAMPLES) as draft,
        draft.open("wb") as stream,
        progress_bar(len(corpus.utterances), "utterances", bar, desc="decoding") as shown,
    ):
        decoded = read_utterances(corpus, corpus.utterances, None, files, contents)
        for row, segment in decoded:
            key = json.dumps(corpus.utterances[row].stretch)
            if isinstance(segment, AudioError):
                found[key] = {"stage": segment.stage, "reason": str(segment)}
            else:
                count = len(segment.waveform)
                found[key] = {
                    "first": first, "count": count, "rate": segment.sample_rate,
                    "start": segment.start, "end": segment.end,
                }  # fmt: skip
                stream.write(segment.waveform.data)  # tofile loses what a full disk refuses last
                first += count
            shown.update(1)
    document = {"stamp": stamp, "samples": first, "contents": contents, "utterances": found}
    write_text(folder / _INDEX, json.dumps(document, ensure_ascii=False))


def _stamp(corpus: Corpus) -> str:
    """Digest what the stored sound depends on."""
    files = dict.fromkeys(one.file for one in corpus.utterances)
    stats = [(corpus.root / file).stat() for file in files]
    facts = [
        (file, stat.st_size, stat.st_mtime_ns) for file, stat in zip(files, stats, strict=True)
    ]
    stretches = [one.stretch for one in corpus.utterances]
    return hashlib.sha256(json.dumps([facts, stretches]).encode()).hexdigest()


@lru_cache(maxsize=2)
def _opened(folder: Path, stamp: str) -> tuple[dict[str, Any], NDArray[np.float32]]:
    """Map the samples into memory, and read the index that tells where each utterance lies."""
    index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
    if (folder / _SAMPLES).stat().st_size == 0:  # nothing could be decoded
        return index, np.zeros(0, np.float32)
    return index, np.asarray(np.memmap(folder / _SAMPLES, np.float32, mode="r"))
