"""What an encoder heard: the utterances it was trained on, and stopped on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, kw_only=True)
class HeardUtterance:
    """An utterance of an encoder's train or dev side, as far as it is known.

    Attributes
    ----------
    corpus : str
        Empty where nobody gave the corpus its name.
    path : str
        Relative to the corpus root, without suffix; empty where a speaker alone is known.
    speaker : str
        Empty where unknown.
    content : str
        Digest of the recording; empty where unknown.
    start, end : float, s
        ``end`` is None where the stretch is not known: it may be all of the recording.
    channel : int
        Counted from 1; 0 is the mean of all.
    seconds : float, s
        Length of the recording; None where unknown.
    """

    corpus: str = ""
    path: str = ""
    speaker: str = ""
    content: str = ""
    start: float = 0.0
    end: float | None = None
    channel: int = 0
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class HeardColumns:
    """The utterances of one corpus column by column, as `HeardUtterance` has them."""

    path: list[str]
    speaker: list[str]
    content: list[str]
    start: list[float]
    end: list[float]
    channel: list[int]
    seconds: list[float]

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        lengths = {one.name: len(getattr(self, one.name)) for one in fields(self)}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{length} {name}" for name, length in lengths.items())
            yield f"path: {shown}, need as many of each"


def in_columns(rows: Sequence[HeardUtterance]) -> dict[str, list[Any]]:
    """Return utterances of one corpus as the metadata has them, to be read as `HeardColumns`."""
    names = [one.name for one in fields(HeardColumns)]
    return {name: [getattr(row, name) for row in rows] for name in names}


@dataclass(frozen=True, kw_only=True)
class HeardCorpus:
    """A corpus that an encoder was trained on, or stopped on.

    Attributes
    ----------
    name : str
    named : bool
        Whether a layout or the user gave the name; only then do names identify anything.
    utterances : HeardColumns, optional
    recordings : list of [content digest, file stem], optional
    speakers : list of str, optional
        These two in files of format 1, in place of ``utterances``.
    """

    name: str
    named: bool
    utterances: HeardColumns | None = None
    recordings: list[list[str]] | None = None
    speakers: list[str] | None = None

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        if self.utterances is None and (self.recordings is None or self.speakers is None):
            yield "utterances: missing"
        if any(len(pair) != 2 for pair in self.recordings or ()):
            yield "recordings: need a digest and a stem each"

    @property
    def rows(self) -> list[HeardUtterance]:
        """A row an utterance; of format 1 a row a recording, and a row a speaker."""
        corpus = self.name if self.named else ""
        rows = [
            HeardUtterance(corpus=corpus, path=stem, content=content)
            for content, stem in self.recordings or ()
        ]
        rows += [HeardUtterance(corpus=corpus, speaker=speaker) for speaker in self.speakers or ()]
        if self.utterances is not None:
            columns = vars(self.utterances)
            rows += [
                HeardUtterance(corpus=corpus, **dict(zip(columns, row, strict=True)))
                for row in zip(*columns.values(), strict=True)
            ]
        return rows


@dataclass(frozen=True, kw_only=True)
class Heard:
    """All corpora that an encoder was trained on; none where nothing is known."""

    corpora: list[HeardCorpus] = field(default_factory=list)

    @property
    def rows(self) -> tuple[HeardUtterance, ...]:
        """The utterances of all corpora."""
        return tuple(row for corpus in self.corpora for row in corpus.rows)
