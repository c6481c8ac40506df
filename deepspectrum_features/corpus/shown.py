"""What a corpus shows of itself in Python: no recording is touched for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.corpus.columns import TOLD
from deepspectrum_features.terminal import counted, counts

if TYPE_CHECKING:
    from deepspectrum_features.corpus.corpus import Corpus


def headline(corpus: Corpus) -> str:
    """Say in a line how much there is, of how many speakers and labels."""
    known = {name: len(corpus.count(name).keys() - {""}) for name in ("speaker", "label")}
    told = [counted(len(corpus.utterances), "utterance")]
    told += [counted(count, name) for name, count in known.items() if count]
    return ", ".join([corpus.name, *told])


def overview_rows(corpus: Corpus) -> list[tuple[str, str]]:
    """Name its root, what is known of its utterances, what was refused, and its notices."""
    known = [
        (column.name, counts(str(getattr(one, column.name) or "") for one in corpus.utterances))
        for column in TOLD
        if not column.always and corpus.has(column.name)
    ]
    refused = counted(len(corpus.refused), "input") if corpus.refused else "nothing"
    noticed = [("notice", line) for line in corpus.notices]
    return [("root", str(corpus.root)), *known, ("refused", refused), *noticed]
