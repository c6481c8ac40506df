"""Tables beside the rows of a feature file: what gave no row, and what the encoder heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.encoder.heard import HeardUtterance
from deepspectrum_features.features.hdf5_columns import fixed_text, text_of, write_column

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
    columns: list[Sequence[Any]] = [file, ledger["start"][:], ledger["end"][:]]
    for name in ("stage", "reason", "channel", "label", "speaker"):
        if name in blank and name not in ledger:
            columns.append([blank[name]] * len(file))
        else:
            columns.append(ledger[name][:] if name == "channel" else text_of(ledger[name]))
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
        name: text_of(group[name]) if dtype is str else group[name][:].astype(dtype).tolist()
        for name, dtype in HEARD.items()
    }
    for name in ("end", "seconds"):
        columns[name] = [None if np.isnan(value) else value for value in columns[name]]
    rows = zip(*columns.values(), strict=True)
    return tuple(HeardUtterance(**dict(zip(columns, row, strict=True))) for row in rows)
