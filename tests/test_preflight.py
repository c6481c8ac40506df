"""The preflight: what a corpus is said to give no row of, and what to look at, before any work."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from called import call

from deepspectrum_features import Corpus, Encoder, FeatureFile, evaluate, extract
from deepspectrum_features.baselines.experiment import run_experiment
from deepspectrum_features.baselines.experiment_sources import noticing
from deepspectrum_features.corpus.summary import describe_corpus
from deepspectrum_features.corpus.zeros import find_zeros
from deepspectrum_features.errors import AudioError, CorpusError, DsfError
from deepspectrum_features.extraction.encoder_worker import EncoderWorker
from deepspectrum_features.extraction.limits import within_limits
from deepspectrum_features.recipe import Training
from deepspectrum_features.sound.segments import read_segments
from deepspectrum_features.sound.spans import Span
from deepspectrum_features.sound.zeros import zeros_at_ends
from deepspectrum_features.testing import tiny_corpus, tiny_recipe, tone
from deepspectrum_features.training.run import train

DSF = Path(sys.executable).with_name("dsf")
LISTED = """file,start,end,channel
whole.wav,,,
whole.wav,0,2.009,
whole.wav,1,2,2
whole.wav,500,1500,
whole.wav,0.5,2.5,
whole.wav,2,,
whole.wav,,,3
half.wav,,,
half.wav,0,0.5,
half.wav,0,1.5,
nearly.wav,,,
click.wav,,,
whole.wav,0,0.0249,
whole.wav,0,0.025,
long.wav,,,
long.wav,0,120,
text.wav,,,
gone.wav,,,
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write recordings that lack what a manifest asks of them, beside good ones."""
    root = tmp_path_factory.mktemp("preflight")
    stereo = np.stack([tone(300, 2.0), tone(500, 2.0)], axis=1)
    soundfile.write(root / "whole.wav", stereo, 16000, subtype="PCM_16")
    for name, kept in (("half.wav", 16000), ("nearly.wav", 31900)):
        soundfile.write(root / name, tone(300, 2.0), 16000, subtype="PCM_16")
        with (root / name).open("r+b") as stream:
            stream.truncate(44 + 2 * kept)
    soundfile.write(root / "click.wav", tone(300, 2.0, 44100)[:1101], 44100)
    soundfile.write(root / "long.wav", tone(300, 121.0, 1000), 1000)
    (root / "text.wav").write_text("no sound at all")
    (root / "list.csv").write_text(LISTED)
    return root


def refusals_of_decoding(corpus: Corpus) -> Iterator[tuple[object, ...]]:
    """Ask the decoder and the front end what the scan asks headers."""
    front_end = Encoder.open().front_end
    for one in corpus.utterances:
        try:
            span = Span(one.start, one.end, one.channel)
            ((_, segment),) = read_segments(corpus.root / one.file, [span])
            if isinstance(segment, AudioError):
                raise segment
            front_end.frames(segment.waveform, segment.sample_rate)
        except AudioError as error:
            yield one.stretch, error.stage, str(error)


@pytest.mark.slow
def test_headers_say_what_decoding_says_in_the_same_words(root: Path) -> None:
    corpus = Corpus.read(root / "list.csv")
    refused = within_limits(corpus.scan(), EncoderWorker(Encoder.open())).refused
    said = [(one.stretch, one.stage, one.reason) for one in refused]
    too_long = ("long.wav", 0.0, None, 0), "length"
    assert {*said} - {*refusals_of_decoding(corpus)} == {
        (*too_long, "121.0 s, this encoder takes at most 120 s (use --chunk SECONDS)")
    }
    assert len(said) == len({*said}) == len([*refusals_of_decoding(corpus)]) + 1 == 11
    assert [stage for _, stage, _ in said].count("cut") == 4


@pytest.mark.slow
def test_corpus_and_extract_refuse_the_same_with_the_same_exit_code(
    root: Path, tmp_path: Path
) -> None:
    before, after = (
        call("corpus", root / "list.csv"),
        call("extract", root / "list.csv", tmp_path / "o"),
    )
    assert (before.returncode, after.returncode) == (3, 3)
    lines = [line.strip() for line in before.stdout.split("refused ")[1].splitlines()]
    assert lines[0] == "11 inputs"
    assert lines[-1] == "... and 1 more"
    ledger = [str(one) for one in FeatureFile.open(tmp_path / "o").refused]
    assert {*lines[1:-1]} < {*ledger}
    assert len(ledger) == 11


@pytest.mark.slow
def test_what_is_refused_before_the_work_is_no_part_of_it(root: Path, tmp_path: Path) -> None:
    done = extract(root / "list.csv", tmp_path / "out.h5")
    assert (done.rows, len(done.refused)) == (7, 11)
    assert done.audio_seconds == pytest.approx(2 + 2 + 1 + 0.5 + 31900 / 16000 + 0.025 + 120)
    found = FeatureFile.open(tmp_path / "out.h5")
    assert 2.009 in found.end[np.array(found.file) == "whole.wav"], (
        "9 ms past the end, as it stands"
    )
    again = extract(root / "list.csv", tmp_path / "out.h5")
    assert (again.found, again.refused) == ("complete", done.refused)
    with pytest.raises(CorpusError, match=r"^11 inputs refused"):
        extract(root / "list.csv", tmp_path / "strict.h5", strict=True)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100])
def test_the_shortest_stretch_is_known_to_the_sample(rate: int) -> None:
    front_end = Encoder.open().front_end
    for samples in range(round(0.0245 * rate), round(0.0255 * rate)):
        said = []
        for ask in (
            lambda count=samples: front_end.check_length(count, rate),
            lambda count=samples: front_end.frames(np.ones(count, np.float32), rate),
        ):
            try:
                ask()
                said.append("")
            except AudioError as error:
                said.append(str(error))
        assert said[0] == said[1]
    assert said[0] == ""
    with pytest.raises(AudioError, match=r"need at least 400 \(25 ms at 16000 Hz\)"):
        front_end.check_length(rate // 41, rate)


def test_channels_and_rates_are_counted(root: Path) -> None:
    corpus = Corpus.read(root / "list.csv").scan()
    shown = describe_corpus(corpus).splitlines()
    assert "rates      1000 Hz 1, 16000 Hz 3, 44100 Hz 1" in shown
    assert "channels   mono 4, stereo 1" in shown
    six = describe_corpus(six_channels(root)).splitlines()
    assert "channels   6 channels 1" in six


def six_channels(folder: Path) -> Corpus:
    soundfile.write(folder / "six.wav", np.tile(tone(300, 0.2)[:, None], 6), 8000)
    return Corpus.read(folder / "six.wav").scan()


# --- zeros -----------------------------------------------------------------------------------


def test_zeros_at_either_end_are_found_by_reading_the_ends(tmp_path: Path) -> None:
    sound, zeros = tone(300, 1.0, 8000) + np.float32(0.01), np.zeros(1200, np.float32)
    for name, pieces in {
        "a.wav": (sound,),
        "before.wav": (zeros, sound),
        "behind.flac": (sound, zeros),
        "both.mp3": (zeros, zeros, sound),
        "few.wav": (zeros[:700], sound, zeros[:700]),
        "inside.wav": (sound, zeros, sound),
    }.items():
        soundfile.write(tmp_path / name, np.concatenate(pieces), 8000)
    corpus = Corpus.read(tmp_path).scan()
    assert find_zeros(corpus) == (["before.wav", "behind.flac", "both.mp3"], [])
    (tmp_path / "list.csv").write_text(
        "file,start,end\nbefore.wav,0.2,\ninside.wav,0.5,1.12\ninside.wav,0,1\nbefore.wav,0,0.05\n"
        "a.wav,0,9\n"
    )
    found = find_zeros(Corpus.read(tmp_path / "list.csv").scan())
    assert found == (["inside.wav [0.5-1.12 s]"], [])


def test_utterances_of_nothing_but_zeros_are_told_from_those_with_zeros_at_both_ends(
    tmp_path: Path,
) -> None:
    sound, zeros = tone(300, 1.0, 8000) + np.float32(0.01), np.zeros(90_000, np.float32)
    for name, pieces in {
        "click.wav": (zeros, np.float32([0.1]), zeros),
        "mute.wav": (zeros,),
        "mute.flac": (zeros, zeros),
        "mute.mp3": (zeros, zeros),
        "padded.wav": (zeros, sound, zeros),
    }.items():
        soundfile.write(tmp_path / name, np.concatenate(pieces), 8000)
    half = np.stack([zeros[:8000], sound], axis=1)
    soundfile.write(tmp_path / "stereo.wav", half, 8000)
    (tmp_path / "corpus.csv").write_text(
        "file,start,end,channel\nclick.wav,0,,\nmute.wav,0,,\nmute.flac,0,,\nmute.mp3,0,2,\n"
        "mute.mp3,2,,\npadded.wav,0,2,\npadded.wav,2,13,\nstereo.wav,0,,\nstereo.wav,0,,1\n"
        "stereo.wav,0,,2\n"
    )
    done = call("corpus", tmp_path)
    (padded,) = (line for line in done.stderr.splitlines() if line.startswith("0.1 s of digital"))
    assert padded.endswith("2 of 10 utterances (click.wav, padded.wav [2-13 s])")
    silent = "digital silence in mute.wav, mute.flac, mute.mp3, ..."
    assert silent in done.stderr.splitlines()
    files = ["mute.wav", "mute.flac", "mute.mp3", "padded.wav", "stereo.wav"]
    assert find_zeros(Corpus.read(tmp_path).scan()).silent == files


def test_ends_that_overlap_are_passed_over_where_a_codec_cannot_go_back(tmp_path: Path) -> None:
    sound = np.concatenate([np.zeros(16000), tone(300, 1.0), np.zeros(16000)])
    for name in ("a.wav", "a.mp3"):
        soundfile.write(tmp_path / name, sound, 16000)
    spans = [Span(0.5, 3.0), Span(0.0, 1.5), Span(0.02, 1.5), Span(1.2, 1.8), Span(0.1, 0.15)]
    assert zeros_at_ends(tmp_path / "a.wav", spans) == {0, 1, 2}
    assert zeros_at_ends(tmp_path / "a.mp3", spans) == {0, 1}
    right = [Span(0.0, None, 2), Span(0.0, None, 1), Span()]
    stereo = np.stack([sound, np.full(len(sound), 0.1)], axis=1)
    soundfile.write(tmp_path / "s.wav", stereo, 16000)
    assert zeros_at_ends(tmp_path / "s.wav", right) == {1}


# --- names -----------------------------------------------------------------------------------


@pytest.fixture
def two_spellings(tmp_path: Path) -> Path:
    """Write tones whose label is capitalised in every other line."""
    folder = tiny_corpus(tmp_path / "tones", speakers=3, per_class=4)
    lines = (folder / "corpus.csv").read_text().splitlines()
    for row in range(1, len(lines), 2):
        lines[row] = lines[row].replace(",high,", ",High ,").replace(",low,", ",LOW,")
    (folder / "corpus.csv").write_text("\n".join(lines))
    return folder


NOTICE = (
    "labels that differ in spelling alone count as different: 'High' and 'high', 'LOW' and 'low' "
    "(if they are one, write them alike)"
)


@pytest.mark.slow
def test_labels_that_differ_in_case_are_noticed_wherever_they_count(
    two_spellings: Path, tmp_path: Path, encoder: Encoder
) -> None:
    corpus = Corpus.read(two_spellings).scan()
    assert corpus.notices == corpus.scan().notices == (NOTICE,)
    said: list[str] = []
    out = tmp_path / "out.h5"
    extract(two_spellings, out, encoder=encoder, say=said.append)
    assert said.count(NOTICE) == 1
    assert NOTICE in evaluate([out], classifiers=["svm"]).protocol.warnings
    said.clear()
    with pytest.raises(DsfError, match="--fold x: no such fold"):
        run_experiment(
            corpus, tmp_path / "x", tiny_recipe(), against=[], only=["x"], say=said.append
        )
    assert said.count(NOTICE) == 1
    notice = noticing(corpus, said.append)  # extraction says the same for every fold
    for line in (NOTICE, "encoder x", NOTICE, "encoder x"):
        notice(line)
    assert said[-2:] == [NOTICE, "encoder x"]


@pytest.mark.slow
def test_train_and_corpus_say_the_same_notices(two_spellings: Path, tmp_path: Path) -> None:
    counted = call("corpus", two_spellings)
    assert (counted.returncode, counted.stderr.splitlines()[1:]) == (0, [NOTICE])
    trained = call("train", two_spellings, tmp_path / "run", "--dev-speakers", "nobody")
    assert trained.returncode == 1
    assert NOTICE in trained.stderr.splitlines()


def test_train_refuses_one_person_under_two_names(tmp_path: Path) -> None:
    folder = tiny_corpus(tmp_path / "tones", speakers=3, per_class=1)
    table = folder / "corpus.csv"
    table.write_text(table.read_text().replace(",spk1", ",1").replace(",spk2", ",01"))
    corpus = Corpus.read(folder).scan()
    with pytest.raises(CorpusError, match=r"'01' and '1' differ .* \(give a corpus\.csv with a sp"):
        train(corpus, tmp_path / "run", tiny_recipe(), dev_speakers=["1"])
    assert not (tmp_path / "run").exists()
    assert "speakers that differ in spelling alone count as different: '01' and '1'" in str(
        corpus.notices
    )


@pytest.mark.slow
def test_train_refuses_a_recording_that_it_learns_and_is_scored_on(tmp_path: Path) -> None:
    folder = tiny_corpus(tmp_path / "tones", speakers=3, per_class=1)
    (folder / "spk3_high_1.wav").write_bytes((folder / "spk1_high_1.wav").read_bytes())
    corpus = Corpus.read(folder).scan()
    same = r"spk3_high_1\.wav \(speaker spk3\) and spk1_high_1\.wav .* are the same recording"
    recipe = replace(tiny_recipe(), training=Training(epochs=1))
    for dev, test in ((["spk3"], []), (["spk2"], ["spk3"])):
        with pytest.raises(CorpusError, match=same):
            train(corpus, tmp_path / dev[0], recipe, dev_speakers=dev, test_speakers=test)
    train(corpus, tmp_path / "run", recipe, dev_speakers=["spk2"])


def test_two_files_whose_names_look_alike_give_two_rows(tmp_path: Path, encoder: Encoder) -> None:
    folder = tmp_path / "names"
    folder.mkdir()
    for hertz, name in ((300, "M\u00fcller.wav"), (900, "Mu\u0308ller.wav")):
        soundfile.write(tmp_path / "t.wav", tone(hertz, 0.5), 16000)
        (tmp_path / "t.wav").rename(folder / name)
    if len(list(folder.iterdir())) < 2:
        pytest.skip("this file system takes both names for one")
    done = extract(folder, tmp_path / "out.h5", encoder=encoder)
    assert (done.rows, done.refused) == (2, ())
    found = FeatureFile.open(done.path)
    assert len({*found.file}) == 2
    assert not np.allclose(found.features[0], found.features[1])
