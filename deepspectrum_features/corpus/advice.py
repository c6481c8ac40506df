"""How a corpus without labels gets some."""

from __future__ import annotations

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.recognition import fitting_layout
from deepspectrum_features.corpus.sources.listing import CORPUS_TABLE

_TABLES = (".csv", ".tsv")


def ways_to_labels(corpus: Corpus) -> str:
    """Name every way to tell labels, the layout that fits, and a table that lies in the folder.

    Examples
    --------
    >>> from deepspectrum_features.testing import tiny_corpus
    >>> folder = tiny_corpus(speakers=1, per_class=1)
    >>> table = (folder / "corpus.csv").rename(folder / "metadata.csv")
    >>> print(ways_to_labels(Corpus.read(folder)))
    give --layout NAME, --labels-from parent-folder, or a corpus.csv with columns file and label; \
metadata.csv lies there, and is read where it is given in place of the folder
    >>> ways_to_labels(Corpus.read(table)) == f"give {table} a column label"
    True
    """
    if corpus.table is not None:
        return f"give {corpus.table} a column label"
    if corpus.layout is not None:
        return f"layout {corpus.layout.called} tells none; give its path a group label"
    layout = fitting_layout([one.file for one in corpus.utterances]) or "NAME"
    ways = (
        f"give --layout {layout}, --labels-from parent-folder, or a corpus.csv with columns "
        "file and label"
    )
    lying = sorted(
        path.name
        for path in corpus.root.iterdir()
        if path.suffix.lower() in _TABLES and path.name != CORPUS_TABLE
    )
    if not lying:
        return ways
    return f"{ways}; {lying[0]} lies there, and is read where it is given in place of the folder"
