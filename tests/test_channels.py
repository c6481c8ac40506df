"""A channel is part of a row's key: one speaker a channel, and a row for each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import soundfile

from deepspectrum_features import Encoder, FeatureFile, extract, load, load_facts
from deepspectrum_features.baselines.tables import read_tables
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.corpus.utterance import Refusal, Utterance
from deepspectrum_features.errors import AudioError, CorpusError, FeatureFileError
from deepspectrum_features.extraction import plan
from deepspectrum_features.extraction.plan import make_plan
from deepspectrum_features.extraction.sharding import merge
from deepspectrum_features.features.difference import differences
from deepspectrum_features.features.verification import verify
from deepspectrum_features.sound.content import content_digest
from deepspectrum_features.sound.segments import Segment, read_segments
from deepspectrum_features.sound.spans import Span
from deepspectrum_features.testing import tone

RATE = 16000
LINES = ("talk.wav,1,anna,low", "talk.wav,2,ben,high", "solo.wav,,carl,low")


def corpus(root: Path) -> Corpus:
    """Return a corpus of what lies in a folder."""
    return Corpus(root, "tones", False, ())


def record(folder: Path, lines: Sequence[str] = LINES) -> Path:
    """Write a talk of two tones on two channels, and the same tones as recordings of their own."""
    folder.mkdir()
    sides = [tone(300, 0.6), tone(1200, 0.6)]
    soundfile.write(folder / "talk.wav", np.stack(sides, 1), RATE, subtype="FLOAT")
    soundfile.write(folder / "solo.wav", tone(500, 0.8), RATE, subtype="FLOAT")
    for name, side in zip(("left.wav", "right.wav"), sides, strict=True):
        soundfile.write(folder / name, side, RATE, subtype="FLOAT")
    soundfile.write(folder / "mean.wav", np.mean(sides, 0), RATE, subtype="FLOAT")
    (folder / "talk.csv").write_text("\n".join(["file,channel,speaker,label", *lines]))
    return folder


def test_each_channel_has_the_row_of_a_recording_of_it_alone(
    tmp_path: Path, encoder: Encoder
) -> None:
    folder, out = record(tmp_path / "rec"), tmp_path / "out.h5"
    extract(folder / "talk.csv", out, encoder=encoder)
    extract(folder, tmp_path / "alone.h5", encoder=encoder)
    alone = FeatureFile.open(tmp_path / "alone.h5")
    apart = dict(zip(alone.file, alone.features, strict=True))
    found = FeatureFile.open(out)
    assert list(zip(found.file, found.channel.tolist(), found.speaker, strict=True)) == [
        ("talk.wav", 1, "anna"), ("talk.wav", 2, "ben"), ("solo.wav", 0, "carl"),
    ]  # fmt: skip
    expected = np.stack([apart[name] for name in ("left.wav", "right.wav", "solo.wav")])
    np.testing.assert_allclose(found.features, expected, rtol=1e-5, atol=1e-6)
    assert not np.allclose(found.features, expected[[1, 0, 2]], rtol=1e-5, atol=1e-6)
    assert not np.allclose(found.features[0], apart["talk.wav"], rtol=1e-5, atol=1e-6)
    assert found.content[0] == found.content[1] == content_digest(folder / "mean.wav")
    assert verify(out, encoder) == []


def test_a_channel_is_a_level_of_the_index_only_where_a_row_has_one(
    tmp_path: Path, encoder: Encoder
) -> None:
    folder = record(tmp_path / "rec")
    extract(folder / "talk.csv", tmp_path / "two.h5", encoder=encoder)
    extract(folder, tmp_path / "one.h5", encoder=encoder)
    two, one = load(tmp_path / "two.h5"), load(tmp_path / "one.h5")
    assert list(two.index.names) == ["file", "start", "end", "channel"]
    assert list(one.index.names) == ["file", "start", "end"]
    facts = load_facts(tmp_path / "two.h5")
    assert facts.index.equals(two.index)
    ends = pd.Timedelta(seconds=0.6)
    assert facts.loc[("talk.wav", pd.Timedelta(0), ends, 2), "speaker"] == "ben"


def test_files_with_a_channel_are_of_format_version_2(tmp_path: Path, encoder: Encoder) -> None:
    folder = record(tmp_path / "rec")
    extract(folder / "talk.csv", tmp_path / "two.h5", encoder=encoder)
    extract(folder, tmp_path / "one.h5", encoder=encoder, channel=1)
    for name, version in (("one.h5", 1), ("two.h5", 2)):
        with h5py.File(tmp_path / name) as store:
            assert store.attrs["version"] == version
            assert ("channel" in store) == (version == 2)
            assert "channel" not in store["refused"]


def test_one_pass_over_a_recording_gives_all_channels(tmp_path: Path) -> None:
    sides = np.arange(3)[None] * 1000 + np.arange(500)[:, None] + 1  # (samples, channels)
    soundfile.write(tmp_path / "a.wav", sides.astype(np.int16), RATE)
    cuts = [(2, 0.0, None), (0, 0.01, 0.02), (3, 0.01, 0.02), (1, 0.0, 0.01)]
    utterances = [Utterance("a.wav", start, end, channel=side) for side, start, end in cuts]
    opened: list[str] = []
    found = dict(read_utterances(corpus(tmp_path), utterances, opening=opened.append))
    assert opened == ["a.wav"]
    for row, (side, start, end) in enumerate(cuts):
        segment = found[row]
        assert isinstance(segment, Segment)
        samples = sides[round(start * RATE) : None if end is None else round(end * RATE)]
        expected = samples.mean(axis=1) if side == 0 else samples[:, side - 1]
        np.testing.assert_array_equal(segment.waveform * 32768, expected)


def test_a_channel_that_is_not_there_is_refused_alone(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((800, 2), np.int16), RATE)
    spans = [Span(channel=3), Span(channel=2), Span(channel=-1)]
    found = dict(read_segments(tmp_path / "a.wav", spans))
    assert isinstance(found[1], Segment)
    for row, channel in ((0, 3), (2, -1)):
        assert isinstance(found[row], AudioError)
        assert str(found[row]) == f"2 channels, need channel {channel}"


def test_the_option_is_for_utterances_that_name_none(tmp_path: Path) -> None:
    record(tmp_path / "rec")
    utterances = [Utterance("talk.wav"), Utterance("talk.wav", channel=1)]
    one, two = (
        {row: segment.waveform[10] for row, segment in found}
        for found in (
            read_utterances(corpus(tmp_path / "rec"), utterances),
            read_utterances(corpus(tmp_path / "rec"), utterances, channel=2),
        )
    )
    left, right = tone(300, 0.6)[10], tone(1200, 0.6)[10]
    assert one == {0: np.float32((float(left) + float(right)) / 2), 1: left}
    assert two == {0: right, 1: left}


def test_refusals_name_the_channel_and_are_met_again(tmp_path: Path, encoder: Encoder) -> None:
    folder, out = record(tmp_path / "rec", [*LINES, "talk.wav,5,dora,low"]), tmp_path / "out.h5"
    done = extract(folder / "talk.csv", out, encoder=encoder)
    reason = "2 channels, need channel 5"
    refusal = Refusal("talk.wav", 0.0, None, "open", reason, 5, label="low", speaker="dora")
    assert (done.rows, done.refused) == (3, (refusal,))
    assert str(refusal) == "talk.wav [channel 5]: 2 channels, need channel 5"
    with h5py.File(out) as store:
        assert store["refused/channel"][:].tolist() == [5]
    assert FeatureFile.open(out).refused == [refusal]
    again = extract(folder / "talk.csv", out, encoder=encoder)
    assert (again.found, again.refused) == ("complete", (refusal,))
    assert FeatureFile.open(out).speaker == ["anna", "ben", "carl"]


def test_the_plan_key_knows_a_channel_only_where_one_is_named(tmp_path: Path) -> None:
    folder = record(tmp_path / "rec")

    def key(*lines: str) -> str:
        (folder / "talk.csv").write_text("\n".join(lines))
        return make_plan(Corpus.read(folder / "talk.csv").scan(), {"a": 1}).key

    stretches = [("talk.wav", 0.0, None), ("solo.wav", 0.0, None)]
    sizes = [(folder / file).stat().st_size for file, *_ in stretches]
    rows = [[*one, size] for one, size in zip(stretches, sizes, strict=True)]
    plain = hashlib.sha256(json.dumps([{"a": 1}, rows]).encode()).hexdigest()
    assert key("file", "talk.wav", "solo.wav") == plain
    assert key("file,channel", "talk.wav,", "solo.wav,0") == plain
    others = {key("file,channel", f"talk.wav,{one}", "solo.wav,") for one in (1, 2)}
    assert len(others - {plain}) == 2


def test_chunks_and_twins_are_of_one_channel(tmp_path: Path, encoder: Encoder) -> None:
    folder = record(tmp_path / "rec", ["talk.wav,1,a,x", "talk.wav,2,b,y", "talk.wav,,c,z"])
    out = tmp_path / "out.h5"
    assert extract(folder / "talk.csv", out, encoder=encoder, chunk=0.3).refused == ()
    found = FeatureFile.open(out)
    assert found.channel.tolist() == [1, 1, 2, 2, 0, 0]
    assert found.start.tolist() == [0.0, 0.3] * 3


def test_shards_of_which_one_has_channels_are_merged(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 0.5)
    monkeypatch.setattr(plan, "_MOST_SECONDS", 0.5)
    folder = record(tmp_path / "rec", [*reversed(LINES)])
    extract(folder / "talk.csv", tmp_path / "all.h5", encoder=encoder)
    shards = [tmp_path / f"{number}.h5" for number in (1, 2)]
    for number, shard in enumerate(shards, 1):
        extract(folder / "talk.csv", shard, encoder=encoder, shard=(number, 2))
    assert [FeatureFile.open(one).channel.tolist() for one in shards] == [[], [2, 1]]
    assert merge(shards, tmp_path / "merged.h5").channel.tolist() == [0, 2, 1]
    assert differences(tmp_path / "all.h5", tmp_path / "merged.h5") == []


def test_what_differs_in_a_channel_is_told(tmp_path: Path, encoder: Encoder) -> None:
    folder = record(tmp_path / "rec")
    extract(folder / "talk.csv", tmp_path / "a.h5", encoder=encoder)
    table = FeatureFile.open(tmp_path / "a.h5")
    table.channel[0] = 3
    table.write(tmp_path / "b.h5")
    assert differences(tmp_path / "a.h5", tmp_path / "b.h5") == [
        "rows: 1 in the first file alone: talk.wav [0-0.6 s, channel 1]",
        "rows: 1 in the second file alone: talk.wav [0-0.6 s, channel 3]",
    ]
    table.channel[:2] = [2, 2]
    table.write(tmp_path / "b.h5")
    assert verify(tmp_path / "b.h5", encoder) == ["talk.wav [0-0.6 s, channel 2]: 2 rows, need one"]
    table.channel[:2] = [-1, 2]
    table.write(tmp_path / "b.h5")
    assert verify(tmp_path / "b.h5", encoder) == ["talk.wav: channel -1, need 0 or more"]


def test_a_damaged_channel_is_told(tmp_path: Path, encoder: Encoder) -> None:
    folder, out = record(tmp_path / "rec"), tmp_path / "out.h5"
    extract(folder / "talk.csv", out, encoder=encoder)

    def put(values: Sequence[object]) -> None:
        with h5py.File(out, "a") as store:
            del store["channel"]
            store["channel"] = values

    put([1, 2])
    assert verify(out, encoder) == ["/channel: 2 values, need 3"]
    put([b"left", b"right", b""])
    with pytest.raises(FeatureFileError, match="not a readable feature file"):
        verify(out, encoder)


@pytest.mark.parametrize(
    ("text", "channel"), [("", 0), ("0", 0), ("2", 2), ("2.0", 2), ("NaN", 0), (" 07 ", 7)]
)
def test_manifests_name_channels(tmp_path: Path, text: str, channel: int) -> None:
    (tmp_path / "list.csv").write_text(f"file,channel\na.wav,{text}\n")
    assert Corpus.read(tmp_path / "list.csv").utterances == (Utterance("a.wav", channel=channel),)


@pytest.mark.parametrize("text", ["left", "-1", "1.5", "1025", "1e1", "9" * 5000])
def test_what_is_no_channel_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "list.csv").write_text(f"file,channel\na.wav,{text}\n")
    with pytest.raises(CorpusError, match=f"line 2: channel '{text}', need its number, 1 to 1024"):
        Corpus.read(tmp_path / "list.csv")


def test_label_tables_name_channels(tmp_path: Path, encoder: Encoder) -> None:
    folder, out = record(tmp_path / "rec"), tmp_path / "out.h5"
    extract(folder / "talk.csv", out, encoder=encoder)

    def labels(text: str) -> list[str]:
        (tmp_path / "labels.csv").write_text(text)
        (found,) = read_tables([out], labels=str(tmp_path / "labels.csv")).tables
        return [one.label for one in found.utterances]

    assert [one.channel for one in read_tables([out]).tables[0].utterances] == [1, 2, 0]
    assert labels("file,channel,label\ntalk.wav,2,p\ntalk.wav,1,q\nsolo.wav,,r\n") == [*"qpr"]
    assert labels("file,start,end,channel,label\ntalk.wav,0,0.6,2,p\n") == ["p"]
    with pytest.raises(
        CorpusError,
        match=r"talk\.wav without channel, but .* has 2 rows of it, need a channel column$",
    ):
        labels("file,label\ntalk.wav,p\nsolo.wav,r\n")
    (folder / "talk.csv").write_text("file,channel\ntalk.wav,2\n")
    extract(folder / "talk.csv", out, encoder=encoder, overwrite=True)
    assert labels("file,label\ntalk.wav,p\n") == ["p"], "one row of it alone"
