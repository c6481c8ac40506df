"""What must not stand in two corpora that are to be apart: recordings, and people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from deepspectrum_features.corpus.names import plain_name
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import counted, first_few


def check_recordings(utterances: Sequence[Utterance], content: Sequence[str]) -> None:
    """Refuse a recording of two corpora.

    Parameters
    ----------
    utterances, content
        As for `deepspectrum_features.corpus.sides.check_folds`.

    Raises
    ------
    CorpusError
        Naming it in both.
    """
    first: dict[str, Utterance] = {}
    for one, digest in zip(utterances, content, strict=True):
        other = first.setdefault(digest, one)
        if digest and other.corpus != one.corpus:
            raise CorpusError(
                f"{other.file} and {one.file} are the same recording, need it in one corpus (leave "
                "it out of the other with --exclude TABLE)"
            )


def check_people(utterances: Sequence[Utterance], table: str = "in --labels") -> Iterator[str]:
    """Refuse a person of two corpora; yield which numbers and initials two corpora share.

    A name with a digit, or of one or two letters, is what a corpus calls its speakers, and means
    nothing elsewhere: speaker 03 of one is another person than 03 of the next.

    Parameters
    ----------
    utterances : sequence of Utterance
    table : str, optional
        Where a user may give a person another name.

    Raises
    ------
    CorpusError
        Naming the speaker.

    Examples
    --------
    >>> named = lambda speaker, corpus: Utterance("1.wav", speaker=speaker, corpus=corpus)
    >>> list(check_people([named("03", "emodb"), named("anna", "emodb"), named("3", "savee")]))
    ['SPEAKERS OF EQUAL NAME: 1 name (03) in two corpora or more, taken for other people in each']
    >>> list(check_people([named("anna", "emodb"), named("Anna", "savee")]))
    Traceback (most recent call last):
    deepspectrum_features.errors.CorpusError: speaker anna is in emodb and savee, need every \
person in one corpus (leave their rows out, or give another name in --labels if these are two \
people)
    """
    corpora: dict[str, dict[str, str]] = defaultdict(dict)
    for one in utterances:
        if one.speaker:
            corpora[plain_name(one.speaker)].setdefault(one.corpus, one.speaker)
    shared = {name: found for name, found in corpora.items() if len(found) > 1}
    for name, found in shared.items():
        if len(name) > 2 and not any(sign.isdigit() for sign in name):
            speaker, where = next(iter(found.values())), " and ".join(sorted(found))
            raise CorpusError(
                f"speaker {speaker} is in {where}, need every person in one corpus (leave their "
                f"rows out, or give another name {table} if these are two people)"
            )
    if shared:
        named = [next(iter(shared[name].values())) for name in sorted(shared)]
        yield (
            f"SPEAKERS OF EQUAL NAME: {counted(len(named), 'name')} ({first_few(named)}) in two "
            "corpora or more, taken for other people in each"
        )
