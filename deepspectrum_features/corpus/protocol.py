"""The folds of an evaluation: every row is scored once, by what was fitted without its speaker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from deepspectrum_features.corpus.corpus_folds import corpora_choose, corpus_folds, corpus_turns
from deepspectrum_features.corpus.dealing import even_groups, random_folds
from deepspectrum_features.corpus.folds import Fold, fixed_split, known_speakers
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import counted

PROTOCOLS = ("loso", "grouped", "session", "split", "random", "corpora")
#: Those whose folds have no rows set aside to choose on.
_WITHOUT_DEV = ("random", "corpora")

_MOST_LEFT_OUT_ONE_BY_ONE = 20
#: Where a user may say more of the rows: of feature files, and of a corpus to train on.
_TABLE = {False: "--labels", True: "a corpus.csv"}


@dataclass(frozen=True)
class Protocol:
    """Named folds over the rows of a table.

    Attributes
    ----------
    name : str
        In words, for the line beside every score.
    folds : tuple of Fold
        No speaker has rows on two sides of one, unless the protocol is speaker-dependent.
    speaker_independent : bool
        Whether speakers are known and kept apart.
    random : bool
        Whether recordings were dealt to the folds at random.
    by_corpus : bool
        Whether a fold is a corpus, scored by others.
    corpora_choose : bool
        Whether inner folds hold out whole corpora, not speakers.
    """

    name: str
    folds: tuple[Fold, ...]
    speaker_independent: bool
    random: bool = False
    by_corpus: bool = False
    corpora_choose: bool = False

    def describe(self) -> str:
        """Say how rows were divided and scores pooled, for the line beside every score."""
        return folds_line(self.name, len(self.folds), self.by_corpus)


def folds_line(name: str, folds: int, by_corpus: bool) -> str:
    """Say how a protocol divided rows into so many folds, and that scores are pooled."""
    return f"{name}: {counted(folds, 'fold')}; {pooling(by_corpus)}"


def pooling(by_corpus: bool) -> str:
    """Say that scores are pooled, and where a mean stands if there is one."""
    mean = "the mean over corpora stands in a table of its own"
    averaged = mean if by_corpus else "never averaged over folds"
    return f"scores are of all held-out predictions pooled, {averaged}"


def make_protocol(
    utterances: Sequence[Utterance],
    name: str | None = None,
    dev: bool = False,
    content: Sequence[str] = (),
    tested: Sequence[str] = (),
) -> Protocol:
    """Divide labelled utterances into folds.

    Parameters
    ----------
    utterances : sequence of Utterance
    name : str, optional
        ``loso`` (leave one speaker out), ``grouped`` (leave one of 10 groups of speakers out),
        ``session`` (leave one session out), ``split`` (the corpus's own), ``random`` (10 stratified
        folds of whole recordings, speakers on both sides) or ``corpora`` (leave one corpus out, see
        `deepspectrum_features.corpus.corpus_folds`). Default: the split where there is one, else
        ``loso`` up to 20 speakers and ``grouped`` beyond.
    dev : bool, optional
        Set rows aside in every fold to choose on, of speakers that are in neither training nor
        test: those of the next fold in sorted order, cyclic; of a session the other speakers.
    content : sequence of str, optional
        Digests of the rows' recordings: what ``random`` deals as one though it has several names.
    tested : sequence of str, optional
        Of ``corpora``: those that are scored and never trained on; default every one in turn.

    Raises
    ------
    CorpusError
        If there are no speakers to keep apart, or too few.
    ValueError
        If there is no protocol of that name, or ``random`` or ``corpora`` should set rows aside.

    Examples
    --------
    >>> people = [Utterance(f"{name}.wav", speaker=name) for name in "abc"]
    >>> protocol = make_protocol(people)
    >>> protocol.name, [fold.test for fold in protocol.folds]
    ('leave one speaker out', [(0,), (1,), (2,)])
    >>> [(fold.test, fold.dev) for fold in make_protocol(people, dev=True).folds]
    [((0,), (1,)), ((1,), (2,)), ((2,), (0,))]
    """
    known = [kind for kind in PROTOCOLS if not (dev and kind in _WITHOUT_DEV)]
    if name is not None and name not in known:
        raise ValueError(f"protocol={name!r}, need one of {', '.join(known)}")
    name = name or _default(utterances)
    if name == "random":
        folds = tuple(random_folds(utterances, content))
        return Protocol("whole recordings at random, stratified", folds, False, True)
    if name == "corpora":
        return _corpora(utterances, tested)
    if name == "split":
        return _split(utterances, dev)
    if name == "session":
        return _sessions(utterances, dev)
    speakers = _speakers(utterances, dev)
    if name == "loso":
        folds = _leave_out(utterances, {speaker: [speaker] for speaker in speakers}, dev)
        chooser = ", the next one chooses" if dev else ""
        return Protocol(f"leave one speaker out{chooser}", folds, True)
    groups = even_groups(Counter(one.speaker for one in utterances))
    chooser = ", the next fold's choose" if dev else ""
    numbered = {f"{number}-of-{len(groups)}": group for number, group in enumerate(groups, 1)}
    folds = _leave_out(utterances, numbered, dev)
    return Protocol(f"leave groups of speakers out{chooser}", folds, True)


def _default(utterances: Sequence[Utterance]) -> str:
    if any(one.split == "test" for one in utterances):
        return "split"
    speakers = {one.speaker for one in utterances}
    return "loso" if len(speakers) <= _MOST_LEFT_OUT_ONE_BY_ONE else "grouped"


def _speakers(utterances: Sequence[Utterance], dev: bool) -> list[str]:
    """Return the speakers in sorted order, after checking that they can be kept apart."""
    otherwise = "or --layout" if dev else "--layout, or --protocol random"
    speakers = known_speakers(utterances, f"give {_TABLE[dev]} with a speaker column, {otherwise}")
    if not dev and len(speakers) < 2:
        raise CorpusError(f"one speaker ({speakers[0]}), need two or more to leave one out")
    if dev and len(speakers) < 3:
        raise CorpusError(
            f"speakers {', '.join(speakers)}, need three or more: one to test on, one to choose "
            "on, the others to train on"
        )
    return speakers


def _corpora(utterances: Sequence[Utterance], tested: Sequence[str]) -> Protocol:
    """Leave one corpus out, or score some by the others."""
    folds = corpus_folds(utterances, corpus_turns(utterances, tested))
    known = all(one.speaker for one in utterances)
    name = "corpora apart" if tested else "leave one corpus out"
    choose = corpora_choose(utterances, folds)
    return Protocol(name, folds, known, by_corpus=True, corpora_choose=choose)


def _split(utterances: Sequence[Utterance], dev: bool) -> Protocol:
    """Take the corpus's own split."""
    fold = fixed_split(utterances)
    for side, purpose in (("test", "score"), ("dev", "choose the epoch on")):
        if not getattr(fold, side) and (dev or side == "test"):
            raise CorpusError(f"the split column has no {side} rows, need some to {purpose}")
    known = all(one.speaker for one in utterances)
    return Protocol(fold.name, (replace(fold, name="split"),), known)


