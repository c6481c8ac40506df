"""Files of all shards to the one that a single run would have written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from deepspectrum_features import arguments
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.extraction.executors import run_in_thread
from deepspectrum_features.extraction.merging import all_versions, concatenate
from deepspectrum_features.extraction.workplace import check_place
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.notices import store_notices
from deepspectrum_features.provenance import this_command


def merge(shards: Sequence[str | Path], out: str | Path, overwrite: bool = False) -> FeatureFile:
    """Join the files of ``extract(..., shard=(1, n))`` to ``(n, n)``, given in any order.

    Parameters
    ----------
    shards : sequence of str or Path
    out : str or Path
        The feature file to write: what one run without shards gives, to the bit.
    overwrite : bool, optional
        Replace a file that stands there.

    Returns
    -------
    FeatureFile
        The table as written.

    Raises
    ------
    FeatureFileError
        If shards are missing, given twice, or belong to different extractions; or if ``out``
        exists.
    TypeError
        If an argument does not fit, naming it.

    Examples
    --------
    >>> from deepspectrum_features import extract
    >>> from deepspectrum_features.testing import tiny_corpus, tiny_encoder
    >>> folder = tiny_corpus(speakers=4, per_class=12)
    >>> for number in (1, 2):
    ...     out = folder / f"{number}.h5"
    ...     _ = extract(folder, out, encoder=tiny_encoder(), shard=(number, 2))
    >>> len(merge([folder / "2.h5", folder / "1.h5"], folder / "all.h5").file)
    96
    """
    join_shards(shards, out, overwrite)
    return FeatureFile.open(out)


def join_shards(
    shards: Sequence[str | Path], out: str | Path, overwrite: bool = False
) -> FeatureFile:
    """Do the same, and return the table with its matrices where they lie: in the shards."""
    out = arguments.path("out", out)
    check_place(out, overwrite)
    if out.exists() and not overwrite:
        raise FeatureFileError(f"{out}: exists (choose another name, or --overwrite)")
    if not isinstance(shards, list | tuple) or not shards:
        arguments.refuse("shards", shards, "a list of feature files", TypeError)
    tables = _in_order([(Path(one), FeatureFile.open(one, lazy=True)) for one in shards])
    merged = concatenate(tables)
    if not merged.file:
        raise FeatureFileError(f"{out}: not written, no shard holds a row")
    merged.attributes = tables[0].attributes | this_command()
    merged.attributes["versions"] = json.dumps(
        all_versions(json.loads(table.attributes["versions"]) for table in tables), sort_keys=True
    )
    del merged.attributes["shard"]
    store_notices(merged)
    run_in_thread(partial(merged.write, out))
    return merged


def _in_order(shards: list[tuple[Path, FeatureFile]]) -> list[FeatureFile]:
    """Return the tables from shard 1 to n, after checking that they are all of one extraction."""
    for path, table in shards:
        if "shard" not in table.attributes:
            raise FeatureFileError(f"{path}: not a shard, need files of dsf extract --shard")
    first, head = shards[0]
    for path, table in shards[1:]:
        for what in ("plan_key", "options", "corpus"):
            if table.attributes.get(what) != head.attributes.get(what):
                raise FeatureFileError(
                    f"{path}: of another extraction than {first} ({what.replace('_', ' ')} "
                    "differs), need the same recordings, options and encoder"
                )
    counts = {int(table.attributes["shard"].split("/")[1]) for _, table in shards}
    if len(counts) > 1:
        numbers_of = " and of ".join(map(str, sorted(counts)))
        raise FeatureFileError(f"{first}: shards of {numbers_of}, need shards of one number")
    numbers = [int(table.attributes["shard"].split("/")[0]) for _, table in shards]
    twice = [str(number) for number, times in Counter(numbers).items() if times > 1]
    missing = [str(number) for number in range(1, counts.pop() + 1) if number not in numbers]
    for what, found in (("given twice", twice), ("missing", missing)):
        if found:
            raise FeatureFileError(f"{first}: shard {', '.join(found)} {what}, need each one once")
    return [
        table for _, (_, table) in sorted(zip(numbers, shards, strict=True), key=lambda x: x[0])
    ]
