"""TextGrids and Audacity labels: what Praat and Audacity write cuts recordings into utterances."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from deepspectrum_features import Corpus, Encoder, FeatureFile, extract
from deepspectrum_features.corpus.sources.textgrid import read_textgrid
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.testing import tone

DSF = Path(sys.executable).with_name("dsf")

#: As Praat 6.1 saves a TextGrid of two interval tiers and one of points, "as text file".
LONG = '''File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0 
xmax = 3.5 
tiers? <exists> 
size = 3 
item []: 
    item [1]:
        class = "IntervalTier" 
        name = "words" 
        xmin = 0 
        xmax = 3.5 
        intervals: size = 3 
        intervals [1]:
            xmin = 0 
            xmax = 1.25 
            text = "er sagte ""ja""" 
        intervals [2]:
            xmin = 1.25 
            xmax = 2 
            text = "" 
        intervals [3]:
            xmin = 2 
            xmax = 3.5 
            text = "grün 3.5 <x> ! no" 
    item [2]:
        class = "IntervalTier" 
        name = "mood" 
        xmin = 0 
        xmax = 3.5 
        intervals: size = 2 
        intervals [1]:
            xmin = 0 
            xmax = 1 
            text = "" 
        intervals [2]:
            xmin = 1 
            xmax = 3.5 
            text = "anger" 
    item [3]:
        class = "TextTier" 
        name = "bell" 
        xmin = 0 
        xmax = 3.5 
        points: size = 1 
        points [1]:
            number = 1.5 
            mark = "ding" 
'''  # noqa: W291
#: The same, "as short text file".
SHORT = '''File type = "ooTextFile"
Object class = "TextGrid"

