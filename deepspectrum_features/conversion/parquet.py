"""Parquet, through pyarrow: a column a fact and a feature, provenance in the file's metadata."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from deepspectrum_features.conversion.table import Block, Progress, Table

#: A row group: readers want large ones.
_GROUP_BYTES = 1 << 25


def write_parquet(table: Table, draft: Path, progress: Progress) -> None:
    """Write a table, a row group a block."""
    from pyarrow.parquet import ParquetWriter

    schema = _schema(table)
    texts = [fact.name for fact in table.facts if fact.is_text]
    with ParquetWriter(draft, schema, use_dictionary=texts) as writer:
        for block in table.blocks(progress, _GROUP_BYTES):
            writer.write_batch(_batch(table, block, schema))


def _schema(table: Table) -> Any:
    """Return the types of all columns, with the attributes of the feature file."""
    import pyarrow

    facts = [
        (
            fact.name,
            pyarrow.string() if fact.is_text else pyarrow.from_numpy_dtype(fact.values.dtype),
        )
        for fact in table.facts
    ]
    features = [(name, pyarrow.float32()) for name in table.feature_name]
    return pyarrow.schema([*facts, *features], metadata=table.attributes)


def _batch(table: Table, block: Block, schema: Any) -> Any:
    """Return some rows, column by column."""
    import pyarrow

    columns = [fact.values[block.rows] for fact in table.facts]
    columns += list(np.ascontiguousarray(block.features.T))
    arrays = [pyarrow.array(values, one.type) for values, one in zip(columns, schema, strict=True)]
    return pyarrow.record_batch(arrays, schema=schema)
