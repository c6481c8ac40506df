"""What a network is trained on: the labelled utterances of one corpus, or of several together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.between_corpora import check_people
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.folds import SIDES, Fold, hold_out
from deepspectrum_features.corpus.several import check_names
from deepspectrum_features.corpus.spelling import check_speakers
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError, near_miss
from deepspectrum_features.terminal import counted
from deepspectrum_features.training.labelled import labelled_utterances


@dataclass(frozen=True)
class Pool:
    """Labelled utterances in one order, corpus by corpus, and the classes that they are told by.

    Of several corpora, files and speakers are called ``corpus/name``. Corpora with the same labels
    share their classes; where label sets differ, each has its own, called ``corpus+corpus/label``,
    and an utterance is told apart from others of its label set alone. Utterances without a label
    are among them where these are wanted, their number of a label set means nothing.

    Attributes
    ----------
    corpora : tuple of Corpus
        Scanned, each with its utterances in the pool alone.
    utterances : tuple of Utterance
    label_sets : tuple of tuple of str
        The classes of each label set.
    label_set : ndarray, (utterances,), int64
        Number of the label set of each utterance.
    """

    corpora: tuple[Corpus, ...]
    utterances: tuple[Utterance, ...]
    label_sets: tuple[tuple[str, ...], ...]
    label_set: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        corpora: Sequence[Corpus],
        say: Callable[[str], object] = lambda _: None,
        unlabelled: bool = False,
    ) -> Pool:
        """Join corpora, ``unlabelled`` with their utterances without a label.

        Raises
        ------
        CorpusError
            If one has no labels to learn from, two have one name, or one person stands under two
            names or in two corpora.
        """
        check_names(corpora)
        labelled = tuple(_chosen(one, unlabelled and _any_label(corpora)) for one in corpora)
        for corpus in labelled:
            check_speakers(corpus.utterances, "a corpus.csv")
        if left_out := _count(corpora) - _count(labelled):
            say(f"{counted(left_out, 'utterance')} left out, without a label")
        labels = [
            tuple(sorted({one.label for one in corpus.utterances} - {""})) for corpus in labelled
        ]
        starts = _starts(labelled, labels)
        utterances = labelled[0].utterances
        if len(labelled) > 1:
            for notice in check_people(_of_their_corpora(labelled), "in the corpus.csv of one"):
                say(notice)
            apart = (
                _told_apart(corpus, starts.get(own, ""))
                for corpus, own in zip(labelled, labels, strict=True)
            )
            utterances = tuple(chain.from_iterable(apart))
        sets = list(starts)
        return cls(
            corpora=labelled,
            utterances=utterances,
            label_sets=tuple(tuple(starts[own] + label for label in own) for own in sets),
            label_set=np.repeat(
                [sets.index(own) if own else 0 for own in labels],
                [len(one.utterances) for one in labelled],
            ),
        )

    @property
    def name(self) -> str:
        """What plans call the corpora."""
        return " + ".join(corpus.name for corpus in self.corpora)

    @property
    def place(self) -> str:
        """Where the corpora are, for messages."""
        return ", ".join(str(corpus.root) for corpus in self.corpora)

    @property
    def classes(self) -> list[str]:
        """All classes, label set by label set."""
        return [name for names in self.label_sets for name in names]

    @property
    def sizes(self) -> list[int]:
        """How many classes each label set has."""
        return [len(names) for names in self.label_sets]

    def parts(self) -> Iterator[tuple[Corpus, range]]:
        """Yield every corpus and the rows that are its utterances."""
        first = 0
        for corpus in self.corpora:
            yield corpus, range(first, first + len(corpus.utterances))
            first += len(corpus.utterances)

    def hold_out(self, dev_speakers: Sequence[str], test_speakers: Sequence[str]) -> Fold:
        """Divide the utterances, each corpus for itself as `deepspectrum_features.corpus.hold_out`.

        Of several corpora, speakers are named ``corpus/speaker``; where none of a corpus's is
        named, its split divides it, or its last speaker chooses the epoch.

        Raises
        ------
        CorpusError
            If a corpus cannot be divided so.
        """
        if len(self.corpora) == 1:
            return _divided(self.corpora[0], dev_speakers, test_speakers)
        self._check_named([*dev_speakers, *test_speakers])
        names, sides = [], {side: list[int]() for side in SIDES}
        for corpus, rows in self.parts():
            try:
                fold = _divided(
                    corpus,
                    _of_corpus(corpus, dev_speakers),
                    _of_corpus(corpus, test_speakers),
                )
            except CorpusError as error:
                raise CorpusError(f"{corpus.root}: {error}") from None
            names.append(f"{corpus.name}: {fold.name}")
            for side, found in sides.items():
                found += [rows[row] for row in getattr(fold, side)]
        return Fold("; ".join(names), *(tuple(found) for found in sides.values()))

    def _check_named(self, speakers: Sequence[str]) -> None:
        """Refuse speakers whose corpus is not named, or none of these."""
        known = sorted({one.speaker for one in self.utterances} - {""})
        for name in speakers:
            if name not in known:
                meant = [one for one in known if one.endswith(f"/{name}")]
                raise CorpusError(
                    f"speaker {name} is not in {self.name}, need CORPUS/SPEAKER, such as "
                    f"{[*meant, *known, 'nemo/MK0'][0]}{near_miss(name, known)}"
                )


def _chosen(corpus: Corpus, unlabelled: bool) -> Corpus:
    """Return a corpus with its labelled utterances alone, or with all that it has."""
    if unlabelled and not _any_label([corpus]):
        return corpus
    labelled = labelled_utterances(corpus)
    return corpus if unlabelled else replace(corpus, utterances=labelled)


def _any_label(corpora: Sequence[Corpus]) -> bool:
    return any(one.label for corpus in corpora for one in corpus.utterances)


def _divided(corpus: Corpus, dev_speakers: Sequence[str], test_speakers: Sequence[str]) -> Fold:
    """Divide the labelled utterances; train on others too, but what may be of somebody held out."""
    rows = [row for row, one in enumerate(corpus.utterances) if one.label]
    fold = Fold("no labels", (), (), ())
    if rows:
        labelled = [corpus.utterances[row] for row in rows]
        fold = hold_out(labelled, dev_speakers, test_speakers)
    sides = {side: [rows[row] for row in getattr(fold, side)] for side in SIDES}
    held_out = {corpus.utterances[row].speaker for row in (*sides["dev"], *sides["test"])}
    held_out |= {*dev_speakers, *test_speakers}
    if held_out:
        held_out.add("")  # whoever has no name may be one of them
    sides["train"] += [
        row
        for row, one in enumerate(corpus.utterances)
        if not one.label and one.speaker not in held_out and one.split in ("", "train")
    ]
    return Fold(fold.name, *(tuple(sorted(sides[side])) for side in SIDES))


def _count(corpora: Sequence[Corpus]) -> int:
    return sum(len(corpus.utterances) for corpus in corpora)


def _starts(
    corpora: Sequence[Corpus], labels: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], str]:
    """Return what the classes of each label set begin with: the names of its corpora.

    ``labels`` are those of each corpus; where all have the same, nothing tells them apart.
    """
    names: dict[tuple[str, ...], list[str]] = {}
    for corpus, own in zip(corpora, labels, strict=True):
        if own:
            names.setdefault(own, []).append(corpus.name)
    return {own: f"{'+'.join(found)}/" if len(names) > 1 else "" for own, found in names.items()}


def _told_apart(corpus: Corpus, start: str) -> Iterator[Utterance]:
    """Yield the utterances with what each is called among those of other corpora."""
    for one in corpus.utterances:
        yield replace(
            one,
            corpus=corpus.name,
            file=f"{corpus.name}/{one.file}",
            speaker=f"{corpus.name}/{one.speaker}" if one.speaker else "",
            label=start + one.label if one.label else "",
        )


def _of_their_corpora(corpora: Sequence[Corpus]) -> list[Utterance]:
    return [replace(one, corpus=corpus.name) for corpus in corpora for one in corpus.utterances]


def _of_corpus(corpus: Corpus, speakers: Sequence[str]) -> list[str]:
    """Return what a corpus itself calls those of its speakers that are named."""
    start = f"{corpus.name}/"
    return [name.removeprefix(start) for name in speakers if name.startswith(start)]
