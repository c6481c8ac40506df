"""The columns of a row, declared once: what tells rows apart, and what is known of them.

Manifests, layouts, feature files, their comparison and the evaluation go through this declaration.
A new fact is a line of `COLUMNS`, a field of `Utterance` and of `FeatureFile`, and its place in the
documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepspectrum_features.corpus.utterance import SPLITS


@dataclass(frozen=True)
class Column:
    """One column of the rows of feature files, manifests and tables.

    Attributes
    ----------
    name : str
        Of its dataset and of its field of a `FeatureFile`; of keys and facts also of the field of
        an `Utterance` and of the column of a manifest.
    dtype : type
        ``str``, ``numpy.float64`` or ``numpy.int32``.
    key : bool
        Whether it tells rows apart.
    fact : bool
        Whether the corpus tells it: a manifest in a column, a layout by a named group.
    always : bool
        Whether all rows of a finished file have one. Any other column is there where a row has
        one; rows without are blank: empty text, or 0.
    values : tuple
        All that it may hold; empty where that is open.
    aliases : tuple of str
        Other names that manifests give it.
    """

    name: str
    dtype: type
    key: bool = False
    fact: bool = False
    always: bool = False
    values: tuple[Any, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def needed(self) -> bool:
        """Whether there is no table without it."""
        return self.key and self.always

    def known(self, values: Sequence[Any]) -> bool:
        """Whether the values of a table say anything, so that they are worth a column."""
        return len(values) > 0 and (self.always or any(values))

    def filled(self, values: Any, rows: int) -> Any:
        """Return the values of a table, blanks where it has none."""
        return values if len(values) else self.array([self.dtype()] * rows)

    def array(self, values: Sequence[Any]) -> Any:
        """Return values as a table keeps them: texts in a list, numbers in an array."""
        return list(values) if self.dtype is str else np.array(values, self.dtype)


#: In the order in which a feature file holds them: text first.
COLUMNS = (
    Column("file", str, key=True, always=True),
    Column("label", str, fact=True, aliases=("emotion",)),
    Column("speaker", str, fact=True, aliases=("speaker_id",)),
    Column("session", str, fact=True),
    Column("corpus", str, fact=True),
    Column("split", str, fact=True, values=SPLITS),
    Column("content", str),
    Column("start", np.float64, key=True, always=True),
    Column("end", np.float64, key=True, always=True),
    Column("channel", np.int32, key=True),
    Column("seen", np.int32, always=True, values=(0, 1, 2)),
)
KEYS = tuple(column for column in COLUMNS if column.key)
#: What the corpus tells of an utterance.
FACTS = tuple(column for column in COLUMNS if column.fact)
#: What is known of a row besides its key.
DETAILS = tuple(column for column in COLUMNS if not column.key)
#: What a manifest may hold.
TOLD = tuple(column for column in COLUMNS if column.key or column.fact)