0
3.5
<exists>
3
"IntervalTier"
"words"
0
3.5
3
0
1.25
"er sagte ""ja"""
1.25
2
""
2
3.5
"grün 3.5 <x> ! no"
"IntervalTier"
"mood"
0
3.5
2
0
1
""
1
3.5
"anger"
"TextTier"
"bell"
0
3.5
1
1.5
"ding"
'''
WORDS = [(0.0, 1.25, 'er sagte "ja"'), (2.0, 3.5, "grün 3.5 <x> ! no")]


def plant(folder: Path, *names: str, seconds: float = 4.0) -> Path:
    """Write recordings."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, tone(440, seconds), 16000)
    return folder


def told(corpus: Corpus) -> list[tuple[str, float, float | None, str]]:
    """Return what there is of each utterance."""
    return [(one.file, one.start, one.end, one.label) for one in corpus.utterances]


def renamed(**names: str) -> str:
    """Return the TextGrid with other names of its tiers."""
    text = LONG
    for old, new in names.items():
        text = text.replace(f'name = "{old}"', f'name = "{new}"')
    return text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("text", [LONG, SHORT], ids=["long", "short"])
def test_both_formats_in_all_encodings(
    tmp_path: Path, text: str, line_end: str, encoding: str
) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_bytes(text.replace("\n", line_end).encode(encoding))
    words, mood, bell = read_textgrid(path)
    assert (words.name, [tuple(one) for one in words.intervals]) == ("words", WORDS)
    assert (mood.name, [tuple(one) for one in mood.intervals]) == ("mood", [(1.0, 3.5, "anger")])
    assert (bell.name, bell.intervals, bell.points) == ("bell", (), 1)


def test_what_does_not_stand_free_only_explains(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    text = SHORT.replace(
        "0\n3.5\n<exists>", "! made 2026, 3 tiers <absent>\n0 (s) 3.5[4] 3.5 <exists>"
    )
    path.write_text(text)
    words, *_ = read_textgrid(path)
    assert [tuple(one) for one in words.intervals] == WORDS


def test_a_textgrid_cuts_the_recording_beside_it(tmp_path: Path) -> None:
    plant(tmp_path, "a.wav", "b.wav")
    (tmp_path / "a.TextGrid").write_text(LONG)
    path = tmp_path / "a.TextGrid"
    corpus = Corpus.read(path).scan()
    assert (corpus.root, corpus.name) == (tmp_path, "a")
    assert told(corpus) == [("a.wav", *one) for one in WORDS]
    assert corpus.notices == (
        f"{path}: stretches and labels are those of tier words, not used: mood, bell",
    )
    assert told(Corpus.read(tmp_path / "a.wav")) == [("a.wav", 0.0, None, "")]


def test_tiers_are_chosen_by_their_names(tmp_path: Path) -> None:
    plant(tmp_path, "a.wav")
    path = tmp_path / "a.TextGrid"
    for name in ("label", "Emotion"):
        path.write_text(renamed(mood=name))
        assert told(Corpus.read(path)) == [("a.wav", 1.0, 3.5, "anger")]
    path.write_text(renamed(mood="Speaker ID"))
    one, two = Corpus.read(path).utterances
    assert (one.label, one.speaker) == ('er sagte "ja"', "")  # its middle lies before 1 s
    assert (two.label, two.speaker) == ("grün 3.5 <x> ! no", "anger")
    path.write_text(LONG.replace('"words"', '"speaker"').replace('"anger"', '""'))
    assert [(one.label, one.speaker) for one in Corpus.read(path).utterances] == [
        ("", 'er sagte "ja"'),
        ("", "grün 3.5 <x> ! no"),
    ]
    path.write_text(renamed(mood="speaker").replace('"er sagte ""ja"""', '"NA"'))
    assert [one.label for one in Corpus.read(path).utterances] == ["", "grün 3.5 <x> ! no"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LONG[:700], "damaged or cut off, need a whole TextGrid"),
        (LONG.replace('"er sagte', "er sagte"), "damaged or cut off"),
        (LONG.replace("intervals: size = 3", "intervals: size = 4"), "damaged or cut off"),
        (LONG.replace("xmax = 1.25", "xmax = 1e999"), "damaged or cut off"),
        (LONG.replace('"TextGrid"', '"Pitch 1"'), "damaged or cut off"),
        ('File type = "ooTextFile"\n', "damaged or cut off"),
        ("ooBinaryFile\bTextGrid\0\0", "not a TextGrid in text, need one"),
        ('"Praat chronological TextGrid text file"\n0 1', "not a TextGrid in text"),
        ("", "not a TextGrid in text"),
        (LONG.replace("xmin = 0 ", "xmin = -1 "), "-1 to 1.25 s, need times of a recording"),
        (LONG.replace("xmax = 1.25", "xmax = 0"), "0 to 0 s, need times of a recording"),
        (LONG.replace("<exists>", "<absent>"), "no stretch of time with a text, need some"),
    ],
)
def test_what_is_wrong_with_a_textgrid_is_said(tmp_path: Path, text: str, message: str) -> None:
    plant(tmp_path, "a.wav")
    (tmp_path / "a.TextGrid").write_text(text)
    with pytest.raises(CorpusError, match=message) as caught:
        Corpus.read(tmp_path / "a.TextGrid")
    assert str(caught.value).startswith(f"{tmp_path / 'a.TextGrid'}: ")


def test_an_annotation_needs_one_recording_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "grids" / "a.TextGrid"
    path.parent.mkdir()
    path.write_text(LONG)
    plant(tmp_path, "sound/a.wav")
    with pytest.raises(
        CorpusError, match=r": a TextGrid, with 0 recordings named a in .*grids, need"
    ):
        Corpus.read(path)
    assert len(Corpus.read(path, root=tmp_path / "sound").utterances) == 2
    plant(tmp_path, "sound/a.flac")
    with pytest.raises(CorpusError, match=r"2 recordings named a in .*sound, need one"):
        Corpus.read(path, root=tmp_path / "sound")
    with pytest.raises(CorpusError, match="--layout needs a folder or a recording"):
        Corpus.read(path, layout="nemo")


#: As Audacity 3 exports labels: a region, one with frequencies, a point, one without a text.
AUDACITY = (
    "0.500000\t1.250000\tjoy\n1.5\t2.0\tanger\n\\\t2000.000000\t3000.5\n2.5\t2.5\tbell\n3\t4\t\n"
)
REGIONS = [(0.5, 1.25, "joy"), (1.5, 2.0, "anger"), (3.0, 4.0, "")]


@pytest.mark.parametrize(
    "text",
    [AUDACITY, AUDACITY.replace("\n", "\r\n"), AUDACITY.replace(".", ","), f"\ufeff{AUDACITY}"],
    ids=["plain", "windows", "decimal commas", "mark"],
)
def test_audacity_labels_cut_the_recording_beside_them(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "a.wav")
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode())
    corpus = Corpus.read(path)
    assert told(corpus) == [("a.wav", *one) for one in REGIONS]
    assert corpus.notices == (f"{path}: 1 label at points in time left out",)


def test_regions_may_overlap(tmp_path: Path) -> None:
    plant(tmp_path, "a.wav")
    (tmp_path / "a.txt").write_text("0\t4\tall\n1\t2\tpart\n")
    assert told(Corpus.read(tmp_path / "a.txt")) == [
        ("a.wav", 0, 4, "all"),
        ("a.wav", 1, 2, "part"),
    ]


def test_points_alone_give_nothing(tmp_path: Path) -> None:
    plant(tmp_path, "a.wav")
    (tmp_path / "a.txt").write_text("1\t1\tding\n2\t2\tdong\n")
    with pytest.raises(CorpusError, match="no stretch of time with a text, need some"):
        Corpus.read(tmp_path / "a.txt")


@pytest.mark.parametrize(
    "text",
    [
        "he said yes\n",  # a transcript
        "0.01\t120.5\t0.9\n0.02\t121.5\t0.8\n",  # time, pitch and strength
        "0.5\t0.1\tback\n",
        "0.5\t1.0\n",
        "",
        "file\tlabel\na.wav\tjoy\n",
    ],
)
def test_other_texts_beside_recordings_do_not_cut_them(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "a.wav")
    (tmp_path / "a.txt").write_text(text)
    assert told(Corpus.read(tmp_path)) == [("a.wav", 0.0, None, "")]
    (tmp_path / "a.txt").write_bytes(b"\xe9t\xe9")
    assert told(Corpus.read(tmp_path)) == [("a.wav", 0.0, None, "")]


def test_in_a_folder_all_recordings_with_an_annotation_are_cut(tmp_path: Path) -> None:
    plant(tmp_path, "a.wav", "deep/b.wav", "c.wav", "d.wav")
    (tmp_path / "a.TextGrid").write_text(renamed(mood="label"))
    (tmp_path / "deep/b.txt").write_text(AUDACITY)
    (tmp_path / "d.TextGrid").write_text(LONG[:700])
    corpus = Corpus.read(tmp_path).scan()
    assert told(corpus) == [
        ("a.wav", 1.0, 3.5, "anger"),
        ("c.wav", 0.0, None, ""),
        *(("deep/b.wav", *one) for one in REGIONS),
    ]
    (refused,) = corpus.refused
    assert (refused.file, refused.stage) == ("d.wav", "corpus")
    assert refused.reason == f"{tmp_path / 'd.TextGrid'}: damaged or cut off, need a whole TextGrid"
    assert corpus.notices == (
        "4 stretches of 2 recordings, as TextGrids and Audacity labels beside them say (to take "
        "recordings whole, list them in a corpus.csv)",
        "stretches and labels are those of tier label, not used: words, bell (in 1 file)",
        "1 label at points in time left out (in 1 file)",
    )


def test_what_else_tells_labels_goes_before_annotations(tmp_path: Path) -> None:
    plant(tmp_path, "calm/a.wav")
    (tmp_path / "calm/a.TextGrid").write_text(LONG)
    found = Corpus.read(tmp_path, labels_from="parent-folder")
    assert told(found) == [("calm/a.wav", 0.0, None, "calm")]
    (tmp_path / "corpus.csv").write_text("file,label\ncalm/a.wav,joy\n")
    assert told(Corpus.read(tmp_path)) == [("calm/a.wav", 0.0, None, "joy")]


@pytest.mark.slow
def test_an_annotation_is_extracted(tmp_path: Path, encoder: Encoder) -> None:
    plant(tmp_path, "a.wav")
    (tmp_path / "a.TextGrid").write_bytes(renamed(mood="label").encode("utf-16"))
    done = subprocess.run(
        [DSF, "extract", tmp_path / "a.TextGrid", tmp_path / "a.h5", "--encoder", encoder.path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "tier label, not used: words, bell" in done.stderr
    found = FeatureFile.open(tmp_path / "a.h5")
    assert (found.file, found.label) == (["a.wav"], ["anger"])
    assert (found.start[0], found.end[0]) == (1.0, 3.5)
    (tmp_path / "m.csv").write_text("file,start,end\na.wav,1,3.5\n")
    extract(tmp_path / "m.csv", tmp_path / "m.h5", encoder=encoder)
    listed, whole = (FeatureFile.open(tmp_path / name) for name in ("m.h5", "a.h5"))
    assert (listed.features[:] == whole.features[:]).all()


def test_an_utterance_has_no_other_facts(tmp_path: Path) -> None:
    plant(tmp_path, "a.wav")
    (tmp_path / "a.txt").write_text("1\t2\tjoy\n")
    assert Corpus.read(tmp_path).utterances == (Utterance("a.wav", 1.0, 2.0, "joy"),)
