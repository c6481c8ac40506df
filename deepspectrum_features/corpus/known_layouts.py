"""Layouts by name: those that come with the package, and TOML files of one's own."""

from __future__ import annotations

import functools
import re
import tomllib
from importlib import resources
from pathlib import Path

from deepspectrum_features.corpus.layout import Layout
from deepspectrum_features.corpus.variants import variant_of
from deepspectrum_features.errors import CorpusError, near_miss, near_path
from deepspectrum_features.recipe.document import build

_PARTS = re.compile(r"(?P<layout>.+?)(?P<variants>(?::[\w-]+)*)", re.DOTALL)


def layout_names() -> list[str]:
    """Names of the layouts that come with the package."""
    folder = resources.files("deepspectrum_features") / "layouts"
    return sorted(Path(str(file)).stem for file in folder.iterdir() if file.name.endswith(".toml"))


def load_layout(name: str) -> Layout:
    """Load a bundled layout by name, or any by the path of its ``.toml`` file.

    One of its variants is named behind a colon: ``iemocap:improvised``. Every layout, and every
    variant, has one called ``common``: ``tess:common``.

    Raises
    ------
    CorpusError
        If there is none of that name, or the file is not a layout.

    Examples
    --------
    >>> found = load_layout("nemo").describe("SM0_anger_77.wav")
    >>> found.label, found.speaker
    ('anger', 'SM0')
    """
    parts = _PARTS.fullmatch(name)
    whole, variants = (parts["layout"], parts["variants"]) if parts else (name, "")
    return functools.reduce(variant_of, variants.split(":")[1:], _load(whole))


def _load(name: str) -> Layout:
    """Load a layout as a whole."""
    path = Path(name)
    if path.suffix == ".toml":
        try:
            return _parse(name, path.read_text(encoding="utf-8"))
        except OSError:
            raise CorpusError(f"{name}: no such layout file{near_path(path)}") from None
        except UnicodeDecodeError:
            raise CorpusError(f"{name}: not UTF-8, need a TOML file in UTF-8") from None
    names = layout_names()
    if name not in names:
        raise CorpusError(
            f"--layout {name}: unknown, need one of {', '.join(names)}, or a .toml file"
            f"{near_miss(name, names)}"
        )
    file = resources.files("deepspectrum_features") / "layouts" / f"{name}.toml"
    return _parse(f"{name}.toml", file.read_text(encoding="utf-8"))


def _parse(where: str, text: str) -> Layout:
    """Build a layout from TOML text, naming everything that is wrong with it."""
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of 5000 digits, 1000 open brackets
        raise CorpusError(f"{where}: not TOML ({error})") from None
    layout = build(Layout, values, where=where, error=CorpusError)
    for name in layout.variants:
        if wrong := list(variant_of(layout, name).problems()):
            raise CorpusError(f"{where}: variants.{name}: {'; '.join(wrong)}")
    return layout
