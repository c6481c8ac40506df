"""Rows that must not be divided: those of one recording, and those of one speaker."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.names import matching_names
from deepspectrum_features.corpus.utterance import Utterance


def recordings(utterances: Sequence[Utterance], content: Sequence[str] = ()) -> NDArray[np.str_]:
    """Name the recording that each row comes from.

    Parameters
    ----------
    utterances : sequence of Utterance, (rows,)
    content : sequence of str, (rows,), optional
        Digest of each row's recording; empty texts where unknown. Files with equal digests are one
        recording under several names.

    Returns
    -------
    ndarray, (rows,), str
        A file; of a recording under several names the first in sorted order.

    Examples
    --------
    >>> chunks = [Utterance("a.wav", 0.0, 1.0), Utterance("a.wav", 1.0, 2.0), Utterance("b.wav")]
    >>> recordings(chunks).tolist(), recordings(chunks, ["9f", "9f", "9f"]).tolist()
    (['a.wav', 'a.wav', 'b.wav'], ['a.wav', 'a.wav', 'a.wav'])
    """
    names = matching_names({one.file for one in utterances})
    files = [names[one.file] for one in utterances]
    return _joined(files, content or [""] * len(files))


def speaker_groups(
    utterances: Sequence[Utterance], content: Sequence[str] = ()
) -> NDArray[np.str_]:
    """Name each row's speaker; where that is unknown, its recording.

    A recording that stands under two names, of two speakers, makes these one group. Speakers who
    talk in turn in one file stay apart.

    Parameters
    ----------
    utterances, content
        As for `recordings`.

    Returns
    -------
    ndarray, (rows,), str
        A speaker, or ``file`` and its name; of a group with several the first in sorted order.

    Examples
    --------
    >>> rows = [Utterance(f"{name}.wav", speaker=name) for name in "aab"] + [Utterance("c.wav")]
    >>> speaker_groups(rows).tolist()
    ['a', 'a', 'b', 'file c.wav']
    """
    called = matching_names({one.file for one in utterances})
    names = [one.speaker or f"file {called[one.file]}" for one in utterances]
    files: dict[str, set[str]] = {}
    for one, digest in zip(utterances, content or names, strict=True):
        files.setdefault(digest, set()).add(one.file)
    twins = [digest if len(files[digest]) > 1 else "" for digest in content]
    return _joined(names, twins or [""] * len(names))


def _joined(names: Sequence[str], links: Sequence[str]) -> NDArray[np.str_]:
    """Give rows one name that have a link in common, at once or through others; no link is ""."""
    parent = {name: name for name in names}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    first: dict[str, str] = {}
    for name, link in zip(names, links, strict=True):
        if link:
            one, other = sorted((root(name), root(first.setdefault(link, name))))
            parent[other] = one
    return np.array([root(name) for name in names], np.str_)
