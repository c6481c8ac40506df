"""What is legal in the sound of a corpus, but worth a look: one sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from deepspectrum_features.sound.audio import AudioHeader
from deepspectrum_features.sound.zeros import LEAST_ZEROS
from deepspectrum_features.terminal import counted, first_few, one_line

_SHOWN = 5


def remarks(headers: Mapping[str, AudioHeader]) -> Iterator[str]:
    """Yield what is odd about recordings, by file, and how many more of them there are.

    Examples
    --------
    >>> odd = AudioHeader(16000, 16000, 1, 32044, remark="no end mark, may be cut off")
    >>> list(remarks({"a.ogg": odd, "b.wav": AudioHeader(16000, 16000, 1, 32044)}))
    ['a.ogg: no end mark, may be cut off']
    """
    found = [f"{file}: {header.remark}" for file, header in headers.items() if header.remark]
    yield from map(one_line, found[:_SHOWN])
    if len(found) > _SHOWN:
        yield f"... and {counted(len(found) - _SHOWN, 'more recording')} to look at"


def low_rates(headers: Mapping[str, AudioHeader], rate: int) -> str:
    """Say how many recordings hold less than an encoder listens to; empty where none does.

    Parameters
    ----------
    headers : mapping of str to AudioHeader
        By file.
    rate : int, Hz
        The encoder's.

    Examples
    --------
    >>> phone, studio = AudioHeader(8000, 8000, 1, 16044), AudioHeader(48000, 48000, 1, 96044)
    >>> low_rates({"a.wav": phone, "b.wav": studio}, 16000)
    "below the encoder's 16000 Hz: 1 of 2 recordings, not comparable with wide-band ones (a.wav)"
    """
    low = [file for file, header in headers.items() if header.sample_rate < rate]
    if not low:
        return ""
    which = f" ({first_few(low)})" if len(low) < len(headers) else ""
    return one_line(
        f"below the encoder's {rate} Hz: {len(low)} of {counted(len(headers), 'recording')}, not "
        f"comparable with wide-band ones{which}"
    )


def zeros_notice(places: Sequence[str], count: int) -> str:
    """Say how many of ``count`` utterances begin or end with zeros; empty where none does.

    Parameters
    ----------
    places : sequence of str
        Those that do, as `deepspectrum_features.corpus.utterance.place` names them.
    count : int
        All that were looked at.

    Examples
    --------
    >>> zeros_notice(["a.wav", "b.wav [0-2 s]"], 12)
    '0.1 s of digital zeros or more at an end, which may change features: 2 of 12 utterances \
(a.wav, b.wav [0-2 s])'
    """
    if not places:
        return ""
    return one_line(
        f"{LEAST_ZEROS:g} s of digital zeros or more at an end, which may change features: "
        f"{len(places)} of {counted(count, 'utterance')} ({first_few(places)})"
    )


def silence_notice(files: Sequence[str]) -> str:
    """Name the recordings with an utterance of nothing but zeros, each once; empty without one.

    Examples
    --------
    >>> silence_notice(["a.wav", "b.wav", "a.wav"])
    'digital silence in a.wav, b.wav'
    """
    return one_line(f"digital silence in {first_few([*dict.fromkeys(files)])}") if files else ""
