"""Packages that only some of the work needs, and the one line that says what brings them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from deepspectrum_features.errors import DsfError

#: Which extra brings a package, by the name that it is imported by.
EXTRAS = (
    dict.fromkeys(("torch", "pytorch_lightning", "librosa", "onnx", "safetensors"), "train")
    | dict.fromkeys(("sklearn", "scipy", "threadpoolctl", "matplotlib"), "evaluate")
    | {"jinja2": "report", "pandas": "analysis", "pyarrow": "parquet"}
    | {"opensmile": "opensmile", "av": "ffmpeg"}
    | dict.fromkeys(("dask", "distributed"), "cluster")
)


def install(package: str) -> str:
    """Return the command that brings a package.

    Examples
    --------
    >>> install("pandas")
    "pip install 'deepspectrum-features[analysis]'"
    """
    return f"pip install 'deepspectrum-features[{EXTRAS[package]}]'"


@contextmanager
def naming_extras() -> Iterator[None]:
    """Say of a package that is imported and not there which extra brings it.

    It is a decorator too: for functions whose imports are in them.

    Raises
    ------
    DsfError
        In place of the `ModuleNotFoundError` of a package in `EXTRAS`.

    Examples
    --------
    >>> with naming_extras():
    ...     raise ModuleNotFoundError("No module named 'pandas'", name="pandas")
    Traceback (most recent call last):
    deepspectrum_features.errors.DsfError: pandas is not installed, needed here (pip install \
'deepspectrum-features[analysis]')
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        raise DsfError(f"{package} is not installed, needed here ({install(package)})") from None
