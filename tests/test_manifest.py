"""Tables of utterances: what people's programs write is read, what is wrong is told at once."""

from __future__ import annotations

import csv
import os
import re
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepspectrum_features.corpus.numbers import BLANK
from deepspectrum_features.corpus.sources.manifest import read_manifest
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError


def read(folder: Path, content: str | bytes) -> list[Utterance]:
    table = folder / "list.csv"
    table.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_manifest(table, folder)[0]


ROWS = [
    Utterance("a.wav", 0.5, 1.25, "calm", "s1", "train"),
    Utterance("b/c d.wav", 0.0, None, "", "s2", ""),
]
LINES = ["file,start,end,label,speaker,split", "a.wav,0.5,1.25,calm,s1,train", "b/c d.wav,,,,s2,"]


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
def test_separators_line_ends_and_byte_order_marks(
    tmp_path: Path, separator: str, line_end: str, mark: bytes
) -> None:
    text = line_end.join(LINES).replace(",", separator) + line_end
    assert read(tmp_path, mark + text.encode()) == ROWS


def test_columns_in_any_order_and_case_around_blank_lines(tmp_path: Path) -> None:
    text = "\n Label , FILE,start\n\ncalm, a.wav ,\n,,\nangry,b.wav, 1.5"
    expected = [Utterance("a.wav", label="calm"), Utterance("b.wav", 1.5, label="angry")]
    assert read(tmp_path, text) == expected


def test_quoted_newlines_commas_and_quotes_in_names(tmp_path: Path) -> None:
    text = 'file,label\n"a\nb.wav",calm\n"c,d.wav","so ""calm"""\n'
    expected = [Utterance("a\nb.wav", label="calm"), Utterance("c,d.wav", label='so "calm"')]
    assert read(tmp_path, text) == expected


def plain(text: str) -> bool:
    """Say whether a text is not a number with a decimal comma, which becomes a point."""
    return not re.fullmatch(r"[+-]?\d+,\d+", text, re.ASCII)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\\0"), min_size=1, max_size=12
).filter(lambda name: name == name.strip() and name not in (".", "..") and plain(name))
TIMES = st.floats(0, 1e5, allow_subnormal=False)
TEXTS = (
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
    .map(str.strip)
    .filter(lambda text: not text or (text not in BLANK and plain(text)))
)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(
        st.builds(
            lambda file, start, length, label, speaker, split: Utterance(
                file, start, None if length is None else start + length, label, speaker, split
            ),
            st.lists(NAMES, min_size=1, max_size=3).map("/".join),
            TIMES,
            st.none() | st.floats(0.01, 1e5),
            TEXTS,
            TEXTS,
            st.sampled_from(["", "train", "dev", "test"]),
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda one: (unicodedata.normalize("NFC", one.file), round(one.start, 3)),
    ),
    separator=st.sampled_from(",\t;"),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Utterance], separator: str
) -> None:
    table = tmp_path_factory.getbasetemp() / "round-trip.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=separator)
        writer.writerow(LINES[0].split(","))
        for one in rows:
            end = "" if one.end is None else repr(one.end)
            row = (one.file, repr(one.start), end, one.label, one.speaker, one.split)
            writer.writerow(row)
    assert read_manifest(table, table.parent) == (rows, [])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0 days 00:00:01.5", 1.5),
        ("0 days 00:01:02.250000000", 62.25),
        ("1 days 01:00:00", 90000.0),
        ("2 days 00:00:00.001", 172800.001),
        ("00:00:07", 7.0),
        ("1e-3", 0.001),
        ("7", 7.0),
    ],
)
def test_times_in_seconds_or_by_the_clock(tmp_path: Path, text: str, seconds: float) -> None:
    (one,) = read(tmp_path, f"file,start\na.wav,{text}\n")
    assert one.start == pytest.approx(seconds, abs=1e-12)


