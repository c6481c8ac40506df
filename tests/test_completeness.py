"""What of a known corpus is there, missing and unexpected, as a user is told."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from corpus_trees import BESIDE, FULL
from encoded import encode

from deepspectrum_features import Corpus, FeatureFile, extract
from deepspectrum_features.corpus.expected import Counts
from deepspectrum_features.corpus.known_layouts import layout_names, load_layout
from deepspectrum_features.corpus.layout_list import list_layouts
from deepspectrum_features.corpus.recognition import fitting_layout
from deepspectrum_features.corpus.summary import describe_corpus
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.testing import tone

DSF = Path(sys.executable).with_name("dsf")
AGES = '"ActorID","Age","Sex","Race","Ethnicity"\n1001,51,"Male","Caucasian","Not Hispanic"\n'
CLIPS = ("AudioWAV/1001_DFA_ANG_XX.wav", "AudioWAV/1002_DFA_NEU_XX.wav")


SOUND = io.BytesIO()
soundfile.write(SOUND, tone(300, 0.05), 16000, format="WAV", subtype="PCM_16")


def tree(folder: Path, paths: Iterable[str]) -> Path:
    """Write recordings of one sound, whose names alone matter."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(SOUND.getvalue())
    return folder


def rows(text: str, name: str) -> list[str]:
    """Return the lines of one row of a description."""
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(f"{name:<11}"))
    rest = [line for line in lines[first + 1 :]]
    count = next((n for n, line in enumerate(rest) if not line.startswith(" ")), len(rest))
    return [line[11:] for line in lines[first : first + 1 + count]]


def described(folder: Path, layout: str) -> str:
    return describe_corpus(Corpus.read(folder, layout=layout).scan())


def test_a_whole_corpus_misses_nothing(tmp_path: Path) -> None:
    text = described(tree(tmp_path, FULL["savee"]()), "savee")
    assert rows(text, "missing") == rows(text, "unexpected") == ["nothing"]
    assert rows(text, "from") == ["http://kahlan.eps.surrey.ac.uk/savee/"]


def test_who_and_what_is_missing_is_named(tmp_path: Path) -> None:
    """Without speaker KL, and without one neutral sentence of DC."""
    kept = [path for path in FULL["savee"]() if "/KL/" not in path and "DC/n30" not in path]
    corpus = Corpus.read(tree(tmp_path, kept), layout="savee")
    assert corpus.notices == (
        "savee: 359 utterances, the full corpus has 480",
        "savee: 3 speakers, the full corpus has 4",
    )
    assert rows(describe_corpus(corpus.scan()), "missing") == [
        "121 of 480 utterances",
        "1 of 4 speakers: KL",
        "speaker: DC 1 of 120",
        "label: anger 15 of 60, disgust 15 of 60, fear 15 of 60, happiness 15 of 60, neutral 31 of "
        "120, sadness 15 of 60, surprise 15 of 60",
    ]


def test_speakers_without_known_names_are_counted() -> None:
    there = [Utterance(f"{one}.wav", speaker=one) for one in ("", "a", "b")]
    assert [*Counts(speakers=51).missing(there)] == ["49 of 51 speakers"]
    assert [*Counts(speakers=2).missing(there)] == []


