"""A folder for TensorBoard's embedding projector: vectors, and what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from deepspectrum_features.conversion.table import Progress, Table
from deepspectrum_features.terminal import printable

VECTORS, METADATA, SETTINGS = "vectors.tsv", "metadata.tsv", "projector_config.pbtxt"
_SETTINGS = f"""\
embeddings {{
  tensor_name: "features"
  tensor_path: "{VECTORS}"
  metadata_path: "{METADATA}"
}}
"""


def write_projector(table: Table, draft: Path, progress: Progress) -> None:
    """Fill a folder that ``tensorboard --logdir`` opens; its two tables are tab-separated."""
    (draft / SETTINGS).write_text(_SETTINGS, encoding="utf-8")
    numbers = "\t".join(["%.9g"] * len(table.feature_name)) + "\n"
    with (
        (draft / VECTORS).open("w", encoding="utf-8", newline="\n") as vectors,
        (draft / METADATA).open("w", encoding="utf-8", newline="\n") as metadata,
    ):
        metadata.write(_line([fact.name for fact in table.facts]))
        for block in table.blocks(progress):
            vectors.writelines(numbers % tuple(row.tolist()) for row in block.features)
            facts = zip(*(fact.texts(block.rows) for fact in table.facts), strict=True)
            metadata.writelines(map(_line, facts))


def _line(values: Sequence[str]) -> str:
    """Return values as a line; it has no quotes, so tabs and line ends are escaped."""
    return "\t".join(map(printable, values)) + "\n"
