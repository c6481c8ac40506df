"""Recordings that a layout cannot tell apart: copies of one name, in several folders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from deepspectrum_features.corpus.layout import Layout
from deepspectrum_features.corpus.patterns import at_the_end
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.terminal import counted, first_few, one_line


def without_copies(
    utterances: Sequence[Utterance], layout: Layout
) -> tuple[list[Utterance], list[str]]:
    """Keep, of recordings that a layout reads the same of, the one that it prefers.

    What the layout reads of a path is its name: equal names in the folders of two speakers are two
    where the layout reads the folder.

    Returns
    -------
    list of Utterance
        In their order.
    list of str
        One notice of copies among which the layout prefers none; all of them are kept.

    Examples
    --------
    >>> from deepspectrum_features.corpus.known_layouts import load_layout
    >>> rows = [Utterance(f"{folder}/1001_DFA_ANG_XX.wav") for folder in ("AudioWAV", "AudioMP3")]
    >>> kept, _ = without_copies(rows, load_layout("crema-d"))
    >>> [one.file for one in kept]
    ['AudioWAV/1001_DFA_ANG_XX.wav']
    >>> rows = [Utterance(file) for file in ("a/03a01Fa.wav", "b/03a01Fa.wav", "b/03a01Nc.wav")]
    >>> without_copies(rows, load_layout("emodb"))[1]
    ['emodb: 1 recording there twice (a/03a01Fa.wav = b/03a01Fa.wav), need each once \
(--exclude TABLE)']
    """
    called: dict[str, list[str]] = defaultdict(list)
    for one in utterances:
        called[_name_of(one.file, layout)].append(one.file)
    kept = [preferred(files, layout) for files in called.values()]
    files = {file for of_name in kept for file in of_name}
    twice = [" = ".join(of_name) for of_name in kept if len(of_name) > 1]
    notice = (
        f"{layout.called}: {counted(len(twice), 'recording')} there twice "
        f"({first_few(twice)}), need each once (--exclude TABLE)"
    )
    return [one for one in utterances if one.file in files], [one_line(notice)] * bool(twice)


def _name_of(file: str, layout: Layout) -> str:
    """Return the end of a path that a layout reads."""
    match = layout.pattern.search(Path(file).with_suffix("").as_posix())
    return match[0].removeprefix("/") if match else file


def preferred(files: list[str], layout: Layout) -> list[str]:
    """Return the one of several recordings of one name that the layout prefers, or all."""
    for pattern in layout.preferred if len(files) > 1 else ():
        fitting = [file for file in files if at_the_end(pattern).search(file)]
        if len(fitting) == 1:
            return fitting
    return files
