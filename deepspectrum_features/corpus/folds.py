"""Who is trained on, who chooses, who is scored; speakers never on two sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError, near_miss
from deepspectrum_features.terminal import counted, first_few

SIDES = ("train", "dev", "test")


@dataclass(frozen=True)
class Fold:
    """Row numbers of one fold; no speaker has rows in two of the three.

    Attributes
    ----------
    name : str
        Says how the rows were divided, for the protocol line beside every score.
    train, dev, test : tuple of int
        ``dev`` chooses the epoch, ``test`` is only scored; ``test`` may be empty.
    """

    name: str
    train: tuple[int, ...]
    dev: tuple[int, ...]
    test: tuple[int, ...]


def hold_out(
    utterances: Sequence[Utterance],
    dev_speakers: Sequence[str] = (),
    test_speakers: Sequence[str] = (),
) -> Fold:
    """Divide utterances by speaker, or by their split where they have one and none is named.

    Parameters
    ----------
    utterances : sequence of Utterance
    dev_speakers, test_speakers : sequence of str, optional
        Without both: the corpus's own split, else the last speaker in sorted order is dev.

    Raises
    ------
    CorpusError
        If speakers are unknown, on two sides, or too few to divide.

    Examples
    --------
    >>> people = [Utterance("1.wav", speaker="a"), Utterance("2.wav", speaker="b")]
    >>> hold_out(people, dev_speakers=["b"])
    Fold(name='dev speakers b', train=(0,), dev=(1,), test=())
    """
    if not dev_speakers and not test_speakers and any(one.split for one in utterances):
        fold = fixed_split(utterances)
        if not fold.dev:
            raise CorpusError("the split column has no dev rows, need some to choose the epoch on")
        return fold
    speakers = known_speakers(utterances, "give speakers in corpus.csv, or --layout")
    unknown = [name for name in (*dev_speakers, *test_speakers) if name not in speakers]
    if unknown:
        raise CorpusError(
            f"speakers {', '.join(unknown)} are not in the corpus, need some of "
            f"{', '.join(speakers)}{near_miss(unknown[0], speakers)}"
        )
    remaining = [name for name in speakers if name not in test_speakers]
    dev = list(dev_speakers) or remaining[-1:]
    if len(set(remaining) - set(dev)) < 1 or not dev:
        raise CorpusError(
            f"{counted(len(speakers), 'speaker')}, need at least one to train on and another to "
            "choose the epoch on"
        )
    sides = dict.fromkeys(dev, "dev") | dict.fromkeys(test_speakers, "test")
    name = f"dev speakers {', '.join(sorted(dev))}"
    if test_speakers:
        name += f"; test speakers {', '.join(sorted(test_speakers))}"
    overlap = sorted(set(dev) & set(test_speakers))
    if overlap:
        raise CorpusError(f"speakers {', '.join(overlap)} are both dev and test, need one side")
    return _fold(name, [sides.get(one.speaker, "train") for one in utterances])


def fixed_split(utterances: Sequence[Utterance]) -> Fold:
    """Take the corpus's own split, once no speaker is found on two sides of it."""
    sides: dict[str, set[str]] = {}
    for one in utterances:
        if one.speaker and one.split:
            sides.setdefault(one.speaker, set()).add(one.split)
    both = sorted(speaker for speaker, splits in sides.items() if len(splits) > 1)
    if both:
        raise CorpusError(
            f"speakers {', '.join(both[:5])} are in more than one split, need each in one"
        )
    _check_files(utterances)
    fold = _fold("the corpus's own split", [one.split for one in utterances])
    if not fold.train:
        raise CorpusError("the split column has no train rows, need some")
    return fold


def _check_files(utterances: Sequence[Utterance]) -> None:
    """Refuse a file of nobody known that has rows on two sides: a listener would know it again."""
    sides: dict[str, set[str]] = {}
    nameless = {one.file for one in utterances if not one.speaker and one.split}
    for one in utterances:
        if one.file in nameless and one.split:
            sides.setdefault(one.file, set()).add(one.split)
    both = sorted(file for file, splits in sides.items() if len(splits) > 1)
    if both:
        raise CorpusError(
            f"{first_few(both)}: in more than one split, speaker unknown, need every recording in "
            "one split (or its speakers)"
        )


def known_speakers(utterances: Sequence[Utterance], advice: str) -> list[str]:
    """Return the speakers in sorted order; refuse utterances without one, with advice."""
    nameless = sum(not one.speaker for one in utterances)
    if nameless:
        raise CorpusError(
            f"{nameless} of {len(utterances)} utterances have no speaker, need one each to keep "
            f"speakers apart ({advice})"
        )
    return sorted({one.speaker for one in utterances})


def _fold(name: str, sides: Sequence[str]) -> Fold:
    """Collect row numbers by side."""
    rows = {side: tuple(row for row, found in enumerate(sides) if found == side) for side in SIDES}
    return Fold(name, rows["train"], rows["dev"], rows["test"])
