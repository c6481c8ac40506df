"""Headers of recordings: what they announce, and what that says against utterances."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from deepspectrum_features.corpus.utterance import Refusal, Utterance
from deepspectrum_features.errors import AudioError, CorpusError
from deepspectrum_features.sound import audio
from deepspectrum_features.sound.crash import Crash
from deepspectrum_features.sound.spans import Span, check_channel, check_times, check_whole
from deepspectrum_features.terminal import counted, one_line


def check_place(table: Path | None, root: Path, files: Collection[str]) -> None:
    """Refuse a table none of whose recordings is there: its paths are meant to another folder.

    Raises
    ------
    CorpusError
        Naming the first, and how the folder is told.
    """
    if table is not None and files and not any(os.path.lexists(root / file) for file in files):
        raise CorpusError(
            f"{table}: none of {counted(len(files), 'recording')} is in {root}, the first is "
            f"{one_line(next(iter(files)))} (--root FOLDER says what paths are relative to)"
        )


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


def check_there(root: Path) -> None:
    """Refuse a root that has vanished, where a recording is missing: it is not that recording's.

    A shared folder that is lost leaves nothing, or an empty folder in its place.

    Raises
    ------
    CorpusError
        If there is nothing any more.
    """
    if not _holds_anything(root):
        raise CorpusError(
            f"{root}: nothing is there any more, need its recordings (the same command continues "
            "then)"
        )


def _holds_anything(folder: Path) -> bool:
    try:
        with os.scandir(folder) as names:
            return next(names, None) is not None
    except (FileNotFoundError, NotADirectoryError):
        return False
    except PermissionError:  # what is in it may be read all the same
        return True


def divide_by_headers(
    utterances: Sequence[Utterance],
    headers: Mapping[str, audio.AudioHeader],
    reasons: Mapping[str, AudioError],
    whole: bool,
) -> tuple[list[Utterance], list[Refusal]]:
    """Tell utterances that can be there from those that cannot, as far as headers know.

    Parameters
    ----------
    utterances : sequence of Utterance
    headers, reasons
        As `read_headers` returns them.
    whole : bool
        Whether a recording that was cut off is refused where it is wanted to its end.
    """
    there: list[Utterance] = []
    refused: list[Refusal] = []
    for one in utterances:
        try:
            if one.file in reasons:
                raise reasons[one.file]
            check_stretch(one, headers[one.file], whole)
            there.append(one)
        except AudioError as error:
            refused.append(Refusal.of(one, error.stage, str(error)))
    return there, refused


def check_stretch(one: Utterance, header: audio.AudioHeader, whole: bool = True) -> None:
    """Refuse a channel, an end or a start that the recording does not have.

    With ``whole``, also an end that was cut off.
    """
    span, rate = Span(one.start, one.end, one.channel), header.sample_rate
    check_channel(span, header.channels)
    if whole:
        check_whole(span, rate, header.frames, header.frames + header.lost)
    check_times(span, rate, header.frames)
