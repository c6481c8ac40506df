"""Which known corpus a set of recordings is, as their names tell."""

from __future__ import annotations

from collections.abc import Sequence

from deepspectrum_features.corpus.known_layouts import layout_names, load_layout
from deepspectrum_features.corpus.layout import Layout
from deepspectrum_features.errors import CorpusError

_SAMPLE = 20
_ANY_NAME = "recording"  # a layout whose paths end in any name is told by its label files alone


def fitting_layout(files: Sequence[str], share: float = 1.0) -> str | None:
    """Return the bundled layout whose paths, labels and speakers these are, if exactly one fits.

    Parameters
    ----------
    files : sequence of str
        Paths of recordings.
    share : float, optional
        How many of them, 0 to 1, must fit.

    Examples
    --------
    >>> fitting_layout(["03a01Fa.wav", "16b10Tb.wav"]), fitting_layout(["03a01Fa.wav", "a.wav"])
    ('emodb', None)
    """
    names = layout_names() if files else []
    fitting = [name for name in names if _fits(load_layout(name), files, share)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(layout: Layout, files: Sequence[str], share: float) -> bool:
    """Whether the layout tells what so many of the paths mean; a few are looked at first."""
    if layout.pattern.search(_ANY_NAME):
        return False
    few = files[:: max(1, len(files) // _SAMPLE)]
    return all(_known_share(layout, paths) >= share for paths in (few, files))


def _known_share(layout: Layout, files: Sequence[str]) -> float:
    """Return how many of the paths a layout knows, of those that it does not leave out."""
    found = [known for known in (_is_known(layout, file) for file in files) if known is not None]
    return sum(found) / len(found) if found else 0.0


def _is_known(layout: Layout, file: str) -> bool | None:
    """Whether the layout tells what a path means, its speaker among those it names, if any."""
    try:
        told = layout.told_by(file)
        if told and not layout.reader:
            layout.utterance(file, told)  # refuses codes that it does not know
    except CorpusError:
        return False
    names = layout.expected.speaker_names
    return None if told is None else not names or told.get("speaker") in names
