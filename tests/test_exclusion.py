"""A table of what to leave out: what its lines name, and that nothing else goes."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from deepspectrum_features import Corpus, Encoder, FeatureFile, extract
from deepspectrum_features.corpus.exclusion import excluded_rows
from deepspectrum_features.corpus.selection import without
from deepspectrum_features.corpus.utterance import Stretch
from deepspectrum_features.errors import CorpusError

DSF = Path(sys.executable).with_name("dsf")
ROWS: list[Stretch] = [
    ("talk.wav", 0.0, 2.5, 0),
    ("talk.wav", 2.5, 5.0, 0),
    ("call.wav", 0.0, 4.0, 1),
    ("call.wav", 0.0, 4.0, 2),
    ("call.wav", 4.0, 9.0, 2),
    ("solo.wav", 0.0, None, 0),
]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("file\ntalk.wav", {0, 1}),
        ("file\nsolo.wav\ntalk.wav", {0, 1, 5}),
        ("file,start,end\ntalk.wav,2.5,5", {1}),
        ("file,start,end\ntalk.wav,0,2.5000001", {0}),
        ("file,start\ntalk.wav,2.5", {1}),
        ("file,start,end\ncall.wav,0,4", {2, 3}),
        ("file,start,end,channel\ncall.wav,0,4,2", {3}),
        ("file,channel,why\ncall.wav,2,noise", {3, 4}),
    ],
)
def test_a_line_names_what_agrees_with_it(tmp_path: Path, text: str, rows: set[int]) -> None:
    (tmp_path / "wrong.csv").write_text(text)
    for order in itertools.islice(itertools.permutations(range(len(ROWS))), 0, 720, 97):
        found = excluded_rows(tmp_path / "wrong.csv", [ROWS[row] for row in order])
        assert {order[row] for row in found} == rows


def test_a_path_of_another_place_names_what_it_ends_in(tmp_path: Path) -> None:
    table = tmp_path / "wrong.csv"
    table.write_text("file,start,end\n/data/talks/talk.wav,2.5,5\nC:\\calls\\call.wav,4,9\n")
    assert excluded_rows(table, ROWS) == {1, 4}
    table.write_text("file\n/one/solo.wav\n/two/solo.wav\n")
    with pytest.raises(CorpusError, match=r"/one/solo.wav and /two/solo.wav both end in solo.wav"):
        excluded_rows(table, ROWS)


def test_an_absolute_path_below_the_root_names_the_file_that_lies_there(tmp_path: Path) -> None:
    table = tmp_path / "wrong.csv"
    rows = [(file, 0.0, None, 0) for file in ("emo/solo.wav", "solo.wav")]
    table.write_text(f"file\n{tmp_path}/emo/solo.wav\n")
    assert excluded_rows(table, rows) == {0}
    assert excluded_rows(table, rows, tmp_path / "emo") == {1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file\ntalk.wave", r"1 line .* talk\.wave \(did you mean 'talk\.wav'\?\)"),
        ("file\nx.ogg\nsolo.wav\ny.ogg", r"2 lines .* x\.ogg$"),
        ("file,start,end\nsolo.wav,0,3", r"solo\.wav \[0-3 s\] \(did you mean 'solo\.wav'\?\)"),
        ("file,start,end\ntalk.wav,0,3", r"\(did you mean 'talk\.wav \[0-2\.5 s\]'\?\)"),
        ("file,channel\ntalk.wav,1", r"talk\.wav \[channel 1\] \(did"),
    ],
)
def test_a_line_that_names_nothing_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "wrong.csv").write_text(text)
    with pytest.raises(CorpusError, match=said):
        excluded_rows(tmp_path / "wrong.csv", ROWS)


def test_what_is_left_out_is_neither_a_row_nor_refused(
    folder: Path, tmp_path: Path, encoder: Encoder
) -> None:
    (folder / "talk.m4a").touch()
    (folder / "corpus.csv").unlink()
    (tmp_path / "wrong.csv").write_text("file\nspk1_low_1.wav\ntalk.m4a\n")
    corpus = Corpus.read(folder, exclude=tmp_path / "wrong.csv")
    assert corpus.notices == (f"2 utterances left out by {tmp_path / 'wrong.csv'}",)
    assert (len(corpus.utterances), corpus.refused) == (7, ())
    extract(corpus, tmp_path / "out.h5", encoder=encoder)
    found = FeatureFile.open(tmp_path / "out.h5")
    assert (len(found.file), found.refused) == (7, [])
    assert "spk1_low_1.wav" not in found.file
    (tmp_path / "all.csv").write_text("\n".join(["file", *found.file]))
    with pytest.raises(CorpusError, match="leaves nothing"):
        without(corpus, tmp_path / "all.csv")


@pytest.mark.slow
def test_the_commands_that_read_a_corpus_leave_out(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.csv").write_text("file\nspk1_low_1.wav\n")
    for command in (["corpus", folder], ["extract", folder, tmp_path / "out.h5"]):
        done = subprocess.run(
            [DSF, *map(str, command), "--exclude", tmp_path / "wrong.csv"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "1 utterance left out by" in done.stderr
    assert len(FeatureFile.open(tmp_path / "out.h5").file) == 7
