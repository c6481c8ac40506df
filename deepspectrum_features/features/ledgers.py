"""Tables beside the rows of a feature file: what gave no row, what was heard, what was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from sys import intern
from typing import Any

import numpy as np

from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.encoder.heard import HeardUtterance
from deepspectrum_features.features.hdf5_columns import (
    fixed_text,
    numbers_of,
    shared_text_of,
    text_of,
    write_column,
)
from deepspectrum_features.sound.audio import AudioHeader

#: What is kept of every utterance that the encoder was trained on, as `HeardUtterance` has it.
HEARD: dict[str, Any] = {
    "corpus": str,
    "path": str,
    "speaker": str,
    "content": str,
    "start": np.float64,
    "end": np.float64,
    "channel": np.int32,
    "seconds": np.float64,
}
#: What is kept of every recording, as `AudioHeader` has it; float64 holds what int32 does not.
RECORDING: dict[str, Any] = {
    "frames": np.float64,
    "sample_rate": np.int32,
    "channels": np.int32,
    "bytes": np.float64,
    "lost": np.float64,
    "remark": str,
    "modified": np.float64,
}
_KINDS: dict[str, Any] = dict.fromkeys(RECORDING, int) | {"remark": str, "modified": float}


def write_refused(ledger: Any, refused: Sequence[Refusal]) -> None:
    """Write the inputs that gave no row."""
    entry = ledger.create_dataset("entry", data=np.arange(len(refused), dtype=np.int32))
    entry.make_scale("entry")
    for name in ("file", "stage", "reason"):
        write_column(ledger, name, fixed_text([getattr(one, name) for one in refused]), entry)
    starts = [one.start for one in refused]
    ends = [np.nan if one.end is None else one.end for one in refused]
    write_column(ledger, "start", np.array(starts, np.float64), entry)
    write_column(ledger, "end", np.array(ends, np.float64), entry)
    if any(one.channel for one in refused):
        channels = np.array([one.channel for one in refused], np.int32)
        write_column(ledger, "channel", channels, entry)
    for name in ("label", "speaker"):
        if any(values := [getattr(one, name) for one in refused]):
            write_column(ledger, name, fixed_text(values), entry)


def read_refused(ledger: Any) -> list[Refusal]:
    """Read the ledger; what older files lack is blank."""
    blank = {"channel": 0, "label": "", "speaker": ""}
    file = text_of(ledger["file"])
    times = (numbers_of(ledger[name], np.float64) for name in ("start", "end"))
    columns: list[Sequence[Any]] = [file, *times]
    for name in ("stage", "reason", "channel", "label", "speaker"):
        if name in blank and name not in ledger:
            columns.append([blank[name]] * len(file))
        else:
            told = ledger[name]
            columns.append(numbers_of(told, np.int32) if name == "channel" else text_of(told))
    return [
        Refusal(
            name, float(start), None if np.isnan(end) else float(end), stage, reason, int(channel),
            *facts,
        )
        for name, start, end, stage, reason, channel, *facts in zip(*columns, strict=True)
    ]  # fmt: skip


def write_heard(group: Any, heard: Sequence[HeardUtterance]) -> None:
    """Write what the encoder was trained on, a row an utterance."""
    entry = group.create_dataset("entry", data=np.arange(len(heard), dtype=np.int32))
    entry.make_scale("entry")
    for name, dtype in HEARD.items():
        told = [getattr(one, name) for one in heard]
        values = fixed_text(told) if dtype is str else np.array(told, dtype)  # None becomes NaN
        write_column(group, name, values, entry)


def read_heard(group: Any) -> tuple[HeardUtterance, ...]:
    """Read what the encoder was trained on."""
    columns = {
        name: text_of(group[name]) if dtype is str else numbers_of(group[name], dtype).tolist()
        for name, dtype in HEARD.items()
    }
    for name in ("end", "seconds"):
        columns[name] = [None if np.isnan(value) else value for value in columns[name]]
    rows = zip(*columns.values(), strict=True)
    return tuple(HeardUtterance(**dict(zip(columns, row, strict=True))) for row in rows)


class Recordings(Mapping[str, AudioHeader]):
    """What recordings were, by file: columns, of which a header is made when it is asked for.

    So they take a fifth of the memory of headers, and no time where nobody asks.

    Parameters
    ----------
    file : sequence of str
    columns : mapping of str to sequence
        By the names of `RECORDING`, as they are stored.
    """

    def __init__(self, file: Sequence[str], columns: Mapping[str, Sequence[Any]]) -> None:
        if unequal := [name for name, values in columns.items() if len(values) != len(file)]:
            raise ValueError(f"recording: {len(file)} files, another number of {unequal[0]}")
        self._file, self._columns = file, columns

    def __getitem__(self, file: str) -> AudioHeader:
        """Return the header of a recording."""
        row = self._rows[file]
        return AudioHeader(
            **{name: _KINDS[name](values[row]) for name, values in self._columns.items()}
        )

    def __iter__(self) -> Iterator[str]:
        """Yield the files."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Count the files."""
        return len(self._rows)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {file: row for row, file in enumerate(self._file)}


def write_recordings(group: Any, recordings: Mapping[str, AudioHeader]) -> None:
    """Write what recordings were when their headers were read, a row a recording."""
    entry = group.create_dataset("entry", data=np.arange(len(recordings), dtype=np.int32))
    entry.make_scale("entry")
    write_column(group, "file", fixed_text([*recordings]), entry)
    for name, dtype in RECORDING.items():
        told = (getattr(header, name) for header in recordings.values())
        text = dtype is str
        values = fixed_text([*told]) if text else np.fromiter(told, dtype, len(recordings))
        write_column(group, name, values, entry)


def read_recordings(group: Any, files: Iterable[str]) -> Recordings:
    """Read what recordings were; texts among ``files`` are not kept a second time."""
    columns: dict[str, Any] = {
        name: text_of(group[name], intern) if dtype is str else numbers_of(group[name], dtype)
        for name, dtype in RECORDING.items()
    }
    for name in ("frames", "bytes", "lost"):
        if not np.isfinite(columns[name]).all():
            raise ValueError(f"recording/{name}: not a number, need whole ones")
    for name in ("sample_rate", "channels"):
        if (columns[name] < 1).any():
            raise ValueError(f"recording/{name}: {columns[name].min()}, need at least 1")
    return Recordings(shared_text_of(group["file"], files), columns)
