"""The unit everything is counted in, and the record of one that gave no row."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from deepspectrum_features.terminal import printable, showable

Stretch = tuple[str, float, float | None]

SPLITS = ("", "train", "dev", "test")


@dataclass(frozen=True)
class Utterance:
    """A stretch of a recording and what is known of it.

    Attributes
    ----------
    file : str
        Path relative to the corpus root, ``/`` separated.
    start, end : float, s
        ``end`` is None for "to the end of the file".
    label, speaker, split : str
        Empty where unknown; ``split`` is train, dev or test.
    """

    file: str
    start: float = 0.0
    end: float | None = None
    label: str = ""
    speaker: str = ""
    split: str = ""

    @property
    def stretch(self) -> Stretch:
        """What was asked for: it tells utterances of one corpus apart."""
        return self.file, self.start, self.end


@dataclass(frozen=True)
class Refusal:
    """One line of the ledger: an input that gave no row, at which stage, and why."""

    file: str
    start: float
    end: float | None
    stage: str
    reason: str

    @property
    def stretch(self) -> Stretch:
        """What was asked for, as of the utterance it stands for."""
        return self.file, self.start, self.end

    def __str__(self) -> str:
        """``file: reason``, safe to show on a terminal."""
        name = showable(self.file)
        if self.start or self.end is not None:
            end = "end" if self.end is None else f"{self.end:g}"
            name += f" [{self.start:g}-{end} s]"
        return printable(f"{name}: {self.reason}")


def join_key(file: str, start: float, end: float | None) -> tuple[str, float, float | None]:
    """Return what rows of two tables are matched on: NFC file, times to the microsecond.

    Examples
    --------
    >>> join_key("a.wav", 1 / 3, None)
    ('a.wav', 0.333333, None)
    """
    end = None if end is None else round(end, 6)
    return unicodedata.normalize("NFC", file), round(start, 6), end
