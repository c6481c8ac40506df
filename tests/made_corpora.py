"""Corpora with label files, made small: folders, names and label files as the real ones have them.

Each class sounds different, and no two recordings are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, product
from pathlib import Path

import soundfile

from deepspectrum_features.testing import tone

IEMOCAP_CODES = ("neu", "hap", "exc", "sad", "ang", "fru", "xxx")
AIBO_CODES = {"A": "NEG", "E": "NEG", "N": "IDL", "P": "IDL", "R": "IDL"}
CHEAVD_LABELS = ("angry", "happy", "sad", "neutral", "surprise", "disgust", "anxious", "worried")
CHEAVD_SETS = ("train", "val", "test")
MSP_COLUMNS = "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set"
MELD_COLUMNS = (
    "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,"
    "EndTime"
)
MELD_SETS = {
    "train": "train_splits",
    "dev": "dev_splits_complete",
    "test": "output_repeated_splits_test",
}


def make_iemocap(
    folder: Path,
    sessions: Iterable[int] = range(1, 6),
    codes: Iterable[str] = IEMOCAP_CODES,
    times: int = 1,
    seconds: float = 0.2,
) -> Path:
    """Make an IEMOCAP: four dialogues a session, in each every code ``times`` from both speakers.

    Two dialogues of a session are improvised and two scripted. Whole dialogues, the ratings of
    single raters and the hidden files of the real download lie there too.
    """
    codes = [*codes]
    sounds = count()
    for session, sensors, kind in product(sessions, "FM", ("impro01", "script01_1")):
        dialogue = f"Ses{session:02d}{sensors}_{kind}"
        place = folder / f"Session{session}"
        blocks = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n"]
        for voice, (number, code) in product("FM", enumerate(codes * times)):
            turn = f"{dialogue}_{voice}{number:03d}"
            wav = place / "sentences/wav" / dialogue / f"{turn}.wav"
            _sound(wav, codes.index(code), next(sounds), seconds)
            blocks.append(_block(turn, code, number))
        ratings = place / "dialog/EmoEvaluation"
        _text(ratings / f"{dialogue}.txt", "\n".join(blocks))
        _text(ratings / f"._{dialogue}.txt", "\0\0")
        _text(ratings / f"Categorical/{dialogue}_e1_cat.txt", f"{dialogue}_F000 :Neutral state; ()")
        _sound(place / f"dialog/wav/{dialogue}.wav", 0, next(sounds), seconds)
        _text(place / f"sentences/wav/{dialogue}/._{dialogue}_F000.wav", "\0\0")
    return folder


def _block(turn: str, code: str, number: int) -> str:
    """Return what the raters say of one turn."""
    start, valence = 2.5 * number, 1 + number % 9 / 2
    return (
        f"[{start:.4f} - {start + 2:.4f}]\t{turn}\t{code}\t[{valence:.4f}, 2.5000, 3.0000]\n"
        "C-E2:\tNeutral;\t()\nC-E4:\tNeutral state; Sadness;\t(curious)\n"
        f"A-E3:\tval 2; act 3; dom  3;\t()\nA-{turn[5]}1:\tval 3; act 2; dom  1;\t(self)\n"
    )


def make_fau_aibo(
    folder: Path, children: int = 3, per_class: int = 2, seconds: float = 0.2
) -> Path:
    """Make a FAU Aibo Emotion Corpus of so many children a school, with both sets of classes."""
    sounds = count()
    five, two = "", ""
    for school, child, turn in product(
        ("Ohm", "Mont"), range(1, children + 1), range(len(AIBO_CODES) * per_class)
    ):
        name, code = f"{school}_{child:02d}_{turn:03d}_00", [*AIBO_CODES][turn % len(AIBO_CODES)]
        _sound(folder / f"wav/{name}.wav", turn % len(AIBO_CODES), next(sounds), seconds)
        five += f"{name} {code} 0.6\n"
        two += f"{name} {AIBO_CODES[code]} 1\n"
    labels = folder / "labels/IS2009EmotionChallenge"
    _text(labels / "chunk_labels_5cl_corpus.txt", five)
    _text(labels / "chunk_labels_2cl_corpus.txt", two)
    return folder


def make_cheavd(
    folder: Path,
    per_class: int = 2,
    sets: Iterable[str] = CHEAVD_SETS,
    seconds: float = 0.2,
) -> Path:
    """Make a CHEAVD 2.0, the names of its recordings the same in every set."""
    sounds = count()
    for part in sets:
        lines = ""
        for number, label in enumerate(CHEAVD_LABELS * per_class):
            _sound(
                folder / f"{part}/{number:04d}.wav",
                CHEAVD_LABELS.index(label),
                next(sounds),
                seconds,
            )
            lines += f"{number:04d}.wav {label}\n"
        _text(folder / f"{part}_label.txt", lines)
    return folder


def make_msp_podcast(folder: Path, table: str = "labels_consensus.csv") -> Path:
    """Make an MSP-Podcast of five sets, two speakers each, and one nobody knows."""
    rows = [MSP_COLUMNS]
    numbers = count()
    for part, (speaker, code) in product(
        ("Train", "Development", "Test1", "Test2", "Test3"),
        (("1", "A"), ("2", "N"), ("2", "X"), ("Unknown", "H")),
    ):
        number = next(numbers)
        name = f"MSP-PODCAST_0001_{number:04d}.wav"
        _sound(folder / "Audios" / name, "ANXH".index(code), number, 0.2)
        rows.append(f"{name},{code},{1 + number / 4},4.0,3.5,{speaker},Male,{part}")
    _text(folder / "Labels" / table, "\n".join(rows) + "\n")
    return folder


def make_meld(folder: Path, suffix: str = ".wav") -> Path:
    """Make a MELD of two dialogues a set, numbered alike in all of them."""
    numbers = count()
    for part, place in MELD_SETS.items():
        rows = [MELD_COLUMNS]
        for (dialogue, utterance), emotion in zip(
            product(range(2), range(2)), ("joy", "anger", "neutral", "joy"), strict=True
        ):
            number = next(numbers)
            path = folder / place / f"dia{dialogue}_utt{utterance}{suffix}"
            if suffix == ".wav":
                _sound(path, len(emotion), number, 0.2)
            else:
                _text(path, "a clip")
            rows.append(
                f'{number},"Oh, ""that"" one, {part}.",Ross,{emotion},neutral,{dialogue},'
                f'{utterance},4,7,"00:20:57,256","00:21:00,049"'
            )
        _text(folder / f"{part}_sent_emo.csv", "\n".join(rows) + "\n")
    return folder


def names_of(folder: Path) -> Iterator[str]:
    """Yield the names, without suffix, of the recordings under a folder that are not hidden."""
    return (path.stem for path in sorted(folder.rglob("[!.]*.wav")))


def _sound(path: Path, of_class: int, number: int, seconds: float) -> None:
    """Write a tone: its octave is that of the class, and every number has its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hertz = 150 * 1.5**of_class + number % 25
    soundfile.write(path, tone(hertz, seconds, level=0.2 + number // 25 % 60 / 100), 16000)


def _text(path: Path, text: str) -> None:
    """Write a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
