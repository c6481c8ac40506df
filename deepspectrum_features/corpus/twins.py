"""Recordings that sound the same under two names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.side_by_side import look_at_each
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.content import content_digest

_SHOWN = 10


def find_twins(corpus: Corpus, bar: bool = False) -> list[tuple[str, ...]]:
    """Find recordings of equal decoded content, as their content digests tell.

    Only recordings that have as many samples as another one are decoded.

    Parameters
    ----------
    corpus : Corpus
        Scanned.
    bar : bool, optional
        Show a progress bar at a terminal or in a notebook.

    Returns
    -------
    list of tuple of str
        The files of each content that two or more have, in the order of the corpus.
    """
    of_length: dict[int, list[str]] = defaultdict(list)
    for file in dict.fromkeys(one.file for one in corpus.utterances):
        of_length[corpus.headers[file].frames].append(file)
    suspects = [file for files in of_length.values() if len(files) > 1 for file in files]
    found = look_at_each(partial(_content, corpus), suspects, len(suspects), bar, "twins")
    contents = np.fromiter(found, "S16", len(suspects))
    each, counts = np.unique(contents, return_counts=True)
    several = {*each[counts > 1].tolist()} - {b""}
    of_content: dict[bytes, list[str]] = defaultdict(list)
    for file, content in zip(suspects, contents, strict=True):
        if content in several:
            of_content[content].append(file)
    return [tuple(files) for files in of_content.values()]


def _content(corpus: Corpus, file: str) -> bytes:
    """Return the content digest of a recording; nothing if it cannot be decoded."""
    try:
        return content_digest(corpus.root / file).encode()
    except AudioError:  # extraction refuses it and says why
        return b""


def describe_twins(corpus: Corpus, twins: Sequence[tuple[str, ...]]) -> list[tuple[str, str]]:
    """Name twins, and the labels and speakers that they do not share, as rows of two columns."""
    if not twins:
        return []
    rows = [("twins", f"{sum(map(len, twins))} recordings sound like another one")]
    for files in twins[:_SHOWN]:
        chosen = [one for one in corpus.utterances if one.file in files]
        apart = list(_disagreements(files, chosen))
        rows.append(("", " = ".join(files) + (f" ({', '.join(apart)})" if apart else "")))
    more = len(twins) - _SHOWN
    return [*rows, ("", f"... and {more} more")] if more > 0 else rows


def _disagreements(files: Sequence[str], utterances: Sequence[Utterance]) -> Iterator[str]:
    """Yield the labels or speakers of twins where they are not the same for all."""
    for name in ("label", "speaker"):
        of_file = {
            file: sorted({getattr(one, name) for one in utterances if one.file == file})
            for file in files
        }
        if len({tuple(values) for values in of_file.values()}) > 1:
            found = sorted({value or "(none)" for values in of_file.values() for value in values})
            yield f"{name} {' or '.join(found)}"
