"""The unit everything is counted in, and the record of one that gave no row."""

from __future__ import annotations

from dataclasses import dataclass


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


@dataclass(frozen=True)
class Refusal:
    """One line of the ledger: an input that gave no row, at which stage, and why."""

    file: str
    start: float
    end: float | None
    stage: str
    reason: str

    def __str__(self) -> str:
        """``file: reason``, safe to show on a terminal."""
        name = self.file.encode("utf-8", "backslashreplace").decode()
        name = name.replace("\n", "\\n").replace("\r", "\\r")
        if self.start or self.end is not None:
            end = "end" if self.end is None else f"{self.end:g}"
            name += f" [{self.start:g}-{end} s]"
        return f"{name}: {self.reason}"
