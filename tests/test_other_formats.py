"""Files that are neither sound nor a manifest are called what they are, with the way to a CSV."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from deepspectrum_features import Corpus
from deepspectrum_features.baselines.label_table import LabelTable
from deepspectrum_features.errors import CorpusError

EXCEL = b"PK\3\4" + bytes(99)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("list.xlsx", EXCEL, "an Excel workbook"),
        ("LIST.XLSX", EXCEL, "an Excel workbook"),
        ("list.csv", EXCEL, "an Excel workbook"),
        ("list.txt", b"\xd0\xcf\x11\xe0\xa1\xb1", "an Excel workbook"),
        ("list.ods", EXCEL, "an OpenDocument spreadsheet"),
        ("list.parquet", b"PAR1", "a Parquet table"),
        ("list.tsv", b"PAR1\x15\x04", "a Parquet table"),
        ("list.pkl", b"\x80\4\x95", "a Python pickle"),
        ("m.json", b'[{"file": "a.wav"}]', "JSON"),
        ("m.jsonl", b'{"audio_filepath":"a.wav"}\n', "JSON lines"),
        ("m.yaml", b"- file: a.wav\n", "YAML"),
        ("features.h5", b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        ("wav.scp", b"u1 a.wav\n", "a Kaldi list"),
        ("segments", b"u1-1 u1 0.0 1.5\n", "a Kaldi list"),
        ("utt2spk", b"u1 s1\n", "a Kaldi list"),
        ("talk.eaf", b"<?xml", "an ELAN file"),
        ("talk.srt", b"1\n00:00:01,000 --> 00:00:02,000\nyes\n", "subtitles"),
    ],
)
def test_a_list_in_another_form_is_called_what_it_is(
    tmp_path: Path, name: str, content: bytes, kind: str
) -> None:
    (tmp_path / name).write_bytes(content)
    message = rf"{name}: {kind}, need a CSV file with a column named file \(.+\)$"
    with pytest.raises(CorpusError, match=message):
        Corpus.read(tmp_path / name)
    with pytest.raises(CorpusError, match=message):
        LabelTable.read(tmp_path / name, need_labels=True, say=print)
    (tmp_path / "a.wav").touch()
    with pytest.raises(CorpusError, match=message):
        Corpus.read(tmp_path / "a.wav", exclude=tmp_path / name)


def test_the_command_that_is_told_makes_a_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"file": ["a.wav", "b, c.wav"], "label": ["calm", None]})
    frame.to_pickle("my list.pkl")
    frame.to_json("list.json", orient="records")
    frame.to_json("lines.jsonl", orient="records", lines=True)
    frame.set_index("file").to_parquet("of-files.parquet")
    for name in ("my list.pkl", "list.json", "lines.jsonl", "of-files.parquet"):
        with pytest.raises(CorpusError) as caught:
            Corpus.read(name)
        command = re.search(r"\(in Python: (pandas\..+)\)$", str(caught.value))
        assert command is not None
        eval(command[1], {"pandas": pd})
        found = Corpus.read(Path(name).with_suffix(".csv"))
        assert [(one.file, one.label) for one in found.utterances] == [
            ("a.wav", "calm"),
            ("b, c.wav", ""),
        ]


def test_recordings_and_folders_are_not_taken_for_lists(tmp_path: Path) -> None:
    (tmp_path / "segments").mkdir()
    (tmp_path / "segments/a.wav").touch()
    assert len(Corpus.read(tmp_path / "segments").utterances) == 1
    (tmp_path / "b.wav").write_bytes(EXCEL)
    assert len(Corpus.read(tmp_path / "b.wav").utterances) == 1
