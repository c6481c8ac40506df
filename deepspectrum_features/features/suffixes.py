"""Suffixes that promise another format than HDF5, and how a feature file gets there."""

from __future__ import annotations

from pathlib import Path

_CONVERT = "then: dsf convert {h5} {out}"
_LOAD = 'in Python: deepspectrum_features.load("{h5}")'
_TENSOR = (
    'in Python: torch.save(torch.tensor(deepspectrum_features.load("{h5}").to_numpy()), "{out}")'
)
#: What writes a feature file as another format, by suffix.
_WAYS = {
    ".csv": _CONVERT,
    ".tsv": _LOAD + '.to_csv("{out}", sep="\\t")',
    ".txt": _LOAD + '.to_csv("{out}", sep="\\t")',
    ".gz": _LOAD + '.to_csv("{out}")',
    ".arff": _CONVERT,
    ".xlsx": _LOAD + '.reset_index().to_excel("{out}")',
    ".xls": _LOAD + '.reset_index().to_excel("{stem}.xlsx")',
    ".ods": _LOAD + '.reset_index().to_excel("{out}")',
    ".json": _LOAD + '.reset_index().to_json("{out}", orient="records", date_format="iso")',
    ".jsonl": _LOAD
    + '.reset_index().to_json("{out}", orient="records", date_format="iso", lines=True)',
    ".parquet": _CONVERT,
    ".feather": _LOAD + '.reset_index().to_feather("{out}")',
    ".pkl": _LOAD + '.to_pickle("{out}")',
    ".pickle": _LOAD + '.to_pickle("{out}")',
    ".npy": 'in Python: numpy.save("{out}", deepspectrum_features.load("{h5}"))',
    ".npz": _CONVERT,
    ".mat": _CONVERT,
    ".pt": _TENSOR,
    ".pth": _TENSOR,
}


def way_to(out: Path) -> str:
    """Return what writes a feature file in the format that a name promises; empty for others.

    Examples
    --------
    >>> way_to(Path("out.csv")), way_to(Path("out.tsv"))[:26]
    ('then: dsf convert out.h5 out.csv', 'in Python: deepspectrum_fe')
    >>> way_to(Path("out.h5"))
    ''
    """
    way = _WAYS.get(out.suffix.lower(), "")
    return way.format(h5=out.with_suffix(".h5"), out=out, stem=out.with_suffix(""))
