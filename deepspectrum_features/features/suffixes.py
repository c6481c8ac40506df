"""Suffixes that promise another format than HDF5, and how a feature file gets there."""

from __future__ import annotations

from pathlib import Path

_LOAD = 'deepspectrum_features.load("{h5}")'
#: What Python says to write a feature file as another format, by suffix.
_WAYS = {
    ".csv": _LOAD + '.to_csv("{out}")',
    ".tsv": _LOAD + '.to_csv("{out}", sep="\\t")',
    ".txt": _LOAD + '.to_csv("{out}", sep="\\t")',
    ".gz": _LOAD + '.to_csv("{out}")',
    ".arff": _LOAD + '.to_csv("{stem}.csv"), which Weka reads',
    ".xlsx": _LOAD + '.reset_index().to_excel("{out}")',
    ".xls": _LOAD + '.reset_index().to_excel("{stem}.xlsx")',
    ".ods": _LOAD + '.reset_index().to_excel("{out}")',
    ".json": _LOAD + '.reset_index().to_json("{out}", orient="records", date_format="iso")',
    ".jsonl": _LOAD
    + '.reset_index().to_json("{out}", orient="records", date_format="iso", lines=True)',
    ".parquet": _LOAD + '.to_parquet("{out}")',
    ".feather": _LOAD + '.reset_index().to_feather("{out}")',
    ".pkl": _LOAD + '.to_pickle("{out}")',
    ".pickle": _LOAD + '.to_pickle("{out}")',
    ".npy": 'numpy.save("{out}", ' + _LOAD + ")",
    ".npz": 'numpy.savez("{out}", features=' + _LOAD + ")",
    ".mat": 'scipy.io.savemat("{out}", {{"features": ' + _LOAD + ".to_numpy()}})",
    ".pt": "torch.save(torch.tensor(" + _LOAD + '.to_numpy()), "{out}")',
    ".pth": "torch.save(torch.tensor(" + _LOAD + '.to_numpy()), "{out}")',
}


def way_to(out: Path) -> str:
    """Return what writes a feature file in the format that a name promises; empty for others.

    Examples
    --------
    >>> way_to(Path("out.csv"))
    'deepspectrum_features.load("out.h5").to_csv("out.csv")'
    >>> way_to(Path("out.h5"))
    ''
    """
    way = _WAYS.get(out.suffix.lower(), "")
    return way.format(h5=out.with_suffix(".h5"), out=out, stem=out.with_suffix(""))
