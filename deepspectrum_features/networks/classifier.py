"""The classifier behind an embedding, and the names of an embedding's columns."""

from __future__ import annotations

from torch import nn


def dense_classifier(dim: int, units: int, classes: int) -> nn.Sequential:
    """Return the DNN of most systems: a hidden ReLU layer, then a score for each class."""
    return nn.Sequential(nn.Linear(dim, units), nn.ReLU(), nn.Linear(units, classes))


def numbered_columns(**widths: int) -> list[str]:
    """Name the columns of parts that stand side by side.

    Examples
    --------
    >>> numbered_columns(fcn=2, blstm=1)
    ['fcn_000', 'fcn_001', 'blstm_000']
    """
    return [f"{part}_{number:03d}" for part, width in widths.items() for number in range(width)]