@pytest.mark.parametrize(
    "text",
    ["1_0", "\u0661", "\u0661:00:00", "0 days 00:00:0\u0661", "0x10", "1e400", "9" * 400 + " days"],
    ids=["underscore", "arabic", "arabic clock", "arabic days", "hex", "infinite", "endless"],
)
def test_what_only_python_takes_for_a_number_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CorpusError, match=rf"line 2: start '{text}', need seconds$"):
        read(tmp_path, f"file,start\na.wav,{text}\n")


@pytest.mark.parametrize("cell", ["NaT", "", "nan", "NaN"])
def test_end_without_a_time_is_the_end_of_the_file(tmp_path: Path, cell: str) -> None:
    (one,) = read(tmp_path, f"file,start,end\na.wav,0 days 00:00:01,{cell}\n")
    assert (one.start, one.end) == (1.0, None)


@pytest.mark.parametrize(
    ("starts", "ends"),
    [([0.5, 1.25], [1.0, None]), ([0.0, 0.0], [1.5, 2.0]), ([0.0, 0.0], [None, None])],
    ids=["cuts", "from the start", "whole files"],
)
def test_audformat_tables_as_pandas_saves_them(
    tmp_path: Path, starts: list[float], ends: list[float | None]
) -> None:
    frame = pd.DataFrame(
        {
            "file": ["a.wav", "b.wav"],
            "start": pd.to_timedelta(starts, unit="s"),
            "end": pd.to_timedelta(ends, unit="s"),
            "emotion": ["calm", "angry"],
        }
    ).set_index(["file", "start", "end"])
    expected = [
        Utterance(file, start, end, label)
        for file, start, end, label in zip(
            ["a.wav", "b.wav"], starts, ends, ["calm", "angry"], strict=True
        )
    ]
    assert read(tmp_path, frame.to_csv()) == expected


def test_aliases_stand_in_where_the_name_itself_is_missing(tmp_path: Path) -> None:
    (one,) = read(tmp_path, "file,emotion,speaker_id\na.wav,calm,s1\n")
    assert (one.label, one.speaker) == ("calm", "s1")
    table = tmp_path / "list.csv"
    table.write_text("file,emotion,label\na.wav,angry,calm\n")
    (one,), notices = read_manifest(table, tmp_path)
    assert one.label == "calm"
    assert notices == [f"{table}: columns not used: emotion"]


SPANS = [("a.wav", 0.0, 1.0), ("a.wav", 1.0, 2.5), ("b.wav", 2.0, None)]


@pytest.mark.parametrize(
    "text",
    [
        "file,start,end\na.wav,0,1\na.wav,1,2.5\nb.wav,2,\n",
        "file,start,stop\na.wav,0,1\na.wav,1,2.5\nb.wav,2,NA\n",
        "file,start_time,end_time\na.wav,0,1\na.wav,1,2.5\nb.wav,2,\n",
        "file,StartTime,EndTime\na.wav,0,1\na.wav,1,2.5\nb.wav,2,\n",
        "File,Start (s),End (s)\na.wav,0,1\na.wav,1,2.5\nb.wav,2,\n",
        "file,begin-time,stop_sec\na.wav,0,1\na.wav,1,2.5\nb.wav,2,\n",
        "file,xmin,xmax\na.wav,0,1\na.wav,1,2.5\nb.wav,2,\n",
        "file,onset,offset\na.wav,0,1\na.wav,1,2.5\nb.wav,2,\n",
        "file,start,duration\na.wav,0,1\na.wav,1,1.5\nb.wav,2,\n",
        "file,onset,dur\na.wav,0,0 days 00:00:01\na.wav,1,0 days 00:00:01.5\nb.wav,2,NaT\n",
        "file,offset,duration\na.wav,0,1\na.wav,1,1.5\nb.wav,2,\n",
        "duration (s);file;start\r\n1;a.wav;0\r\n1,5;a.wav;1,0\r\n;b.wav;2\r\n",
        "file,length,start,offset\na.wav,1,0,7\na.wav,1.5,1,7\nb.wav,,2,7\n",
    ],
)
def test_starts_ends_and_durations_by_the_names_that_programs_give(
    tmp_path: Path, text: str
) -> None:
    assert [(one.file, one.start, one.end) for one in read(tmp_path, text)] == SPANS


