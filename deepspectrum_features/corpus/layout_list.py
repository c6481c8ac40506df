"""The known corpora, as a person reads them: what each is, how large, and where it is to be had."""

from __future__ import annotations

import itertools
import textwrap

from deepspectrum_features.corpus.known_layouts import layout_names, load_layout
from deepspectrum_features.corpus.layout import Layout


def list_layouts(width: int) -> str:
    r"""Describe every bundled layout in a few lines.

    Parameters
    ----------
    width : int, characters
        Longest line; only an address that is longer is not broken.

    Examples
    --------
    >>> print("\n".join(list_layouts(80).splitlines()[:3]))
    ased         ASED, acted speech of 65 people
                 Amharic; 2474 utterances, 65 speakers, 5 labels
                 licence: none named, freely available
    """
    layouts = [load_layout(name) for name in layout_names()]
    margin = max(len(layout.name) for layout in layouts) + 2
    return "\n".join(_described(layout, margin, width) for layout in layouts)


def _described(layout: Layout, margin: int, width: int) -> str:
    """Return the lines of one layout, its name in the margin."""
    lines = [
        layout.title,
        "; ".join(filter(None, (layout.language, layout.expected.size))),
        f"licence: {layout.licence}",
        layout.url,
        f"variants: {', '.join(layout.variants)}" if layout.variants else "",
    ]
    wrapped = [
        textwrap.wrap(line, max(width - margin, 20), break_long_words=False, break_on_hyphens=False)
        for line in lines
    ]
    names = [layout.name, *[""] * sum(map(len, wrapped))]
    return "\n".join(
        name.ljust(margin) + line
        for name, line in zip(names, itertools.chain(*wrapped), strict=False)
    )
