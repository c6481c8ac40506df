"""Names of a package that load on first use, so that importing the package costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from deepspectrum_features.extras import naming_extras


def names_of(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return a package's ``__getattr__`` and ``__dir__``.

    What a name needs that is not installed is a `DsfError`, which says how to get it.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    homes : mapping of str to str
        For every public name the module below the package that defines it.
    """

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        with naming_extras():
            return getattr(import_module(f"{package}.{homes[name]}"), name)

    def list_names() -> list[str]:
        return sorted(homes)

    return get, list_names