def test_a_duration_without_a_start_or_beside_an_end_is_a_number(tmp_path: Path) -> None:
    for text in ("file,duration\na.wav,3.2\n", "file,start,end,duration\na.wav,0,,3.2\n"):
        (one,) = read(tmp_path, text)
        assert (one.end, one.targets) == (None, (("duration", 3.2),))


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("start_ms,end_ms", "start_ms, end_ms"),
        ("start,end_ms", "end_ms"),
        ("start,duration_samples", "duration_samples"),
        ("Begin Time - ss.msec,stop", "Begin Time - ss.msec"),
        ("start_frame,end", "start_frame"),
    ],
)
def test_times_in_other_units_alone_are_refused(tmp_path: Path, header: str, named: str) -> None:
    with pytest.raises(CorpusError, match=rf": {named}: not in seconds, need columns start"):
        read(tmp_path, f"file,{header}\na.wav,0,1\n")


@pytest.mark.parametrize("name", ["finish", "to", "segment_end", "Utterance Length", "turn-dur"])
def test_an_end_of_another_name_is_not_passed_over(tmp_path: Path, name: str) -> None:
    with pytest.raises(CorpusError, match=f": {name}: beside Start, need a column end or duration"):
        read(tmp_path, f"file,Start,{name}\na.wav,0.5,1\n")
    (one,) = read(tmp_path, f"file,start,{name},end\na.wav,0.5,1,\n")
    assert (one.start, one.end) == (0.5, None)


def test_other_units_beside_seconds_are_numbers(tmp_path: Path) -> None:
    (one,) = read(tmp_path, "file,start,end,start_ms,frames\na.wav,0.5,1,500,50\n")
    assert (one.start, one.end) == (0.5, 1.0)
    assert one.targets == (("start_ms", 500.0), ("frames", 50.0))


NOTHING = "NA N/A n/a #N/A #NA #NV <NA> NaN nan NAN -NaN NaT None NONE NULL Null null -".split()


@pytest.mark.parametrize("word", [*NOTHING, *(f'"{word}"' for word in NOTHING[:2])])
def test_words_for_nothing_are_blanks(tmp_path: Path, word: str) -> None:
    table = tmp_path / "list.csv"
    rows = f"a.wav,calm,s1,0,1,1,2.5\nb.wav,{','.join([word] * 6)}\n"
    table.write_text(f"file,label,speaker,start,end,channel,mos\n{rows}")
    utterances, notices = read_manifest(table, tmp_path)
    first = Utterance("a.wav", 0.0, 1.0, "calm", "s1", channel=1, targets=(("mos", 2.5),))
    assert utterances == [first, Utterance("b.wav")]
    numbers = ", start 1, end 1, channel 1, mos 1"
    if word in ("NaN", "nan", "NaT"):  # what pandas writes where numbers lack
        numbers = ""
    bare = word.strip('"')
    assert notices == [
        f"{table}: numbers read: mos",
        f"{table}: cells read as empty: label 1, speaker 1{numbers} ({bare})",
    ]


def test_what_only_looks_like_nothing_is_a_class(tmp_path: Path) -> None:
    words = ["none", "na", "no", "nothing", "0", "Nan", "--"]
    rows = "".join(f"{row}.wav,{word}\n" for row, word in enumerate(words))
    assert [one.label for one in read(tmp_path, f"file,label\n{rows}")] == words


def test_a_recording_may_be_called_nothing(tmp_path: Path) -> None:
    assert [one.file for one in read(tmp_path, "file\nNA\n-\n")] == ["NA", "-"]


def test_decimal_commas_stand_where_commas_do_not_separate(tmp_path: Path) -> None:
    text = "file;start;end;label;mos\na.wav;0,5;1,25;x,y;-3,5\n"
    for cells in (text, text.replace(";", "\t")):
        (one,) = read(tmp_path, cells)
        assert one == Utterance("a.wav", 0.5, 1.25, "x,y", targets=(("mos", -3.5),))
    with pytest.raises(CorpusError, match="start '0,5', need seconds"):
        read(tmp_path, 'file,start\na.wav,"0,5"\n')
    (one,) = read(tmp_path, 'file,label\na.wav,"1,5"\n')
    assert one.label == "1,5"