def test_a_folder_without_recordings_is_not_counted(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no recordings found, need files .* or the like$"):
        Corpus.read(tmp_path, layout="savee")


def test_what_does_not_belong_is_counted_and_named(tmp_path: Path) -> None:
    tree(tmp_path, FULL["emovo"]())
    strange = ["EMOVO/f4/dis-f4-b1.wav", "noise.wav", "EMOVO/f1/xyz-f1-b1.wav", "a.wav"]
    text = described(tree(tmp_path, strange), "emovo")
    assert rows(text, "unexpected") == [
        "2 recordings: does not fit layout emovo, need a name like EMOVO/f1/dis-f1-b1.wav "
        "(a.wav, noise.wav)",
        "1 recording: label code 'xyz', need one of dis, gio, neu, pau, rab, sor, tri "
        "(EMOVO/f1/xyz-f1-b1.wav)",
        "1 speaker: f4",
        "label: disgust 85 in place of 84",
    ]
    assert rows(text, "refused") == ["3 inputs (3 unexpected)"]


def test_a_layout_without_counts_does_not_say_that_nothing_is_missing(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    keys = ("name", "title", "example", "licence", "citation")
    own.write_text("".join(f"{key} = 'x'\n" for key in keys) + "path = '[a-z]+'\n")
    text = described(tree(tmp_path / "sounds", ["a.wav", "1.wav"]), str(own))
    assert "\nmissing" not in text
    assert rows(text, "unexpected")[0].startswith("1 recording: does not fit layout x, ")


def test_an_example_with_brackets_is_said_whole(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    keys = {"name": "own", "title": "x", "licence": "x", "citation": "x"}
    keys |= {"path": "[a-z]+ [(][a-z]+[)]", "example": "take (calm).wav"}
    own.write_text("".join(f"{key} = '{value}'\n" for key, value in keys.items()))
    text = described(tree(tmp_path / "sounds", ["take (calm).wav", "1.wav"]), str(own))
    assert rows(text, "unexpected") == [
        "1 recording: does not fit layout own, need a name like take (calm).wav (1.wav)"
    ]


@pytest.mark.parametrize("name", ["ravdess", "casia", "turev-db"])
def test_another_corpus_is_one_clear_line(tmp_path: Path, name: str) -> None:
    tree(tmp_path, [*FULL[name]()][::7])
    tree(tmp_path, ["documents/interview.wav"])
    with pytest.raises(CorpusError) as caught:
        Corpus.read(tmp_path, layout="crema-d")
    advice = f"(--layout {name}, or another folder)"
    assert str(caught.value) == f"{tmp_path}: fits layout {name}, not crema-d {advice}"


def test_a_folder_of_no_known_corpus_is_told_what_names_it_needs(tmp_path: Path) -> None:
    tree(tmp_path, ["a.wav", "b.wav"])
    with pytest.raises(CorpusError, match=r"none of 2 recordings fits layout crema-d, need names"):
        Corpus.read(tmp_path, layout="crema-d")


@pytest.mark.parametrize("name", BESIDE)
def test_what_comes_with_a_corpus_is_neither_listed_nor_refused(tmp_path: Path, name: str) -> None:
    full = [*FULL[name]()][:40]
    beside = [
        path for path in BESIDE[name]() if Path(path).stem[:4] in ("1001", Path(path).stem[:4])
    ]
    corpus = Corpus.read(tree(tmp_path, [*full, *beside[:40]]), layout=name)
    assert sorted(one.file for one in corpus.utterances) == sorted(full)
    assert corpus.refused == ()
    assert fitting_layout([*full, *beside[:40]]) == name


def test_copies_in_another_folder_are_named(tmp_path: Path) -> None:
    names = ["Actor_01/03-01-01-01-01-01-01.wav", "Actor_01/03-01-01-01-01-02-01.wav"]
    tree(tmp_path, [*names, *(f"again/{name}" for name in names)])
    notices = Corpus.read(tmp_path, layout="ravdess").notices
    assert notices[0] == (
        f"ravdess: 2 recordings there twice ({names[0]} = again/{names[0]}, {names[1]} = "
        f"again/{names[1]}), need each once (--exclude TABLE)"
    )


@pytest.mark.parametrize(("name", "one"), [("casia", "/201"), ("savee", "/sa")])
def test_equal_names_of_two_speakers_are_two_recordings(
    tmp_path: Path, name: str, one: str
) -> None:
    paths = [path for path in FULL[name]() if one in path]
    corpus = Corpus.read(tree(tmp_path, paths), layout=name)
    assert len(corpus.utterances) == len(paths)
    assert not [notice for notice in corpus.notices if "twice" in notice]
    assert len({Path(path).name for path in paths}) <= len(paths) / 4


def test_a_layout_that_fits_is_proposed(tmp_path: Path) -> None:
    text = describe_corpus(Corpus.read(tree(tmp_path, [*FULL["emovo"]()][:9])).scan())
    assert rows(text, "label")[0].startswith("none (give --layout emovo, ")


def test_no_other_layout_is_proposed_to_one_that_tells_no_labels(tmp_path: Path) -> None:
    folder = tree(tmp_path / "emovo", [*FULL["emovo"]()][:9])
    layout = tmp_path / "mine.toml"
    layout.write_text(
        'name = "mine"\ntitle = "x"\nlicence = "x"\ncitation = "x"\nexample = "f1/a.wav"\n'
        r"path = '(?P<speaker>\w+)/.+'"
    )
    text = describe_corpus(Corpus.read(folder, layout=str(layout)).scan())
    line = "none (layout mine tells none; give its path a group label)"
    assert rows(text, "label") == [line]


@pytest.mark.slow
def test_films_and_their_sound_taken_out_are_one_corpus(tmp_path: Path) -> None:
    """The sound of an AVI goes through FFmpeg; a WAV beside the others needs none."""
    pytest.importorskip("av")
    sound = np.stack([tone(300, 0.5, 48000)] * 2, axis=1)
    film = tmp_path / "subject 11/anger/sentence 1/s12_an_1.avi"
    film.parent.mkdir(parents=True)
    encode(film, sound, codec="pcm_s16le", rate=48000, pictures=12)
    wav = tmp_path / "subject 12/anger/sentence 1/s12_an_1.wav"
    wav.parent.mkdir(parents=True)
    soundfile.write(wav, np.rint(sound * 2.0**15).astype(np.int16), 48000)  # as FFmpeg rounds
    out = extract(tmp_path, tmp_path / "out.h5", layout="enterface05").path
    features = FeatureFile.open(out)
    assert features.speaker == ["11", "12"]
    assert features.label == ["anger", "anger"]
    np.testing.assert_allclose(features.features[0], features.features[1], rtol=1e-5, atol=1e-6)
    assert np.abs(features.features[0]).max() > 0.1


def test_age_is_read_from_the_table_of_actors(tmp_path: Path) -> None:
    (tmp_path / "VideoDemographics.csv").write_text(AGES + '1002,21,"Female",,\n', encoding="utf-8")
    tree(tmp_path, CLIPS)
    for folder in (tmp_path, tmp_path / "AudioWAV"):
        corpus = Corpus.read(folder, layout="crema-d")
        assert [one.target("age") for one in corpus.utterances] == [51.0, 21.0]
    assert "age 21 to 51, 2 of 2" in describe_corpus(corpus.scan())


def test_what_the_table_of_actors_does_not_tell_is_said(tmp_path: Path) -> None:
    tree(tmp_path, CLIPS)
    notices = Corpus.read(tmp_path, layout="crema-d").notices
    assert (
        notices[0] == f"no VideoDemographics.csv in {tmp_path} or above it, so no age of speakers"
    )
    table = tmp_path / "VideoDemographics.csv"
    table.write_text(AGES, encoding="utf-8")
    notices = Corpus.read(tmp_path, layout="crema-d").notices
    assert notices[0] == f"{table}: 1 speaker not listed (1002)"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("ActorID,Sex\n1001,Male\n", ": no column Age, need ActorID, Age"),
        (AGES + "1002", ": line 3: no column Age, need ActorID, Age"),
        (AGES + "1001,20,,,\n", ": line 3: 1001 is listed before, need it once"),
        (AGES + "1002,young,,,\n", ": line 3: Age 'young', need a number"),
    ],
)
def test_a_damaged_table_of_actors_is_one_line(tmp_path: Path, content: str, message: str) -> None:
    table = tree(tmp_path, CLIPS) / "VideoDemographics.csv"
    table.write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError) as caught:
        Corpus.read(tmp_path, layout="crema-d")
    assert str(caught.value) == f"{table}{message}"


@pytest.mark.parametrize("width", [40, 80, 160])
def test_the_list_of_layouts_fits_the_terminal(width: int) -> None:
    text = list_layouts(width)
    for line in text.splitlines():
        assert len(line) <= width or len(line.split()) == 1
    words = " ".join(text.split())
    for layout in map(load_layout, layout_names()):
        said = (layout.title, layout.licence, layout.language, layout.url, *layout.variants)
        assert all(one in words for one in (layout.name, *said, layout.expected.size))


@pytest.mark.slow
def test_dsf_corpus_list_needs_no_corpus() -> None:
    done = subprocess.run(
        [DSF, "corpus", "--list"], capture_output=True, text=True, check=True, env={"COLUMNS": "70"}
    )
    assert done.stdout == list_layouts(70) + "\n"
    assert done.stderr == ""
