"""Paths of full corpora as their makers arrange them, without any sound.

What corpora are too irregular to be built by a rule has the published counts, by made names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, product

Tree = Callable[[], Iterator[str]]

_WORDS = ["".join(letters) for letters in product("abcdefghij", repeat=3)]


def ravdess() -> Iterator[str]:
    """Yield speech of 24 actors: 8 emotions, 2 intensities but of neutral, 2 sentences, twice."""
    for actor, emotion, rest in product(range(1, 25), range(1, 9), product((1, 2), repeat=3)):
        intensity, statement, repetition = rest
        if (emotion, intensity) != (1, 2):
            yield (
                f"Actor_{actor:02}/03-01-{emotion:02}-{intensity:02}-{statement:02}-"
                f"{repetition:02}-{actor:02}.wav"
            )


def ravdess_beside() -> Iterator[str]:
    """Yield a song, and speech as a film with and without sound."""
    yield "Actor_01/03-02-01-01-01-01-01.wav"
    yield "Video_Speech_Actor_01/Actor_01/01-01-01-01-01-01-01.mp4"
    yield "Video_Speech_Actor_01/Actor_01/02-01-01-01-01-01-01.mp4"


def crema_d() -> Iterator[str]:
    """Yield 12 sentences of 91 actors in 6 emotions, one in 3 intensities; 20 are lacking."""
    sentences = "DFA IOM ITH ITS IWL IWW MTI TAI TIE TSI WSI".split()
    lacking = {"ANG": 3, "DIS": 3, "FEA": 3, "HAP": 3, "NEU": 5, "SAD": 3}
    for actor, emotion in product(range(1001, 1092), lacking):
        levels = ["XX"] if emotion == "NEU" else ["LO", "MD", "HI"]
        clips = [f"{name}_{emotion}_XX" for name in sentences]
        clips += [f"IEO_{emotion}_{level}" for level in levels]
        if lacking[emotion] and actor > 1080:
            clips.pop()
            lacking[emotion] -= 1
        if (actor, emotion) == (1040, "SAD"):
            clips[2] = "ITH_SAD_X"
        yield from (f"AudioWAV/{actor}_{clip}.wav" for clip in clips)


def crema_d_beside() -> Iterator[str]:
    """Yield the same clips in the two other folders of a checkout."""
    for path in crema_d():
        yield path.replace("AudioWAV", "AudioMP3").replace(".wav", ".mp3")
        yield path.replace("AudioWAV", "VideoFlash").replace(".wav", ".flv")


def savee() -> Iterator[str]:
    """Yield 15 sentences of 4 men in each emotion, 30 in neutral."""
    for speaker, emotion in product(("DC", "JE", "JK", "KL"), "a d f h n sa su".split()):
        count = 30 if emotion == "n" else 15
        yield from (f"AudioData/{speaker}/{emotion}{one:02}.wav" for one in range(1, count + 1))


def tess() -> Iterator[str]:
    """Yield 200 words of 2 women in 7 emotions, in folders of uneven spelling."""
    older = "OAF_angry OAF_disgust OAF_Fear OAF_happy OAF_neutral OAF_Pleasant_surprise OAF_Sad"
    younger = "YAF_angry YAF_disgust YAF_fear YAF_happy YAF_neutral YAF_pleasant_surprised YAF_sad"
    codes = "angry disgust fear happy neutral ps sad".split()
    for folders in (older.split(), younger.split()):
        for folder, code in zip(folders, codes, strict=True):
            for word in _WORDS[:199]:
                yield f"{folder}/{folder[:3]}_{word}_{code}.wav"
            yield f"{folder}/{'OA' if folder == 'OAF_neutral' else folder[:3]}_bite_{code}.wav"


def emovo() -> Iterator[str]:
    """Yield 14 sentences of 6 actors in 7 emotions."""
    speakers = "f1 f2 f3 m1 m2 m3".split()
    sentences = "b1 b2 b3 d1 d2 l1 l2 l3 l4 n1 n2 n3 n4 n5".split()
    emotions = "dis gio neu pau rab sor tri".split()
    for speaker, emotion, sentence in product(speakers, emotions, sentences):
        yield f"EMOVO/{speaker}/{emotion}-{speaker}-{sentence}.wav"


def casia() -> Iterator[str]:
    """Yield 50 sentences of 4 actors in 6 emotions: names alone are those of 24 recordings."""
    speakers = "liuchanhg wangzhe zhaoquanyin ZhaoZuoxiang".split()
    emotions = "angry fear happy neutral sad surprise".split()
    for speaker, emotion, sentence in product(speakers, emotions, range(201, 251)):
        yield f"CASIA database/{speaker}/{emotion}/{sentence}.wav"


def enterface05() -> Iterator[str]:
    """Yield 5 sentences of 43 subjects in 6 emotions, with the names that are wrong."""
    emotions = "anger disgust fear happiness sadness surprise".split()
    for subject, emotion, sentence in product(range(1, 45), emotions, range(1, 6)):
        called = {3: "s_3", 11: "s12"}.get(subject, f"s{subject}")
        name = f"{called}_{emotion[:2]}_{sentence}"
        name = {"s16_su_3": "s16_su_3avi"}.get(name, name)
        lacks = (subject, emotion) == (23, "happiness") and sentence > 2
        if subject != 6 and not lacks:
            yield f"enterface database/subject {subject}/{emotion}/sentence {sentence}/{name}.avi"


def enterface05_beside() -> Iterator[str]:
    """Yield a session of the subject whose films are not cut."""
    yield "enterface database/subject 6/anger/s6_an.avi"


def gemep() -> Iterator[str]:
    """Yield 9 portrayals of 10 actors of 12 states, and 3 of 6 others."""
    often = "amu col des fie inq int irr joi peu pla sou tri".split()
    counts = dict.fromkeys(often, 9) | dict.fromkeys("adm att deg hon mep sur".split(), 3)
    for actor, (state, count) in product(range(1, 11), counts.items()):
        yield from (f"{actor:02}{state}_{number}.wav" for number in range(1, count + 1))


def ased() -> Iterator[str]:
    """Yield what judges kept of 65 people, in 5 emotions."""
    folders = {"01Neutral/n1": 522, "02Fearful/f2": 510, "03Happy/h3": 486, "04Sad/s4": 470}
    folders |= {"05Angry/a5": 486}
    for start, count in folders.items():
        recordings = product(range(1, 8), (1, 2), range(1, 66))
        for sentence, repetition, speaker in islice(recordings, count):
            sex = 1 if speaker % 2 else 2
            path = f"{start}-{sentence:02}-{repetition:02}-{sex:02}-{speaker:02}.wav"
            yield path.replace("04Sad/s4-01-01-01-01", "04Sad/S4-01-01-01-01")


def turev_db() -> Iterator[str]:
    """Yield words of 6 people in 4 emotions."""
    emotions = {"Angry": ("kz", 487), "Calm": ("sk", 408), "Happy": ("mt", 357), "Sad": ("hl", 483)}
    speakers = "1157 1234 1358 1984 6783 7895".split()
    for emotion, (code, count) in emotions.items():
        for word, speaker in islice(product(_WORDS, speakers), count):
            yield f"Sound Source/{emotion}/{speaker}_{code}_{word}.wav"


def turev_db_beside() -> Iterator[str]:
    """Yield a recording that was filtered for a test, under the name that it had."""
    yield "Model Output for Test Data/testEmotions500HighPass/sound/Angry/1157_kz_aaa.wav"


def emodb() -> Iterator[str]:
    """Yield German sentences of 10 actors in 7 emotions."""
    counts = {"W": 127, "L": 81, "E": 46, "A": 69, "F": 71, "T": 62, "N": 79}
    texts = "a01 a02 a04 a05 a07 b01 b02 b03 b09 b10".split()
    speakers = "03 08 09 10 11 12 13 14 15 16".split()
    for emotion, count in counts.items():
        for version, text, speaker in islice(product("ab", texts, speakers), count):
            yield f"wav/{speaker}{text}{emotion}{version}.wav"


def nemo() -> Iterator[str]:
    """Yield 90 Polish sentences of 9 actors in 6 emotions."""
    counts = {"anger": 749, "fear": 736, "happiness": 749}
    counts |= {"neutral": 809, "sadness": 769, "surprised": 669}
    speakers = "EB0 IC0 KD0 KS0 MK0 MP0 SM0 TP0 WR0".split()
    for emotion, count in counts.items():
        for sentence, speaker in islice(product(range(1, 91), speakers), count):
            yield f"samples/{speaker}_{emotion}_{sentence}.wav"


#: All utterances of a corpus, by its layout.
FULL: dict[str, Tree] = {
    "ased": ased,
    "casia": casia,
    "crema-d": crema_d,
    "emodb": emodb,
    "emovo": emovo,
    "enterface05": enterface05,
    "gemep": gemep,
    "nemo": nemo,
    "ravdess": ravdess,
    "savee": savee,
    "tess": tess,
    "turev-db": turev_db,
}
#: Recordings that come with a corpus and are none of its utterances, or stand there already.
BESIDE: dict[str, Tree] = {
    "crema-d": crema_d_beside,
    "enterface05": enterface05_beside,
    "ravdess": ravdess_beside,
    "turev-db": turev_db_beside,
}
