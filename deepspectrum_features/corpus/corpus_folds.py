"""Leave one corpus out: which corpora are scored, by which others, on the classes they share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import counted

#: So many corpora to train on, and inner folds hold whole ones out.
_ENOUGH_CORPORA = 3


@dataclass(frozen=True)
class Turn:
    """One corpus scored by others.

    Attributes
    ----------
    corpus : str
    others : tuple of str
        Those that are trained on.
    classes : tuple of str
        Those that the corpus has and one of the others has too; no row of another is looked at.
    """

    corpus: str
    others: tuple[str, ...]
    classes: tuple[str, ...]

    def describe(self) -> str:
        """Say who is scored by whom, for the protocol beside a score.

        Examples
        --------
        >>> Turn("nemo", ("emodb", "savee"), ("anger", "fear")).describe()
        'nemo: trained on emodb, savee; 2 classes: anger, fear (chance UA 0.500)'
        """
        return (
            f"{self.corpus}: trained on {', '.join(self.others)}; {len(self.classes)} classes: "
            f"{', '.join(self.classes)} (chance UA {1 / len(self.classes):.3f})"
        )


def corpus_turns(utterances: Sequence[Utterance], tested: Collection[str] = ()) -> list[Turn]:
    """List which corpora are scored, each by which others and on which classes.

    Parameters
    ----------
    utterances : sequence of Utterance
        With label and corpus.
    tested : collection of str, optional
        Corpora that are scored and never trained on; default every one, each by all others.

    Raises
    ------
    CorpusError
        If there is one corpus, nothing to train on, or one shares fewer than two classes with
        those that it is scored by.

    Examples
    --------
    >>> rows = [("a", "joy"), ("a", "fear"), ("b", "joy"), ("b", "fear"), ("b", "calm")]
    >>> turns = corpus_turns([Utterance("1.wav", label=label, corpus=name) for name, label in rows])
    >>> [(turn.corpus, turn.others, turn.classes) for turn in turns]
    [('a', ('b',), ('fear', 'joy')), ('b', ('a',), ('fear', 'joy'))]
    """
    classes: dict[str, set[str]] = defaultdict(set)
    for one in utterances:
        classes[one.corpus].add(one.label)
    names = sorted(classes)
    if len(names) < 2:
        raise CorpusError(
            f"one corpus ({', '.join(names)}), need two or more to leave one out (give feature "
            "files of others)"
        )
    if not set(names).difference(tested):
        raise CorpusError(f"--test: all corpora ({', '.join(names)}), need another to train on")
    turns = []
    for name in sorted(tested) or names:
        others = tuple(one for one in names if one != name and one not in tested)
        theirs = set().union(*(classes[one] for one in others))
        turns.append(Turn(name, others, tuple(sorted(classes[name] & theirs))))
        if len(turns[-1].classes) < 2:
            raise CorpusError(_too_few(turns[-1], classes[name], theirs))
    return turns


def corpus_folds(utterances: Sequence[Utterance], turns: Sequence[Turn]) -> tuple[Fold, ...]:
    """Return the rows of every turn, a fold each under the name of the corpus that is scored."""
    return tuple(
        Fold(
            turn.corpus,
            _rows(utterances, turn, turn.others),
            (),
            _rows(utterances, turn, [turn.corpus]),
        )
        for turn in turns
    )


def corpora_choose(utterances: Sequence[Utterance], folds: Sequence[Fold]) -> bool:
    """Whether inner folds are to hold out whole corpora: what is asked outside is asked inside.

    So it is where every fold trains on three corpora or more, and each class that it trains on is
    of two of them; else a class, or half of all rows, would be missing in an inner fold.
    """
    for fold in folds:
        corpora: dict[str, set[str]] = defaultdict(set)
        for row in fold.train:
            corpora[utterances[row].label].add(utterances[row].corpus)
        if len(set().union(*corpora.values())) < _ENOUGH_CORPORA:
            return False
        if any(len(names) < 2 for names in corpora.values()):
            return False
    return True


def _rows(utterances: Sequence[Utterance], turn: Turn, corpora: Collection[str]) -> tuple[int, ...]:
    """Return the rows of some corpora that are of a turn's classes."""
    return tuple(
        row
        for row, one in enumerate(utterances)
        if one.corpus in corpora and one.label in turn.classes
    )


def _too_few(turn: Turn, own: Collection[str], theirs: Collection[str]) -> str:
    """Say what keeps a corpus from being scored by others."""
    shared = f" ({', '.join(turn.classes)})" if turn.classes else ""
    return (
        f"corpus {turn.corpus}: {counted(len(turn.classes), 'label')}{shared} shared with "
        f"{', '.join(turn.others)}, need two or more (it has {', '.join(sorted(own))}, they have "
        f"{', '.join(sorted(theirs))}; --label-map tells which mean the same)"
    )
