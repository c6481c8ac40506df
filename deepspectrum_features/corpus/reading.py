"""Utterances to sound: every recording opened once, in the order of the corpus."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.content import ContentDigest
from deepspectrum_features.sound.segments import Segment, read_segments
from deepspectrum_features.sound.spans import Span


def read_utterances(
    corpus: Corpus,
    utterances: Sequence[Utterance],
    channel: int | None = None,
    digest_files: Collection[str] = (),
    contents: dict[str, str] | None = None,
    opening: Callable[[str], object] = lambda _: None,
) -> Iterator[tuple[int, Segment | AudioError]]:
    """Decode utterances, opening each recording once for a run of its utterances.

    Nothing is decoded where the corpus keeps its sound already (`store_sound`), or was made of it
    (`corpus_of_sounds`).

    Parameters
    ----------
    corpus : Corpus
    utterances : sequence of Utterance
        Of this corpus.
    channel : int, optional
        For utterances that name none, counted from 1; default the mean of all.
    digest_files : collection of str, optional
        Recordings to take the content digest of.
    contents : dict, optional
        Receives ``file: digest``.
    opening : callable, optional
        Called with every recording before it is opened.

    Yields
    ------
    row : int
        Position in ``utterances``.
    segment : Segment or AudioError
        The sound, or why there is none.
    """
    if corpus.given:
        yield from ((row, corpus.given[one.file]) for row, one in enumerate(utterances))
        return
    if corpus.stored is not None and channel is None:
        yield from corpus.stored.read(utterances, digest_files, contents)
        return
    rows = range(len(utterances))
    for file, group in groupby(rows, key=lambda row: utterances[row].file):
        waiting = list(group)
        spans = [
            Span(one.start, one.end, one.channel or channel or 0)
            for one in (utterances[row] for row in waiting)
        ]
        wanted = file in digest_files and contents is not None and file not in contents
        digest = ContentDigest() if wanted else None
        left = dict(enumerate(waiting))
        opening(file)
        try:
            for index, segment in read_segments(corpus.root / file, spans, digest):
                yield left.pop(index), segment
        except AudioError as error:
            yield from ((row, error) for row in left.values())
        else:
            if digest is not None and contents is not None:
                contents[file] = digest.hexdigest()
