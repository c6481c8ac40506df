"""A feature file in, a file that another program opens out."""

from __future__ import annotations

from pathlib import Path

from deepspectrum_features import arguments
from deepspectrum_features.conversion.formats import check_place, format_of
from deepspectrum_features.conversion.table import Table
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.terminal import progress_bar


def convert(
    path: str | Path, out: str | Path, *, overwrite: bool = False, bar: bool = False
) -> Path:
    """Write the rows of a feature file in another format, which the suffix of ``out`` names.

    What is known of a row (file, start, end, label, speaker and so on, targets, class scores)
    stands before its features. The file stands whole under its name or not at all, and takes no
    more memory for more features.

    Parameters
    ----------
    path : str or Path
        A feature file.
    out : str or Path
        ``.csv``, ``.parquet``, ``.arff``, ``.npz``, ``.mat``, or ``.projector``: a folder for
        TensorBoard.
    overwrite : bool, optional
        Replace what stands there.
    bar : bool, optional
        Show a progress bar at a terminal or in a notebook.

    Returns
    -------
    Path
        ``out``.

    Raises
    ------
    FeatureFileError
        If ``path`` is not a readable feature file or does not fit the format; if the suffix is
        unknown, its package missing, or ``out`` in the way.
    TypeError
        If an argument does not fit, naming it.

    Examples
    --------
    >>> from deepspectrum_features import extract
    >>> from deepspectrum_features.conversion import convert
    >>> from deepspectrum_features.testing import tiny_corpus, tiny_encoder
    >>> folder = tiny_corpus(speakers=1, per_class=1)
    >>> done = extract(folder, folder / "out.h5", encoder=tiny_encoder())
    >>> convert(folder / "out.h5", folder / "out.csv").read_text().partition("content")[0]
    'file,start,end,label,speaker,'
    """
    path, out = arguments.path("path", path), arguments.path("out", out)
    kind = format_of(out)
    check_place(out, kind, arguments.flag("overwrite", overwrite))
    if out.exists() and path.exists() and out.samefile(path):
        raise FeatureFileError(f"{out}: the feature file itself, need another name")
    table = Table.open(path)
    with progress_bar(table.rows, " rows", bar) as shown, kind.draft_of(out) as draft:
        kind.write(table, draft, shown.update)
    return out
