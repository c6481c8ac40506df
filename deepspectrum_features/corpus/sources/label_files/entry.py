"""What a label file says of one recording, and where the label files of a corpus lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from deepspectrum_features.corpus.columns import FACTS
from deepspectrum_features.corpus.patterns import at_the_end
from deepspectrum_features.corpus.sources.folders import find_files, is_recording
from deepspectrum_features.errors import CorpusError

FACT_NAMES = [column.name for column in FACTS]


class Entry(NamedTuple):
    """What a label file says of one recording.

    Attributes
    ----------
    name : str
        Of the recording, without its suffix.
    told : dict of str to str
        Facts as they stand there: a label or a split may be a code.
    targets : tuple of (str, float)
        Numbers, by name.
    place : str
        The file and the line, for messages.
    """

    name: str
    told: dict[str, str]
    targets: tuple[tuple[str, float], ...]
    place: str


def find_label_files(
    folder: Path, pattern: str, example: str
) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield the label files under a folder, sorted, and the facts that their paths tell.

    Raises
    ------
    CorpusError
        If there is none.
    """
    fits = at_the_end(pattern).search
    found = [
        (folder / file, match.groupdict(default=""))
        for file in find_files(folder, [], lambda name: not name.startswith("."))
        if (match := fits(file))
    ]
    if not found:
        raise CorpusError(
            f"{folder}: no label files, need some like {example} (they come with the corpus)"
        )
    yield from found


def facts_of(*sources: Mapping[str, str]) -> dict[str, str]:
    """Return the facts among what some sources tell, of the last one that tells each."""
    told = {name: text for source in sources for name, text in source.items() if text}
    return {name: told[name] for name in FACT_NAMES if name in told}


def bare_name(name: str) -> str:
    """Return the name of a recording without the suffix of one.

    Examples
    --------
    >>> bare_name("MSP-PODCAST_0001_0008.wav"), bare_name("take.2")
    ('MSP-PODCAST_0001_0008', 'take.2')
    """
    return name.rpartition(".")[0] if is_recording(name) else name
