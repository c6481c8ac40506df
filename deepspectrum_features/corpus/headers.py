"""Headers of recordings: what they announce, or why they cannot be opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound import audio
from deepspectrum_features.sound.crash import Crash


def read_headers(
    root: Path,
    files: Iterable[str],
    progress: Callable[[int], object],
    opening: Callable[[str], object],
    crashing: Mapping[str, Crash],
) -> tuple[dict[str, audio.AudioHeader], dict[str, AudioError]]:
    """Read the header of every recording.

    Parameters
    ----------
    root : Path
        Folder that the files are relative to.
    files : iterable of str
    progress, opening, crashing
        As in `Corpus.scan`.

    Returns
    -------
    dict of str to AudioHeader
        Of every recording that can be opened.
    dict of str to AudioError
        Why each of the others cannot.
    """
    headers: dict[str, audio.AudioHeader] = {}
    reasons: dict[str, AudioError] = {}
    for file in files:
        try:
            if file in crashing and not crashing[file].opened:
                raise crashing[file].error
            opening(file)
            headers[file] = audio.scan(root / file)
        except AudioError as error:
            reasons[file] = error
        progress(1)
    return headers, reasons
