"""The sound of a corpus before anything is trained: refused where it must be, framed once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.corpus.sides import check_classes, check_folds
from deepspectrum_features.corpus.stored_frames import store_frames
from deepspectrum_features.corpus.stored_sound import StoredSound, store_sound
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import AudioError, CorpusError, DsfError
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.recipe.document import plain
from deepspectrum_features.run_folder import PLAN, claim, corpus_plan
from deepspectrum_features.sound import FrontEnd, make_front_end

_SOUND = "sound.json"


def keep_sound(
    corpus: Corpus,
    protocol: Protocol,
    folder: Path,
    bar: bool,
    say: Callable[[str], object],
) -> Corpus:
    """Decode a corpus once for all folds; return it with what is kept of its sound.

    The folder of the experiment says from then on what it is about. Where nothing is computed yet,
    as after a refusal, it may become another one's.

    Parameters
    ----------
    corpus : Corpus
    protocol : Protocol
    folder : Path
    bar : bool
        Show a progress bar at a terminal or in a notebook.
    say : callable
        Receives one line.

    Raises
    ------
    DsfError
        If the folder is another one's.
    """
    if not any(folder.glob("*.h5")) and not (folder / "folds").exists():
        for name in (PLAN, _SOUND):
            (folder / name).unlink(missing_ok=True)
    keys = [
        (*one.planned, one.label, one.speaker, corpus.headers[one.file].bytes)
        for one in corpus.utterances
    ]
    plan = corpus_plan(corpus.name, keys) | {"protocol": protocol.name}
    differences = claim(folder, plan)
    if not differences:
        recordings = {one.file for one in corpus.utterances}
        say(f"sound of {len(recordings)} recordings: {folder / 'sound'}")
        corpus = store_sound(corpus, folder / "sound", bar)
        if corpus.stored is not None:
            differences = claim(folder, {"sound_sha256": corpus.stored.digest}, _SOUND)
    if differences:
        raise DsfError(
            f"{folder}: holds an experiment of another corpus ({'; '.join(differences)}), need a "
            "new one"
        )
    return corpus


def set_aside_short(corpus: Corpus, recipes: Iterable[Recipe]) -> tuple[Corpus, list[Utterance]]:
    """Leave out what is long enough for some systems and not for all.

    So all are trained and tested on the same rows. What is too short for every system stays: each
    refuses it and says so.

    Parameters
    ----------
    corpus : Corpus
        With its stored sound.
    recipes : iterable of Recipe

    Returns
    -------
    corpus : Corpus
    short : list of Utterance
        What is left out.
    """
    front_ends = [make_front_end(one) for one in dict.fromkeys(one.front_end for one in recipes)]
    sound = _sound_of(corpus)
    fitting = [[_fits(one, sound, each) for each in front_ends] for one in corpus.utterances]
    told = list(zip(corpus.utterances, fitting, strict=True))
    kept = tuple(one for one, fits in told if all(fits) or not any(fits))
    short = [one for one, fits in told if any(fits) and not all(fits)]
    return replace(corpus, utterances=kept), short


def _fits(one: Utterance, sound: StoredSound, front_end: FrontEnd) -> bool:
    """Whether an utterance that could be read is long enough for a front end."""
    if (length := sound.length(one)) is None:
        return False
    try:
        front_end.check_length(*length)
    except AudioError:
        return False
    return True


def check_sound(corpus: Corpus, protocol: Protocol) -> None:
    """Refuse folds that would end an experiment after all training.

    Parameters
    ----------
    corpus : Corpus
        With its stored sound.
    protocol : Protocol
        Over its utterances.

    Raises
    ------
    CorpusError
        If a recording is on both sides of a fold, or if what can be read leaves a side of a fold
        empty or a class untrained.
    """
    sound, rows = _sound_of(corpus), corpus.utterances
    content = [sound.contents.get(one.file, "") for one in rows]
    check_folds(protocol, rows, content)
    readable = {row for row, one in enumerate(rows) if sound.holds(one)}
    left = replace(protocol, folds=tuple(_kept(fold, readable) for fold in protocol.folds))
    check_classes(left, rows)


def keep_frames(
    corpus: Corpus,
    recipes: Iterable[Recipe],
    folder: Path,
    jobs: int | None,
    bar: bool,
    say: Callable[[str], object],
) -> Corpus:
    """Compute frames that are slow to compute once for all folds, in a folder for each front end.

    Parameters
    ----------
    corpus : Corpus
        With its stored sound.
    recipes : iterable of Recipe
        Of the systems that read frames.
    folder : Path
    jobs : int or None
        Processes side by side.
    bar : bool
        Show progress bars at a terminal or in a notebook.
    say : callable
        Receives one line for each front end.
    """
    for recipe in dict.fromkeys(one.front_end for one in recipes):
        front_end = make_front_end(recipe)
        if front_end.slow:
            digest = hashlib.sha256(json.dumps(plain(recipe), sort_keys=True).encode()).hexdigest()
            place = folder / f"{recipe.kind}-{digest[:6]}"
            say(f"frames of {front_end.summary}: {place}")
            corpus = store_frames(corpus, front_end, place, jobs, bar)
    return corpus


def _kept(fold: Fold, readable: set[int]) -> Fold:
    """Return the rows of a fold that can be read; refuse it where a side has none."""
    sides = {
        side: tuple(row for row in getattr(fold, side) if row in readable)
        for side in ("train", "dev", "test")
    }
    for side, rows in sides.items():
        if not rows:
            raise CorpusError(f"fold {fold.name}: no {side} row that can be read, need some")
    return Fold(fold.name, **sides)


def _sound_of(corpus: Corpus) -> StoredSound:
    if corpus.stored is None:
        raise ValueError("corpus: no stored sound, need that of store_sound")
    return corpus.stored
