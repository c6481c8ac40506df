"""Feature files as data frames, in one call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from deepspectrum_features.features.feature_file import FeatureFile

if TYPE_CHECKING:
    import pandas


def load(path: str | Path) -> pandas.DataFrame:
    """Load features as a DataFrame, one row an utterance.

    Parameters
    ----------
    path : str or Path
        A feature file.

    Returns
    -------
    DataFrame, (rows, dim), float32
        Columns are the feature names; the index is (file, start, end), times as timedelta64[ns],
        as audformat has it, with a fourth level ``channel`` where rows name one. `load_facts`
        gives labels and speakers with the same index. ``attrs`` holds the file's attributes, text
        by name: encoder, licence, versions and so on; ``to_parquet`` keeps them.

    Raises
    ------
    FeatureFileError
        If it is not a readable feature file.
    """
    return FeatureFile.open(path).to_frame()


def load_facts(path: str | Path) -> pandas.DataFrame:
    """Load what is known of every row besides its features, as far as the file has it.

    Parameters
    ----------
    path : str or Path
        A feature file.

    Returns
    -------
    DataFrame, (rows, facts)
        ``label``, ``speaker``, ``session``, ``corpus``, ``split``, ``content``, ``seen``; the
        corpus's numbers under their own names, NaN where a row has none; of an encoder that tells
        classes its scores, before the softmax, as ``score/CLASS``. Index and ``attrs`` are those
        of `load`.

    Raises
    ------
    FeatureFileError
        If it is not a readable feature file.
    """
    return FeatureFile.open(path).facts()
