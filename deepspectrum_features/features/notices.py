"""What a feature file says of the sound behind it: legal, but worth a look."""

from __future__ import annotations

import numpy as np

from deepspectrum_features.corpus.notices import low_rates, remarks, silence_notice, zeros_notice
from deepspectrum_features.corpus.utterance import Stretch, place
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.silence import silent_rows, zeros_of


def store_notices(table: FeatureFile) -> None:
    """Keep what there is to notice with the table, a line each; what was kept before goes."""
    found = [*remarks(table.recordings), low_rate(table), zeros(table), silence(table)]
    table.attributes.pop("notices", None)
    if lines := [line for line in found if line]:
        table.attributes["notices"] = "\n".join(lines)


def low_rate(table: FeatureFile) -> str:
    """Say how many recordings are below the encoder's rate; empty where none is known to be."""
    return low_rates(table.recordings, int(table.attributes.get("sample_rate", 0)))


def zeros(table: FeatureFile) -> str:
    """Say how many rows begin or end with zeros, and hold sound; empty where none does."""
    found = np.flatnonzero(zeros_of(table).any(axis=0) & ~silent_rows(table))
    rows = {*found.tolist()}
    places = [_place(table, one) for row, one in enumerate(table.each_stretch()) if row in rows]
    return zeros_notice(places, len(table.file))


def silence(table: FeatureFile) -> str:
    """Name the recordings with a row of nothing but zeros; empty where there is none."""
    rows = np.flatnonzero(silent_rows(table)).tolist()
    return silence_notice([table.file[row] for row in rows])


def _place(table: FeatureFile, one: Stretch) -> str:
    """Name a row: its recording alone where it is all of it."""
    file, start, end, channel = one
    whole = file in table.recordings and table.recordings[file].seconds == end
    return place((file, start, None if whole else end, channel))