@pytest.mark.parametrize("told", ["sep=;\n", "\ufeffSEP=;\r\n", '"sep=;"\n', "sep=;;;\n"])
def test_a_line_may_say_what_separates(tmp_path: Path, told: str) -> None:
    (one,) = read(tmp_path, f"{told}file;a,b,c,d;label\na.wav;x;calm\n")
    assert one == Utterance("a.wav", label="calm")
    with pytest.raises(CorpusError, match="line 3: start 'x', need seconds"):
        read(tmp_path, f"{told}file;start\na.wav;x\n")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_tables_in_utf_16_with_a_mark(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    text = f"{mark}file\tlabel\r\ngrün.wav\tcalm\r\n"
    assert read(tmp_path, text.encode(encoding)) == [Utterance("grün.wav", label="calm")]


def test_unknown_columns_are_noticed_with_a_near_miss(tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text("file,date,speeker\na.wav,3 May,s1\n")
    _, notices = read_manifest(table, tmp_path)
    assert notices == [f"{table}: columns not used: date, speeker (did you mean 'speaker'?)"]


def test_columns_without_a_name_are_noticed_if_they_hold_anything(tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text(',file,,\n"1",a.wav,, \n"2",b.wav\n')
    assert read_manifest(table, tmp_path)[1] == [f"{table}: columns not used: (no name)"]


def test_each_path_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []
    relpath = os.path.relpath
    monkeypatch.setattr(os.path, "relpath", lambda *where: looked.append(where) or relpath(*where))
    read(tmp_path, "file,start,end\n" + "".join(f"a.wav,{at},{at + 1}\n" for at in range(9)))
    assert len(looked) == 1


def test_paths_are_made_relative_to_the_root(tmp_path: Path) -> None:
    text = f"file\n./a.wav\nb/../c.wav\n{tmp_path}/d/e.wav\nf\\g.wav\n..h.wav\n"
    files = [one.file for one in read(tmp_path, text)]
    assert files == ["a.wav", "c.wav", "d/e.wav", "f/g.wav", "..h.wav"]


def test_spaces_around_a_name_are_kept_where_such_a_file_exists(tmp_path: Path) -> None:
    for name in (" a.wav", "b.wav", "c.wav\t"):
        (tmp_path / name).touch()
    cells = [" a.wav", " b.wav", '"c.wav\t"', " d.wav ", " label "]
    found = read(tmp_path, "file,label\n" + "".join(f"{cell}, calm \n" for cell in cells))
    assert [one.file for one in found] == [" a.wav", "b.wav", "c.wav\t", "d.wav", "label"]
    assert {one.label for one in found} == {"calm"}


def test_names_that_no_file_can_have_do_not_end_the_reading(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    for loop in (tmp_path / "loop", root / "loop"):
        loop.symlink_to(loop)
    endless = "b\\" + "a" * 300
    found = read(root, f"file\n{endless}\nloop/a.wav\n")
    assert [one.file for one in found] == ["b/" + "a" * 300, "loop/a.wav"]
    with pytest.raises(CorpusError, match=r"\.\./loop/a\.wav lies outside"):
        read(root, "file\n../loop/a.wav\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('"pa\nth",label\na.wav,calm\n', r"columns pa\\nth, label, need"),
        ('"fil\ne"\na.wav\n', r"columns fil\\ne, need .* \(did you mean 'fil\\ne'\?\)"),
        ('file\n"a\r\nb"\n"a\r\nb"\n', r"a\\r\\nb listed 2 times"),
        ('file\n"../a\nb"\n', r"line 3: \.\./a\\nb lies outside"),
    ],
)
def test_messages_stay_on_one_line(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message) as caught:
        read(tmp_path, content)
    assert len(str(caught.value).splitlines()) == 1


def test_notices_stay_on_one_line(tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text('file,"da\nte"\na.wav,3 May\n')
    assert read_manifest(table, tmp_path)[1] == [f"{table}: columns not used: da\\nte"]


def test_root_may_be_named_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real", target_is_directory=True)
    for root, named in ((link, "link"), (link, "real"), (tmp_path / "real", "link")):
        table = tmp_path / "list.csv"
        table.write_text(f"file\n{tmp_path / named / 'a.wav'}\n")
        assert read_manifest(table, root)[0] == [Utterance("a.wav")]


@pytest.mark.parametrize(
    "where", ["/nowhere/emo/", "C:\\\\corpora\\\\emo\\\\", "C:/corpora/", "//server/emo/"]
)
def test_absolute_paths_of_another_machine_are_found_by_their_ends(
    tmp_path: Path, where: str
) -> None:
    root = tmp_path / "emo"
    for file in ("a.wav", "b/a.wav"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    table = root / "list.csv"
    divide = "\\" if "\\" in where else "/"
    table.write_text(f"file\n{where}a.wav\n{where}b{divide}a.wav\n")
    utterances, notices = read_manifest(table, root)
    assert utterances == [Utterance("a.wav"), Utterance("b/a.wav")]
    assert notices == [
        f"{table}: found by the end of the path: 2 files ({where}a.wav is a.wav), in {root}"
    ]
    table.write_text(f"file\n{where}a.wav\na.wav\n")
    with pytest.raises(CorpusError, match=r"a\.wav listed 2 times"):
        read_manifest(table, root)


def test_names_are_found_as_windows_and_macos_spell_them(tmp_path: Path) -> None:
    files = ["anna/a01.wav", unicodedata.normalize("NFD", "anna/grün.wav"), "Straße/B.WAV"]
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    table = tmp_path / "list.csv"
    table.write_text("file\nAnna\\A01.WAV\nanna/GRÜN.wav\nstrasse/b.wav\nD:\\emo\\gone\\x.wav\n")
    utterances, notices = read_manifest(table, tmp_path, inside=True)
    assert [one.file for one in utterances] == [*files, "D:/emo/gone/x.wav"]
    assert notices == [
        f"{table}: found under another spelling: 3 files (Anna/A01.WAV is anna/a01.wav), "
        f"in {tmp_path}"
    ]
    table.write_text("file\nanna/a01.wav\nANNA/A01.wav\n")
    with pytest.raises(CorpusError, match=r"anna/a01\.wav listed 2 times"):
        read_manifest(table, tmp_path)


def test_names_that_differ_in_case_alone_are_never_confused(tmp_path: Path) -> None:
    for file in ("a.wav", "A.wav", "b/x.wav", "B/y.wav"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    if len(list(tmp_path.iterdir())) < 4:
        pytest.skip("a file system that tells them not apart")
    text = "file\na.wav\nA.wav\na.WAV\nb/x.wav\nb/y.wav\nb/X.wav\n"
    found = [one.file for one in read(tmp_path, text.removesuffix("b/X.wav\n"))]
    assert found == ["a.wav", "A.wav", "a.WAV", "b/x.wav", "b/y.wav"]
    with pytest.raises(CorpusError, match=r"b/x\.wav listed 2 times"):
        read(tmp_path, text)
    found = [one.file for one in read(tmp_path, "file\nb/X.wav\nB/Y.wav\n")]
    assert found == ["b/x.wav", "B/y.wav"]


def test_absolute_paths_that_are_there_are_not_found_elsewhere(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.wav").touch()
    with pytest.raises(CorpusError, match=r"one/a\.wav lies outside .*two, need a path inside"):
        read(tmp_path / "two", f"file\n{tmp_path}/one/a.wav\n")


@pytest.mark.parametrize("file", ["../a.wav", "b/../../a.wav", "/elsewhere/a.wav", ".."])
def test_paths_outside_the_root_are_refused(tmp_path: Path, file: str) -> None:
    message = rf"line 2: {re.escape(file)} lies outside {re.escape(str(tmp_path))}, .*--root"
    with pytest.raises(CorpusError, match=message):
        read(tmp_path, f"file\n{file}\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "empty, need a header line with a column named file"),
        ("\n\n", "empty, need a header line"),
        ("file\n", "no rows, need at least one file"),
        (
            "path,label\na.wav,calm\n",
            "columns path, label, need one named file \\(label and speaker name",
        ),
        ("files,label\na.wav,calm\n", r"need one named file \(did you mean 'files'\?\)$"),
        ("file,label\n,calm\n", "line 2: no file"),
        ("file,start,end\na.wav,2,1\n", "line 2: end 1 s is not after start 2 s"),
        ("file,start,end\na.wav,2,2\n", "line 2: end 2 s is not after start 2 s"),
        ("file,start\na.wav,-0.5\n", "line 2: start -0.5 s, need 0 or later"),
        ("file,start\na.wav,-1 days +23:59:59\n", "line 2: start -1 s, need 0 or later"),
        ("file,start\na.wav,soon\n", "line 2: start 'soon', need seconds"),
        ("file,end\na.wav,inf\n", "line 2: end 'inf', need seconds"),
        ("file,start,duration\na.wav,1,0\n", "line 2: duration 0 s, need more than 0"),
        ("file,start,dur\na.wav,1,long\n", "line 2: duration 'long', need seconds"),
        ("file,split\na.wav,eval\n", "line 2: split 'eval', need train, dev or test"),
        ("file\na.wav\nb.wav\na.wav\n./a.wav\n", r"a\.wav listed 3 times"),
        ("file\na\0b.wav\n", "line 2: .*need"),
        (b"file\n\xe9.wav\n", "line 2, byte 5 is not UTF-8, need UTF-8 text"),
        ('file\n"a.wav\n', "cannot be read"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(CorpusError, match=message) as caught:
        read(tmp_path, content)
    assert str(caught.value).startswith(f"{tmp_path / 'list.csv'}: ")


def test_same_recording_at_other_times_is_no_duplicate(tmp_path: Path) -> None:
    assert len(read(tmp_path, "file,start,end\na.wav,0,1\na.wav,0,2\na.wav,1,2\na.wav,,\n")) == 4


def test_rows_that_would_join_as_one_are_duplicates(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="listed 2 times"):
        read(tmp_path, "file,start\na.wav,0.3333333\na.wav,0.33333334\n")
    with pytest.raises(CorpusError, match="listed 2 times"):
        read(tmp_path, "file,channel\na.wav,2\na.wav,02\n")


def test_names_that_differ_in_normalisation_are_two_files(tmp_path: Path) -> None:
    assert len(read(tmp_path, "file\ngr\u00fcn.wav\ngru\u0308n.wav\n")) == 2


def test_all_problems_are_told_at_once_with_the_right_lines(tmp_path: Path) -> None:
    lines = [
        "file,start,end,split",  # 1
        '"two\nlines.wav",0,1,train',  # 2 and 3
        "",  # 4
        "a.wav,-1,1,train",  # 5
        "b.wav,0,1,dev",  # 6
        "c.wav,x,1,night",  # 7, twice wrong
        "d.wav,0,1,dev",  # 8
        "d.wav,0,1,dev",  # 9
    ]
    with pytest.raises(CorpusError, match="line 5") as caught:
        read(tmp_path, "\n".join(lines))
    assert str(caught.value) == (
        f"{tmp_path / 'list.csv'}: line 5: start -1 s, need 0 or later; "
        "line 7: start 'x', need seconds; line 7: split 'night', need train, dev or test; "
        "d.wav listed 2 times"
    )


def test_many_problems_are_counted(tmp_path: Path) -> None:
    rows = "".join(f"{number}.wav,-1\n" for number in range(12))
    with pytest.raises(CorpusError, match=r"line 2: .*line 6: [^;]*; and 7 more$"):
        read(tmp_path, "file,start\n" + rows)
