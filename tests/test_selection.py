"""A part of a corpus: some speakers, a few utterances of each kind, the same for every command."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from called import call

from deepspectrum_features import Corpus, Encoder, FeatureFile, extract
from deepspectrum_features.corpus.selection import of_speakers
from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.testing import tiny_corpus


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return tiny_corpus(tmp_path / "tones", speakers=3, per_class=3)


def test_a_limit_takes_speakers_and_labels_in_turn(corpus: Path) -> None:
    every = Corpus.read(corpus).utterances
    for limit in (1, 5, 6, 8, 18, 99):
        taken = Corpus.read(corpus, limit=limit).utterances
        counted = Counter((one.speaker, one.label) for one in taken).values()
        assert len(taken) == min(limit, 18)
        assert [one for one in every if one in taken] == list(taken)
        assert len(counted) == min(limit, 6)
        assert max(counted) - min(counted) <= 1
    assert Corpus.read(corpus, limit=8).notices[-1] == (
        "8 of 18 utterances taken: those of --limit 8, in turn of every speaker and label"
    )


def test_speakers_are_taken_before_the_limit_and_what_is_left_out_before_both(
    corpus: Path, tmp_path: Path
) -> None:
    (tmp_path / "wrong.csv").write_text("file\nspk2_high_1.wav\n")
    found = Corpus.read(corpus, exclude=tmp_path / "wrong.csv", speakers=["spk2"], limit=4)
    assert [one.file for one in found.utterances] == [
        f"spk2_{name}.wav" for name in ("high_2", "high_3", "low_1", "low_2")
    ]
    assert [notice.split(" taken")[0] for notice in found.notices[1:]] == [
        "5 of 17 utterances",
        "4 of 5 utterances",
    ]


def test_what_is_refused_stays_unless_it_is_left_out_or_of_others(tmp_path: Path) -> None:
    for name in ("03a01Fa", "08a01Fa", "odd"):
        (tmp_path / f"{name}.wav").touch()
    read = partial(Corpus.read, tmp_path, layout="emodb")
    for part in (read(speakers=["03"]), read(limit=1)):
        assert [one.file for one in part.utterances] == ["03a01Fa.wav"]
        assert [one.file for one in part.refused] == ["odd.wav"]
    (tmp_path / "wrong.csv").write_text("file\nodd.wav\n")
    assert read(exclude=tmp_path / "wrong.csv").refused == ()
    whole = read()
    others = tuple(Refusal.of(one, "corpus", "odd") for one in whole.utterances)
    kept = of_speakers(replace(whole, refused=others), ["08"]).refused
    assert [one.file for one in kept] == ["08a01Fa.wav"]


def test_an_unknown_speaker_is_named(corpus: Path) -> None:
    with pytest.raises(CorpusError, match=r"--speakers spk4: not in .*, which has spk1, spk2"):
        Corpus.read(corpus, speakers=["spk1", "spk4"])
    (corpus / "corpus.csv").unlink()
    with pytest.raises(CorpusError, match=r"which has no speakers \(see --layout\)$"):
        Corpus.read(corpus, speakers=["spk1"])
    with pytest.raises(TypeError, match="speakers='spk1', need a list of texts"):
        Corpus.read(corpus, speakers="spk1")
    with pytest.raises(ValueError, match=r"speakers=\[\], need one text or more"):
        Corpus.read(corpus, speakers=[])
    with pytest.raises(ValueError, match="limit=0, need a whole number, at least 1"):
        Corpus.read(corpus, limit=0)


def test_a_part_is_another_plan_and_the_whole_goes_on_from_it(
    corpus: Path, tmp_path: Path, encoder: Encoder
) -> None:
    part, whole = tmp_path / "part.h5", tmp_path / "whole.h5"
    command = ("extract", corpus, part, "--encoder", encoder.path)
    assert call(*command, "--speakers", "spk1,spk3", "--limit", "6").returncode == 0
    assert sorted({*FeatureFile.open(part).speaker}) == ["spk1", "spk3"]
    extract(corpus, whole, encoder=encoder)
    refused = call("extract", corpus, whole, "--encoder", encoder.path, "--limit", "6")
    assert "exists with 18 inputs, now 6" in refused.stderr
    assert call(*command).returncode == 0
    assert call("diff", part, whole).stdout == ""


def test_a_table_of_recordings_that_lie_elsewhere_is_one_line(corpus: Path, tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text((corpus / "corpus.csv").read_text())
    done = call("corpus", table)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"error: {table}: none of 18 recordings is in {tmp_path}, the first is spk1_high_1.wav "
        "(--root FOLDER says what paths are relative to)"
    )
    assert call("corpus", table, "--root", corpus).returncode == 0
