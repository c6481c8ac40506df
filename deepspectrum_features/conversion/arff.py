"""ARFF, as Weka and openSMILE have it: attributes with their types, then a line a row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from deepspectrum_features.conversion.table import Block, Fact, Progress, Table
from deepspectrum_features.errors import FeatureFileError

_ESCAPES = {
    "\\": "\\\\", "'": "\\'", '"': '\\"', "%": "\\%", "\n": "\\n", "\r": "\\r", "\t": "\\t",
}  # fmt: skip
_PLAIN = re.compile(r"[^\s\\'\"%,{}?\x00-\x1f]+")


def write_arff(table: Table, draft: Path, progress: Progress) -> None:
    """Write a table in UTF-8: labels, speakers and the like are nominal, with all their values.

    Raises
    ------
    FeatureFileError
        If a feature is NaN or infinite, which ARFF cannot tell.
    """
    numbers = ",%.9g" * len(table.feature_name) + "\n"
    with draft.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{line}\n" for line in _head(table))
        for block in table.blocks(progress):
            _check_numbers(table, block)
            told = zip(*(_values(fact, block.rows) for fact in table.facts), strict=True)
            for facts, row in zip(told, block.features, strict=True):
                stream.write(",".join(facts) + numbers % tuple(row.tolist()))


def _head(table: Table) -> Iterator[str]:
    """Yield where the features come from, and every attribute."""
    for name in ("encoder", "encoder_sha256", "licence"):
        if name in table.attributes:
            yield f"% {name}: {' '.join(table.attributes[name].split())}"
    yield f"@relation {quoted(table.attributes.get('corpus', '') or 'features')}"
    yield from (f"@attribute {quoted(fact.name)} {_type(fact)}" for fact in table.facts)
    yield from (f"@attribute {quoted(name)} numeric" for name in table.feature_name)
    yield "@data"


def _type(fact: Fact) -> str:
    """Return the type of an attribute; a nominal one lists its values."""
    if fact.nominal:
        return f"{{{','.join(quoted(value) for value in sorted({*fact.values} - {''}))}}}"
    return "string" if fact.is_text else "numeric"


def _values(fact: Fact, rows: slice) -> list[str]:
    """Write the values of some rows, a question mark where a row has none."""
    return [quoted(text) if text else "?" for text in fact.texts(rows)]


def quoted(text: str) -> str:
    r"""Return text as Weka reads it back.

    Examples
    --------
    >>> print(quoted("calm"), quoted("Ärger, 100 %"), quoted("it's {1}"), quoted("?"))
    calm 'Ärger, 100 \%' 'it\'s {1}' '?'
    """
    if _PLAIN.fullmatch(text):
        return text
    return f"'{''.join(_ESCAPES.get(one, one) for one in text)}'"


def _check_numbers(table: Table, block: Block) -> None:
    bad = np.flatnonzero(~np.isfinite(block.features).all(axis=1))
    if len(bad):
        place = table.facts[0].values[block.rows.start + int(bad[0])]
        raise FeatureFileError(f"{table.path}: NaN or infinite in {place}, ARFF needs numbers")