def _sessions(utterances: Sequence[Utterance], dev: bool) -> Protocol:
    """Leave one session out; with dev, each of its speakers in turn, the others of it choose."""
    nameless = sum(not one.session for one in utterances)
    if nameless:
        raise CorpusError(
            f"{nameless} of {len(utterances)} rows have no session, need one each to leave "
            f"sessions out (give {_TABLE[dev]} with a session column, or --layout)"
        )
    sessions: dict[str, set[str]] = {}
    for one in utterances:
        sessions.setdefault(one.session, set()).add(one.speaker)
    if len(sessions) < 2:
        raise CorpusError(f"one session ({', '.join(sessions)}), need two or more to leave one out")
    told = Counter(speaker for speakers in sessions.values() for speaker in speakers if speaker)
    if several := sorted(speaker for speaker, count in told.items() if count > 1):
        raise CorpusError(
            f"speakers {', '.join(several[:5])} are in more than one session, need each in one"
        )
    known = all(one.speaker for one in utterances)
    if not dev:
        folds = tuple(_whole_sessions(utterances, sessions))
        return Protocol("leave one session out", folds, known)
    _speakers(utterances, dev)
    if alone := sorted(name for name, speakers in sessions.items() if len(speakers) < 2):
        raise CorpusError(
            f"session {alone[0]}: one speaker, need two: one to test on, one to choose on"
        )
    folds = tuple(
        _fold(speaker, utterances, {speaker}, speakers - {speaker})
        for _, speakers in sorted(sessions.items())
        for speaker in sorted(speakers)
    )
    return Protocol("leave one session out, its other speaker chooses", folds, known)


def _whole_sessions(utterances: Sequence[Utterance], sessions: Iterable[str]) -> Iterator[Fold]:
    """Test on one session after the other."""
    for name in sorted(sessions):
        inside = [one.session == name for one in utterances]
        test = tuple(row for row, tested in enumerate(inside) if tested)
        yield Fold(name, tuple(row for row, tested in enumerate(inside) if not tested), (), test)


def _leave_out(
    utterances: Sequence[Utterance], groups: Mapping[str, Sequence[str]], dev: bool
) -> tuple[Fold, ...]:
    """Test on one named group of speakers after the other; with dev, the next one chooses."""
    speakers = list(groups.values())
    following = [*speakers[1:], speakers[0]] if dev else [[]] * len(groups)
    return tuple(
        _fold(name, utterances, set(test), set(chooser))
        for (name, test), chooser in zip(groups.items(), following, strict=True)
    )


def _fold(name: str, utterances: Sequence[Utterance], test: set[str], dev: set[str]) -> Fold:
    """Divide rows by speaker."""
    sides: dict[str, list[int]] = {"train": [], "dev": [], "test": []}
    for row, one in enumerate(utterances):
        side = "test" if one.speaker in test else "dev" if one.speaker in dev else "train"
        sides[side].append(row)
    return Fold(name, *(tuple(rows) for rows in sides.values()))
