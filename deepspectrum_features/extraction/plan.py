"""What an extraction will do: its parts, which depend on input and options alone."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.utterance import Refusal, Stretch, Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import counted

_ROWS_AT_A_TIME = 1000
_MOST_SECONDS, _LEAST_SECONDS = 600.0, 30.0


@dataclass(frozen=True)
class Part:
    """A run of consecutive utterances: the unit of work, of resumption and of distribution.

    Attributes
    ----------
    number : int
        From 0.
    utterances : tuple of Utterance
    key : str
        sha256 over worker, options and the utterances with their files' sizes.
    owned : frozenset of str
        Recordings whose first utterance lies here: this part takes their content digest.
    seconds : float, s
        Sound in it, as headers announce it.
    """

    number: int
    utterances: tuple[Utterance, ...]
    key: str
    owned: frozenset[str]
    seconds: float

    @property
    def files(self) -> list[str]:
        """Recordings with an utterance here, in order."""
        return [*dict.fromkeys(utterance.file for utterance in self.utterances)]

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """What is asked for, in order."""
        return tuple(utterance.stretch for utterance in self.utterances)

    def stamp(self, root: Path) -> str:
        """Digest of the size and modification time of every file, to notice a change."""
        return stamp(root, self.files)


def stamp(root: Path, files: Iterable[str]) -> str:
    """Digest the size and modification time of files; of those that are not there, that."""
    stats = []
    for file in files:
        try:
            stat = os.stat(os.path.join(root, file))  # noqa: PTH116, PTH118 (half the time)
            stats.append((file, stat.st_size, stat.st_mtime_ns))
        except OSError:
            stats.append((file, -1, -1))
    return hashlib.sha256(json.dumps(stats).encode()).hexdigest()


@dataclass(frozen=True)
class Plan:
    """Every part of one extraction.

    Attributes
    ----------
    key : str
        sha256 over worker, options and all utterances, with a channel only where one names it;
        labels and modification times are not in it.
    options : dict
        What the key says of worker and options, to name a difference.
    parts : tuple of Part
    shard : tuple of int
        Which run of parts this is, and of how many: (1, 1) is all of them.
    """

    key: str
    options: dict[str, Any]
    parts: tuple[Part, ...]
    shard: tuple[int, int] = (1, 1)

    @property
    def utterances(self) -> list[Utterance]:
        """All utterances, in order."""
        return [utterance for part in self.parts for utterance in part.utterances]

    @property
    def files(self) -> list[str]:
        """All recordings, in order."""
        return [*dict.fromkeys(utterance.file for utterance in self.utterances)]

    def refused(self, corpus: Corpus) -> tuple[Refusal, ...]:
        """Return what the corpus refused before any work; of shards, the first one tells."""
        return corpus.refused if self.shard[0] == 1 else ()

    def given(self, refused: Sequence[Refusal]) -> list[Utterance]:
        """Return the utterances that have a row beside a ledger, in order."""
        # what the corpus refused was never planned, but may be the twin of what was
        without = {refusal.stretch for refusal in refused if refusal.stage != "corpus"}
        return [utterance for utterance in self.utterances if utterance.stretch not in without]

    def take_shard(self, number: int, count: int) -> Plan:
        """Return the same plan with the parts of one shard, a run of about 1/``count`` of all.

        Parameters
        ----------
        number : int
            From 1 to ``count``.
        count : int

        Raises
        ------
        CorpusError
            If no part falls into it.
        """
        total = sum(part.seconds for part in self.parts)
        chosen, before = [], 0.0
        for part in self.parts:
            middle = before + part.seconds / 2
            ours = (number - 1) * total <= middle * count
            if ours and (number == count or middle * count < number * total):
                chosen.append(part)
            before += part.seconds
        if not chosen:
            raise CorpusError(
                f"--shard {number}/{count}: holds nothing, the work has "
                f"{counted(len(self.parts), 'part')} (use fewer shards)"
            )
        return replace(self, parts=tuple(chosen), shard=(number, count))


def make_plan(corpus: Corpus, options: dict[str, Any]) -> Plan:
    """Cut a scanned corpus into parts of about 10 minutes that shrink towards the end.

    A part holds an eighth of what remains, at most 10 minutes and at least 30 s, so that however
    many jobs there are, they end together.
    """
    seconds = [corpus.seconds(utterance) for utterance in corpus.utterances]
    remaining = sum(seconds)
    groups: list[list[Utterance]] = []
    sums: list[float] = []
    filled = limit = 0.0
    for utterance, length in zip(corpus.utterances, seconds, strict=True):
        if filled >= limit:
            groups.append([])
            sums.append(0.0)
            filled, limit = 0.0, max(_LEAST_SECONDS, min(remaining / 8, _MOST_SECONDS))
        groups[-1].append(utterance)
        filled += length
        sums[-1] = filled
        remaining -= length
    met: set[str] = set()
    parts = []
    for number, group in enumerate(groups):
        files = {utterance.file for utterance in group}
        key = _key(corpus, group, options)
        parts.append(Part(number, tuple(group), key, frozenset(files - met), sums[number]))
        met |= files
    return Plan(_key(corpus, corpus.utterances, options), options, tuple(parts))


def _key(corpus: Corpus, utterances: Sequence[Utterance], options: dict[str, Any]) -> str:
    """Digest of the JSON of options and rows, some rows at a time: it is longer than all else."""
    digest = hashlib.sha256(f"[{json.dumps(options, sort_keys=True)}, [".encode())
    for first in range(0, len(utterances), _ROWS_AT_A_TIME):
        rows = [
            (*one.planned, corpus.headers[one.file].bytes)
            for one in utterances[first : first + _ROWS_AT_A_TIME]
        ]
        digest.update((", " * bool(first) + json.dumps(rows)[1:-1]).encode())
    digest.update(b"]]")
    return digest.hexdigest()
