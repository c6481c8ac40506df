"""The columns of a row, declared once: what tells rows apart, and what is known of them.

Manifests, layouts, feature files, their comparison and the evaluation go through this declaration.
A new fact is a line of `COLUMNS`, a field of `Utterance` and of `FeatureFile`, and its place in the
documentation. Targets, numbers that each corpus gives under names of its own, are columns too:
`target_columns` declares those of the tables at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
        an `Utterance` and of the column of a manifest. Of a target the name in ``targets``.
    dtype : type
        ``str``, ``numpy.float64`` or ``numpy.int32``.
    key : bool
        Whether it tells rows apart.
    fact : bool
        Whether the corpus tells it: a manifest in a column, a layout by a named group.
    always : bool
        Whether all rows of a finished file have one. Any other column is there where a row has
        one; rows without are blank: empty text, or 0, of targets NaN.
    values : tuple
        All that it may hold; empty where that is open.
    aliases : tuple of str
        Other names that manifests give it.
    target : bool
        Whether it is a number that the corpus names itself, such as ``arousal``.
    """

    name: str
    dtype: type
    key: bool = False
    fact: bool = False
    always: bool = False
    values: tuple[Any, ...] = ()
    aliases: tuple[str, ...] = ()
    target: bool = False

    @property
    def dataset(self) -> str:
        """Its path in a feature file."""
        return f"target/{self.name}" if self.target else self.name

    @property
    def needed(self) -> bool:
        """Whether there is no table without it."""
        return self.key and self.always

    @property
    def blank(self) -> Any:
        """What a row holds that has none."""
        return np.nan if self.target else self.dtype()

    def of(self, source: Any) -> Any:
        """Return what an utterance has of it, or a table for all rows."""
        return source.target(self.name) if self.target else getattr(source, self.name)

    def told(self, table: Any) -> list[Any]:
        """Return a table's values so that equal ones compare equal: None in place of NaN."""
        return [None if value != value else value for value in self.of(table)]

    def put(self, table: Any, values: Any) -> None:
        """Give a table its values for all rows."""
        if self.target:
            table.targets[self.name] = values
        else:
            setattr(table, self.name, values)

    def known(self, values: Sequence[Any]) -> bool:
        """Whether the values of a table say anything, so that they are worth a column."""
        if self.target:
            return not np.isnan(values).all()
        return len(values) > 0 and (self.always or any(values))

    def filled(self, values: Any, rows: int) -> Any:
        """Return the values of a table, blanks where it has none."""
        return values if len(values) else self.array([self.blank] * rows)

    def array(self, values: Sequence[Any]) -> Any:
        """Return values as a table keeps them: texts in a list, numbers in an array."""
        return list(values) if self.dtype is str else np.array(values, self.dtype)


def target_columns(sources: Iterable[Any]) -> tuple[Column, ...]:
    """Declare the targets of utterances or tables, sorted by name.

    Examples
    --------
    >>> from deepspectrum_features.corpus.utterance import Utterance
    >>> [column.dataset for column in target_columns([Utterance("a.wav", targets=(("mos", 4.5),))])]
    ['target/mos']
    """
    names = {name for source in sources for name in dict(source.targets)}
    return tuple(Column(name, np.float64, fact=True, target=True) for name in sorted(names))


_STARTS = ("begin", "onset", "start_time", "begin_time", "xmin", "tmin")
_ENDS = ("stop", "end_time", "stop_time", "xmax", "tmax")

#: In the order in which a feature file holds them: text first.
COLUMNS = (
    Column("file", str, key=True, always=True),
    Column("label", str, fact=True, aliases=("emotion",)),
    Column("speaker", str, fact=True, aliases=("speaker_id",)),
    Column("session", str, fact=True),
    Column("corpus", str, fact=True),
    Column("split", str, fact=True, values=SPLITS),
    Column("content", str),
    Column("start", np.float64, key=True, always=True, aliases=_STARTS),
    Column("end", np.float64, key=True, always=True, aliases=_ENDS),
    Column("channel", np.int32, key=True),
    Column("zeros_before", np.float64),
    Column("zeros_behind", np.float64),
    Column("seen", np.int32, always=True, values=(0, 1, 2)),
)
KEYS = tuple(column for column in COLUMNS if column.key)
#: What the corpus tells of an utterance.
FACTS = tuple(column for column in COLUMNS if column.fact)
#: What is known of a row besides its key.
DETAILS = tuple(column for column in COLUMNS if not column.key)
#: What a manifest may hold.
TOLD = tuple(column for column in COLUMNS if column.key or column.fact)
