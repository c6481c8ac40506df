"""Names that one hand wrote in two ways: one person, or one class, counted as two."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from deepspectrum_features.corpus.names import composed, plain_name
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError, closest
from deepspectrum_features.terminal import first_few, one_line

#: A label may be a slip for another that is so many times as frequent, so like it, and no more
#: letters longer or shorter: what has two more is negated (unpleasant), or another word.
_TIMES, _LIKE, _LETTERS = 10, 0.85, 1
#: More than these are no classes, but what somebody says, and would take long to compare.
_MOST_CLASSES = 100


def plain_label(label: str) -> str:
    """Return a label without case and blanks; signs and digits tell classes apart.

    Examples
    --------
    >>> [plain_label(label) for label in ("Anger ", "very_happy", "Very happy", "+1", "-1", "01")]
    ['anger', 'veryhappy', 'veryhappy', '+1', '-1', '01']
    """
    return re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", label).casefold()) or label


def alike(names: Iterable[str], plain: Callable[[str], str]) -> list[list[str]]:
    """Return the groups of names that are the same once they are plain, sorted.

    Examples
    --------
    >>> alike(["sad", "Anger", "anger", "Sad", "calm"], plain_label)
    [['Anger', 'anger'], ['Sad', 'sad']]
    """
    spelled: dict[str, list[str]] = defaultdict(list)
    for name in sorted({*names} - {""}):
        spelled[plain(name)].append(name)
    return [group for group in spelled.values() if len(group) > 1]


def check_speakers(utterances: Iterable[Utterance], table: str) -> None:
    """Refuse speakers whose names differ in spelling alone: one person on both sides.

    Parameters
    ----------
    utterances : iterable of Utterance
    table : str
        Where a user may say more of them: ``--labels``, or ``a corpus.csv``.

    Raises
    ------
    CorpusError
        Naming the speakers.

    Examples
    --------
    >>> named = lambda *speakers: [Utterance("a.wav", speaker=speaker) for speaker in speakers]
    >>> check_speakers(named("1", "10", "100", "1-1", "11"), "--labels")
    >>> check_speakers(named("Eva", "eva ", "03", "3"), "--labels")
    Traceback (most recent call last):
    deepspectrum_features.errors.CorpusError: speakers '03' and '3' differ in spelling alone, need \
one name for one person (give --labels with a speaker column)
    """
    for group in alike((one.speaker for one in utterances), plain_name):
        raise CorpusError(
            f"speakers {_quoted(group)} differ in spelling alone, need one name for one person "
            f"(give {table} with a speaker column)"
        )


def spelling_notices(utterances: Sequence[Utterance]) -> Iterator[str]:
    """Yield which labels, speakers and sessions may be others, spelt otherwise or mistyped.

    Examples
    --------
    >>> rows = [Utterance("a.wav", label="Anger"), Utterance("b.wav", label="anger")]
    >>> list(spelling_notices(rows))
    ["labels that differ in spelling alone count as different: 'Anger' and 'anger' (if they are \
one, write them alike)"]
    """
    for column, plain in (("label", plain_label), ("speaker", plain_name), ("session", plain_name)):
        groups = alike((getattr(one, column) for one in utterances), plain)
        if groups:
            yield one_line(
                f"{column}s that differ in spelling alone count as different: "
                f"{first_few([_quoted(group) for group in groups])} (if they are one, write them "
                "alike)"
            )
    yield from _slips(one.label for one in utterances)


def _slips(labels: Iterable[str]) -> Iterator[str]:
    """Yield which labels, if any, are rare and nearly as a frequent one; digits tell them apart.

    Examples
    --------
    >>> list(_slips(["happy"] * 20 + ["happpy", "unhappy", "level 1"] + ["level 11"] * 20))
    ["labels that may be mistyped: 'happpy' (1) for 'happy' (20) (if they are one, write them \
alike)"]
    """
    counts = Counter(labels)
    if len(counts) > _MOST_CLASSES:
        return
    found = []
    for label, count in sorted(counts.items()):
        often = [
            one
            for one, times in counts.items()
            if times >= _TIMES * count and abs(len(one) - len(label)) <= _LETTERS
        ]
        meant = "" if re.search(r"\d", label) else closest(label, often, _LIKE)
        if meant and plain_label(meant) != plain_label(label):
            found.append(f"{label!r} ({count}) for {meant!r} ({counts[meant]})")
    if found:
        yield one_line(
            f"labels that may be mistyped: {first_few(found)} (if they are one, write them alike)"
        )


def _quoted(names: Sequence[str]) -> str:
    """Name some, blanks at their ends visible; in ASCII where accents are all that differs."""
    look_alike = len({*map(composed, names)}) < len(names)
    return " and ".join(map(ascii if look_alike else repr, names))
