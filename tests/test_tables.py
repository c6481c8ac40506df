"""What is read of feature files: whose facts count, what is left out, what does not go together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from deepspectrum_features import Encoder, FeatureFile, extract
from deepspectrum_features.baselines.evaluation import evaluate
from deepspectrum_features.baselines.normalisation import normalisation_warnings
from deepspectrum_features.baselines.records import LeftOut
from deepspectrum_features.baselines.tables import read_tables
from deepspectrum_features.corpus.utterance import Refusal, Utterance
from deepspectrum_features.errors import CorpusError, FeatureFileError
from deepspectrum_features.testing import tiny_corpus, tiny_encoder, tiny_features

TEXTS = ("label", "speaker", "session", "split")


def features(path: Path, **options: Any) -> FeatureFile:
    """Write features of 60 rows, 5 speakers, 3 classes; return what was written."""
    return FeatureFile.open(tiny_features(path, **options))


def write(path: Path, text: str) -> str:
    """Write a table; return its path."""
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_corpus_is_named_by_whom_wrote_the_file_or_reads_it(tmp_path: Path) -> None:
    features(tmp_path / "one.h5")
    assert not read_tables([tmp_path / "one.h5"]).tables[0].corpus_named
    (table,) = read_tables([tmp_path / "one.h5"], name="mine").tables
    assert (table.corpus, table.corpus_named) == ("mine", True)
    features(
        tmp_path / "two.h5", attributes={"encoder": "test", "corpus": "x", "corpus_named": "yes"}
    )
    (table,) = read_tables([tmp_path / "two.h5"]).tables
    assert (table.corpus, table.corpus_named) == ("x", True)


# --- files that disagree -------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_files_that_tell_different_things_of_a_row_are_refused(tmp_path: Path, name: str) -> None:
    values = {"split": ("train", "test")}.get(name, ("x", "y"))
    features(tmp_path / "deep.h5", **{name: [values[0]] * 60})
    features(tmp_path / "egemaps.h5", **{name: [*[values[0]] * 48, *[values[1]] * 12]})
    with pytest.raises(
        FeatureFileError,
        match=rf"egemaps\.h5: {name} of e_high_0\.wav \[0-1 s\] is {values[1]}, .*deep\.h5 says "
        rf"{values[0]} \(12 rows differ\), need files of one corpus \(or --labels TABLE\)",
    ):
        read_tables([tmp_path / "deep.h5", tmp_path / "egemaps.h5"])
    features(tmp_path / "egemaps.h5", **{name: [*[values[0]] * 48, *[""] * 12]})
    with pytest.raises(FeatureFileError, match=rf"{name} of e_high_0.* is unknown, .*\(12 rows"):
        read_tables([tmp_path / "deep.h5", tmp_path / "egemaps.h5"])


def test_what_a_label_table_tells_is_not_compared(tmp_path: Path) -> None:
    whole = features(tmp_path / "one.h5")
    features(tmp_path / "two.h5", speaker=["z"] * 60, label=["q"] * 60)
    lines = [f"{one},{one[0]}{one[2]},new" for one in whole.file]
    table = write(tmp_path / "labels.csv", "\n".join(["file,label,speaker", *lines]))
    found = read_tables([tmp_path / "one.h5", tmp_path / "two.h5"], labels=table).tables
    assert [{one.speaker for one in table.utterances} for table in found] == [{"new"}, {"new"}]
    table = write(tmp_path / "labels.csv", "\n".join(["file,label", *lines]).replace(",new", ""))
    with pytest.raises(FeatureFileError, match=r"two\.h5: speaker of a_high_0.* \(60 rows differ"):
        read_tables([tmp_path / "one.h5", tmp_path / "two.h5"], labels=table)


def test_a_table_replaces_all_labels_and_adds_other_facts(tmp_path: Path) -> None:
    """The example of docs/evaluation.md, row by row."""
    files, speakers = [f"{name}.wav" for name in "abcd"], ["ann", "ben", "cem", "dan"]
    rows = {"file": files, "speaker": speakers, "label": ["anger"] * 4}
    features(tmp_path / "x.h5", features=np.zeros((4, 6), np.float32), end=np.ones(4),
             start=np.zeros(4), **rows)  # fmt: skip
    table = write(
        tmp_path / "t.csv", "file,label,speaker\na.wav,joy,\nb.wav,sadness,bea\nc.wav,,\n"
    )
    found = read_tables([tmp_path / "x.h5"], labels=table)
    scored = [(one.file, one.label, one.speaker) for one in found.tables[0].utterances]
    assert scored == [("a.wav", "joy", "ann"), ("b.wav", "sadness", "bea")]
    assert found.left_out == (LeftOut("rows without a label", 2),)


def test_lines_of_a_table_that_are_of_no_row_are_said(tmp_path: Path) -> None:
    refused = [Refusal("broken.wav", 0.0, None, "decode", "no sound")]
    features(tmp_path / "x.h5", refused=refused)
    lines = ["a_high_0.wav,x", "a_high_1.wav,y", "a_hihg_2.wav,x", "broken.wav,x"]
    said: list[str] = []
    table = write(tmp_path / "t.csv", "\n".join(["file,label", *lines]))
    read_tables([tmp_path / "x.h5"], labels=table, say=said.append)
    assert said[0] == f"{table}: 1 line of no row of {tmp_path / 'x.h5'} (a_hihg_2.wav)"
    assert said[1:] == [
        "left out: 1 input refused at extraction (x 1)", "left out: 58 rows without a label"
    ]  # fmt: skip


def test_rows_of_silence_are_left_out_of_all_files(tmp_path: Path) -> None:
    """Zeros as long as the row; less of them is sound that begins late."""
    zeros = np.zeros(60)
    zeros[[0, 7]] = 1.0, 0.999
    whole = features(tmp_path / "one.h5")
    features(tmp_path / "two.h5", zeros_before=zeros)
    found = read_tables([tmp_path / "one.h5", tmp_path / "two.h5"])
    assert found.left_out == (LeftOut("rows of digital silence", 1, {"high": 1}),)
    for table in found.tables:
        assert [one.file for one in table.utterances] == whole.file[1:]
        np.testing.assert_array_equal(table.features, whole.features[1:])
    features(tmp_path / "none.h5", zeros_before=np.ones(60))
    with pytest.raises(CorpusError, match=r"none\.h5: nothing but digital silence, need speech"):
        read_tables([tmp_path / "none.h5"])


@pytest.mark.filterwarnings("ignore:digital silence")
def test_a_silent_recording_changes_no_score(tmp_path: Path) -> None:
    folder = tiny_corpus(tmp_path / "tones", speakers=3, per_class=2)
    encoder = tiny_encoder()
    alone = evaluate(extract(folder, tmp_path / "alone.h5", encoder=encoder).path)
    soundfile.write(folder / "quiet.wav", np.zeros(16000), 16000)
    with (folder / "corpus.csv").open("a", encoding="utf-8") as table:
        table.write("quiet.wav,low,spk1\n")
    beside = evaluate(extract(folder, tmp_path / "beside.h5", encoder=encoder).path)
    assert beside.systems[0].scores == alone.systems[0].scores
    assert beside.left_out == (LeftOut("rows of digital silence", 1, {"low": 1}),)


def test_each_fold_of_an_experiment_has_its_own_split(tmp_path: Path) -> None:
    sides = [["train"] * 30 + ["test"] * 30, ["test"] * 30 + ["train"] * 30]
    paths = [tmp_path / "one.h5", tmp_path / "two.h5"]
    for path, split in zip(paths, sides, strict=True):
        features(path, split=split)
    found = read_tables(paths, differing=["split"]).tables
    assert [[one.split for one in table.utterances] for table in found] == sides


def test_a_fact_that_one_file_lacks_is_taken_from_the_other(tmp_path: Path) -> None:
    whole = features(tmp_path / "one.h5", label=[])
    features(tmp_path / "two.h5", speaker=[], session=["s"] * 60)
    for found in read_tables([tmp_path / "one.h5", tmp_path / "two.h5"]).tables:
        assert [one.speaker for one in found.utterances] == whole.speaker
        assert [one.label for one in found.utterances] == [one.split("_")[1] for one in whole.file]
        assert {one.session for one in found.utterances} == {"s"}


# --- what is left out ----------------------------------------------------------------------------


def test_refused_inputs_are_counted_by_class(tmp_path: Path) -> None:
    """Two have no row anywhere; the third is a twin of a row, the fourth has one in one file."""
    refused = [
        Refusal("x_low_1.wav", 0.0, None, "decode", "damaged"),
        Refusal("x_high_1.wav", 0.0, None, "decode", "damaged"),
        Refusal("a_high_0.wav", 0.0, None, "corpus", "the same stretch is listed before"),
    ]
    late = Refusal("e_mid_3.wav", 0.0, None, "decode", "too long")
    whole = features(tmp_path / "one.h5", refused=refused)
    cut = ("features", "file", "start", "end", "label", "speaker")
    fewer = {name: getattr(whole, name)[:59] for name in cut}
    features(tmp_path / "two.h5", **fewer, refused=[*refused[:2], late])
    layout = tmp_path / "own.toml"
    layout.write_text(
        'name = "own"\ntitle = "t"\nexample = "e"\nlicence = "l"\ncitation = "c"\n'
        "path = '[a-x]_(?P<label>[a-z]+)_.'\n"
    )
    said: list[str] = []
    paths = [tmp_path / "one.h5", tmp_path / "two.h5"]
    found = read_tables(paths, layout=str(layout), common=True, say=said.append)
    assert found.left_out == (
        LeftOut("inputs refused at extraction", 2, {"high": 1, "low": 1}),
        LeftOut("rows not in two", 1, {"mid": 1}),
    )
    assert said == [
        "left out: 2 inputs refused at extraction (high 1, low 1)",
        "left out: 1 row not in two (mid 1)",
    ]
    lines = [f"{one},{one[0]}" for one in (*whole.file, "x_low_1.wav")]
    table = write(tmp_path / "labels.csv", "\n".join(["file,label", *lines]))
    (left_out,) = read_tables(paths[:1], labels=table).left_out
    assert left_out == LeftOut("inputs refused at extraction", 2, {"x": 1})


def test_a_table_of_exclusions_leaves_rows_and_refused_inputs_out(tmp_path: Path) -> None:
    refused = [Refusal("x.wav", 0.0, None, "decode", "damaged")]
    whole = features(tmp_path / "one.h5", refused=refused)
    features(tmp_path / "two.h5", refused=refused)
    table = write(tmp_path / "no.csv", "file\nx.wav\na_high_0.wav\nb_low_2.wav\n")
    found = read_tables([tmp_path / "one.h5", tmp_path / "two.h5"], exclude=table)
    assert found.left_out == (LeftOut(f"rows that {table} names", 2, {"high": 1, "low": 1}),)
    for one in found.tables:
        assert [row.file for row in one.utterances] == [
            name for name in whole.file if name not in ("a_high_0.wav", "b_low_2.wav")
        ]
    with pytest.raises(CorpusError, match="without a match, such as a_hihg_0"):
        read_tables([tmp_path / "one.h5"], exclude=write(tmp_path / "no.csv", "file\na_hihg_0.wav"))
    everything = write(tmp_path / "no.csv", "\n".join(["file", *whole.file]))
    with pytest.raises(CorpusError, match=r"no\.csv: leaves nothing of .*one\.h5"):
        read_tables([tmp_path / "one.h5"], exclude=everything)


# --- layouts and label tables --------------------------------------------------------------------


def test_a_layout_leaves_what_it_does_not_tell(tmp_path: Path) -> None:
    split = ["train"] * 30 + ["test"] * 30
    features(tmp_path / "x.h5", split=split, session=["s"] * 60, label=["wrong"] * 60)
    layout = tmp_path / "own.toml"
    layout.write_text(
        'name = "own"\ntitle = "t"\nexample = "e"\nlicence = "l"\ncitation = "c"\n'
        "path = '.(?P<speaker>_)(?P<label>[a-z]+)_.'\n"
    )
    (found,) = read_tables([tmp_path / "x.h5"], layout=str(layout)).tables
    assert [one.split for one in found.utterances] == split
    assert {one.session for one in found.utterances} == {"s"}
    assert {one.speaker for one in found.utterances} == {"_"}
    assert {one.label for one in found.utterances} == {"high", "low", "mid"}
    assert found.corpus == "own"
    named = read_tables([tmp_path / "x.h5"], layout=str(layout), name="mine").tables[0]
    assert named.corpus == "mine"
    with layout.open("a") as stream:
        stream.write("beside = 'b_low_.'\n")
    with pytest.raises(CorpusError, match=r"x\.h5: b_low_\d\..*: left out by layout own, need"):
        read_tables([tmp_path / "x.h5"], layout=str(layout))


def test_a_label_table_by_file_labels_all_chunks(tmp_path: Path, encoder: Encoder) -> None:
    source = tiny_corpus(tmp_path / "tones", speakers=2, per_class=1, seconds=0.9)
    (source / "corpus.csv").unlink()
    extract(source, tmp_path / "x.h5", encoder=encoder, chunk=0.3)
    names = sorted(path.name for path in source.glob("*.wav"))
    lines = [f"{name},{name.split('_')[1]}" for name in names[:-1]]
    table = write(tmp_path / "labels.csv", "\n".join(["file,label", *lines]))
    found = read_tables([tmp_path / "x.h5"], labels=table)
    (chunks,) = found.tables
    assert chunks.chunk_seconds == 0.3
    assert len(chunks.utterances) > 2 * len(names)
    assert all(one.label == one.file.split("_")[1] for one in chunks.utterances)
    missing = FeatureFile.open(tmp_path / "x.h5").file.count(names[-1])
    assert missing > 1
    assert found.left_out == (LeftOut("chunks without a label", missing),)


@pytest.mark.parametrize("where", ["/data/emo/", "C:\\emo\\", "../emo/"])
def test_paths_of_another_place_label_the_files_that_they_end_in(
    tmp_path: Path, where: str
) -> None:
    whole = features(tmp_path / "x.h5", label=[])
    names = [f"b/{one}" if row == 1 else one for row, one in enumerate(whole.file)]
    names[2] = names[1].removeprefix("b/")
    features(tmp_path / "x.h5", label=[], file=names)
    lines = [f"{where}{one},{row % 2}" for row, one in enumerate(names)]
    table = write(tmp_path / "labels.csv", "\n".join(["file,label", *lines]))
    said: list[str] = []
    (found,) = read_tables([tmp_path / "x.h5"], labels=table, say=said.append).tables
    assert [one.label for one in found.utterances] == [str(row % 2) for row in range(60)]
    assert said == [
        f"{table}: found by the end of the path: 60 files ({where.replace(chr(92), '/')}"
        f"{names[0]} is {names[0]}), in {tmp_path / 'x.h5'}"
    ]


@pytest.mark.parametrize("folder", [".", "emo", "emo/b"])
def test_absolute_paths_below_the_folder_of_the_table_label_files(
    tmp_path: Path, folder: str
) -> None:
    names = features(tmp_path / "x.h5", label=[]).file
    lines = [f"{tmp_path / folder}/{one},{row % 2}" for row, one in enumerate(names)]
    table = write(tmp_path / "labels.csv", "\n".join(["file,label", *lines]))
    (found,) = read_tables([tmp_path / "x.h5"], labels=table).tables
    assert [one.label for one in found.utterances] == [str(row % 2) for row in range(60)]


def test_two_paths_that_end_in_one_file_are_refused(tmp_path: Path) -> None:
    name, other = features(tmp_path / "x.h5").file[:2]
    table = write(tmp_path / "labels.csv", f"file,label\n/one/{name},low\n/two/{name},high\n")
    with pytest.raises(CorpusError, match=rf"/one/{name} and /two/{name} both end in {name}, need"):
        read_tables([tmp_path / "x.h5"], labels=table)
    lines = f"file,label\n{name},low\n{other},high\n/two/{name},wrong\n"
    table = write(tmp_path / "labels.csv", lines)
    (found,) = read_tables([tmp_path / "x.h5"], labels=table).tables
    assert [one.label for one in found.utterances] == ["low", "high"]


# --- numbers -------------------------------------------------------------------------------------


def test_numbers_are_told_by_the_file_or_a_table(tmp_path: Path) -> None:
    arousal = np.linspace(-1, 1, 60)
    arousal[:3] = np.nan
    whole = features(tmp_path / "x.h5", targets={"arousal": arousal}, label=[])
    found = read_tables([tmp_path / "x.h5"], target="arousal")
    assert found.left_out == (LeftOut("rows without arousal", 3),)
    told = [one.target("arousal") for one in found.tables[0].utterances]
    np.testing.assert_array_equal(told, arousal[3:])
    lines = [f"{one},{row / 8}" for row, one in enumerate(whole.file[:20])]
    table = write(tmp_path / "labels.csv", "\n".join(["file,arousal", *lines]))
    (found_in_table,) = read_tables([tmp_path / "x.h5"], target="arousal", labels=table).tables
    told = [one.target("arousal") for one in found_in_table.utterances]
    np.testing.assert_array_equal(told, np.arange(20) / 8)
    with pytest.raises(CorpusError, match=r"arousl, need one of arousal \(did you mean 'arousal'"):
        read_tables([tmp_path / "x.h5"], target="arousl")
    with pytest.raises(CorpusError, match=r"--target mos, need a column of numbers"):
        read_tables([features_without_numbers(tmp_path)], target="mos")


def features_without_numbers(folder: Path) -> Path:
    """Write features of rows that have classes alone."""
    return tiny_features(folder / "classes.h5")


def test_files_that_tell_different_numbers_are_refused(tmp_path: Path) -> None:
    mos = np.linspace(1, 5, 60)
    paths = [tmp_path / "one.h5", tmp_path / "two.h5"]
    features(paths[0], targets={"mos": mos})
    features(paths[1])
    for found in read_tables(paths, target="mos").tables:
        np.testing.assert_array_equal([one.target("mos") for one in found.utterances], mos)
    features(paths[1], targets={"mos": np.where(np.arange(60) == 2, 1.5, mos)})
    with pytest.raises(FeatureFileError, match=r"mos of a_high_2.* is 1\.5, .*\(1 rows differ"):
        read_tables(paths, target="mos")
    assert len(read_tables(paths).tables) == 2, "classes are told, whatever the numbers"


def test_labels_on_a_scale_are_refused_or_told_as_numbers(tmp_path: Path) -> None:
    values = [f"{1 + row / 12:.3f}" for row in range(60)]
    features(tmp_path / "x.h5", label=values)
    with pytest.raises(
        CorpusError,
        match=r"labels look like numbers on a scale \(1\.000, 1\.083, .*give --target label",
    ):
        read_tables([tmp_path / "x.h5"])
    (found,) = read_tables([tmp_path / "x.h5"], target="label").tables
    assert [one.target("label") for one in found.utterances] == [float(value) for value in values]
    with pytest.raises(CorpusError, match="--target mos, need one of label"):
        read_tables([tmp_path / "x.h5"], target="mos")
    with pytest.raises(CorpusError, match=r"--target label, but a label is high, need numbers"):
        read_tables([features_without_numbers(tmp_path)], target="label")


# --- normalisation -------------------------------------------------------------------------------


def test_speakers_with_too_little_to_be_normalised_by_are_named() -> None:
    def rows(speaker: str, labels: str) -> list[Utterance]:
        return [Utterance("x.wav", label=one, speaker=speaker) for one in labels]

    assert list(normalisation_warnings([*rows("a", "xy" * 5), *rows("b", "xxxxxyyyyy")])) == []
    found = [*rows("a", "xy" * 5), *rows("b", "xyx"), *rows("c", "x" * 12), *rows("d", "y")]
    assert list(normalisation_warnings(found)) == [
        "NORMALISED BY SPEAKER: fewer than 10 rows to take mean and deviation from, of speakers b, "
        "d",
        "NORMALISED BY SPEAKER: what tells the one class each of speakers c, d is taken out",
    ]
    numbers = rows("a", "xy" * 5) + [Utterance("x.wav", speaker="b")] * 12
    assert list(normalisation_warnings(numbers)) == []
