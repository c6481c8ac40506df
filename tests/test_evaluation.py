"""An evaluation one can believe: mistakes in one line, leaks caught, others' numbers met."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from deepspectrum_features import FeatureFile
from deepspectrum_features.baselines import systems
from deepspectrum_features.baselines.evaluation import evaluate
from deepspectrum_features.baselines.limits import limits_of
from deepspectrum_features.baselines.normalisation import by_speaker
from deepspectrum_features.baselines.records import LeftOut
from deepspectrum_features.baselines.report.protocol_card import under
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.results_document import check_place
from deepspectrum_features.baselines.tables import feature_files, read_tables
from deepspectrum_features.corpus.protocol import make_protocol
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError, DsfError, FeatureFileError
from deepspectrum_features.testing import tiny_features

pytest.importorskip("sklearn")

SPEAKERS, CLASSES, TAKES = "abcde", ("high", "low", "mid"), 4


def feature_file(path: Path, **options: Any) -> FeatureFile:
    """Write features of 60 rows, 5 speakers, 3 classes; return what was written."""
    return FeatureFile.open(tiny_features(path, **options))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a feature file of 60 rows, 5 speakers, 3 classes."""
    feature_file(tmp_path / "one.h5")
    return tmp_path / "one.h5"


def test_pooled_scores_equal_a_naive_loop_with_scikit_learn(path: Path) -> None:
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    found = evaluate([path])
    table = FeatureFile.open(path)
    labels, speakers = np.array(table.label), np.array(table.speaker)
    predicted = np.empty_like(labels)
    (system,) = found.systems
    chosen = {fold.name: fold.chosen for fold in system.folds}
    for speaker in SPEAKERS:
        test = speakers == speaker
        cost = chosen[speaker]["C"] / table.features.shape[1]
        model = make_pipeline(
            StandardScaler(),
            SVC(kernel="linear", C=cost, class_weight="balanced", break_ties=True),
        )
        predicted[test] = model.fit(table.features[~test], labels[~test]).predict(
            table.features[test]
        )
    assert [row.predicted for row in found.predictions] == predicted.tolist()
    expected = balanced_accuracy_score(labels, predicted)
    assert system.scores["ua"].value == pytest.approx(expected, abs=1e-12)
    assert 0.5 < expected < 1
    per_fold = [fold.scores["ua"] for fold in system.folds]
    assert [one.scores["ua"] for one in system.speakers.values()] == per_fold


def test_features_without_information_stay_at_chance(tmp_path: Path) -> None:
    feature_file(tmp_path / "noise.h5", strength=0.0)
    feature_file(tmp_path / "good.h5", strength=3.0)
    files = [tmp_path / "good.h5", tmp_path / "noise.h5"]
    results = evaluate(files, normalise=["global", "speaker"])
    for one in results.systems:
        ua = one.scores["ua"]
        assert (ua.low > 1 / 3) if one.features == "good" else (ua.low < 1 / 3 < ua.high)
    told = (
        "not beyond chance: the interval of UA reaches down to 0.333 for "
        "noise svm-linear global, noise svm-linear speaker"
    )
    assert f"\n* **{told}**\n" in results.markdown()


def test_speaker_normalisation_takes_out_what_a_speaker_adds() -> None:
    generator = np.random.default_rng(0)
    plain = generator.standard_normal((20, 3)).astype(np.float32)
    speakers = np.array(["a"] * 10 + ["b"] * 10)
    shifted = plain.copy()
    shifted[10:] = 5 * shifted[10:] + 100
    np.testing.assert_allclose(
        by_speaker(shifted, speakers), by_speaker(plain, speakers), atol=1e-4
    )
    own = plain[:10]
    np.testing.assert_allclose(
        by_speaker(plain, speakers)[:10], (own - own.mean(0)) / own.std(0), rtol=1e-4, atol=1e-6
    )
    assert not np.allclose(by_speaker(plain, speakers), plain, atol=1e-2)


@pytest.mark.slow
def test_systems_are_compared_on_the_same_folds(tmp_path: Path) -> None:
    feature_file(tmp_path / "good.h5", strength=3.0)
    feature_file(tmp_path / "poor.h5", strength=0.3, seed=1)
    paths = [tmp_path / "good.h5", tmp_path / "poor.h5"]
    results = evaluate(paths, normalise=("global", "speaker"))
    assert len(results.systems) == 4
    ua = {one.name: one.scores["ua"].value for one in results.systems}
    assert [(one.first, one.second) for one in results.comparisons] == [
        ("good svm-linear global", "poor svm-linear global"),
        ("good svm-linear speaker", "poor svm-linear speaker"),
        ("good svm-linear global", "good svm-linear speaker"),
        ("poor svm-linear global", "poor svm-linear speaker"),
    ]
    assert [one.family for one in results.comparisons][1:3] == [
        "features: svm-linear, speaker, chosen on training speakers",
        "normalise: good, svm-linear, chosen on training speakers",
    ]
    for one in results.comparisons[:2]:
        assert one.difference == pytest.approx(ua[one.first] - ua[one.second])
        assert one.difference > 0.2
        assert one.p_holm == one.p >= 2 / 2**5  # all five agree: as far as five can go
        assert one.note == "5 differing speakers cannot reach p < 0.0625"


def test_the_results_folder(path: Path, tmp_path: Path) -> None:
    results = evaluate([path])
    out = tmp_path / "results"
    results.write(out)
    assert Results.read(out) == results
    with (out / "predictions.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 60
    right = sum(row["label"] == row["predicted"] for row in rows) / 60
    assert right == pytest.approx(results.systems[0].scores["wa"].value)
    with (out / "map.csv").open(newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 60
    assert (out / "results.md").read_text(encoding="utf-8") == results.markdown() + "\n"
    for line in results.protocol.lines:
        assert line in results.markdown()
    assert results.to_frame().loc[("one svm-linear global", "ua"), "value"] > 0.5
    with pytest.raises(DsfError, match="holds results already"):
        check_place(out, overwrite=False)
    check_place(out, overwrite=True)
    with pytest.raises(DsfError, match="holds no results"):
        check_place(tmp_path, overwrite=True)


# --- mistakes, one clear line each -----------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": []}, r"no labels, .*--labels TABLE .*--layout NAME.*--labels-from.*corpus\.csv"),
        ({"label": ["same"] * 60}, r"one class \(same\), need at least two"),
        ({"speaker": ["a"] * 60}, r"one speaker \(a\), need two or more"),
        ({"speaker": []}, r"60 of 60 utterances have no speaker.*--protocol random"),
        (
            {"label": ["odd"] * 12 + ["x", "y"] * 24},
            r"fold a: no training row of odd, uttered by a alone, need each class from two sp",
        ),
        (
            {"label": ["happpy", *["happy", "calm"] * 29, "clam"]},
            r"fold a: no training row of happpy \(did you mean 'happy'\?\), uttered by a alone; "
            r"fold e: no training row of clam \(did you mean 'calm'\?\), uttered by e alone, need",
        ),
        ({"speaker": ["03"] * 12 + ["3"] * 24 + ["4"] * 24}, r"'03' and '3' differ in spelling"),
        ({"speaker": ["Eva"] * 12 + ["eva "] * 24 + ["B"] * 24}, r"'Eva' and 'eva ' differ in"),
    ],
)
def test_what_cannot_be_evaluated(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    feature_file(tmp_path / "x.h5", **changes)
    with pytest.raises(CorpusError, match=message):
        evaluate([tmp_path / "x.h5"])


def test_too_few_speakers_for_inner_folds(tmp_path: Path) -> None:
    feature_file(tmp_path / "x.h5", speaker=["a"] * 36 + ["b"] * 24)
    with pytest.raises(CorpusError, match=r"fold a: 1 training speaker, need two or more .*three"):
        evaluate([tmp_path / "x.h5"])


def test_nan_in_a_foreign_file(tmp_path: Path) -> None:
    features = np.ones((60, 6), np.float32)
    features[7, 2] = np.nan
    feature_file(tmp_path / "x.h5", features=features)
    with pytest.raises(FeatureFileError, match=r"NaN or infinite in 1 row, the first is a_low_3"):
        read_tables([tmp_path / "x.h5"])


def test_a_shard_alone(tmp_path: Path) -> None:
    feature_file(tmp_path / "x.h5", attributes={"shard": "1/2"})
    with pytest.raises(FeatureFileError, match=r"shard 1/2 alone, need all \(dsf merge\)"):
        read_tables([tmp_path / "x.h5"])


def test_files_of_different_utterances(tmp_path: Path) -> None:
    whole = feature_file(tmp_path / "one.h5")
    fewer = {name: getattr(whole, name)[:50] for name in ("features", "file", "start", "end")}
    facts = {name: getattr(whole, name)[:50] for name in ("label", "speaker")}
    feature_file(tmp_path / "two.h5", **fewer, **facts)
    paths = [tmp_path / "one.h5", tmp_path / "two.h5"]
    with pytest.raises(FeatureFileError, match=r"two\.h5: 50 rows, .*one\.h5: 60; 10 are of one"):
        read_tables(paths)
    said: list[str] = []
    found = read_tables(paths, common=True, say=said.append)
    assert [len(table.utterances) for table in found.tables] == [50, 50]
    assert found.left_out == (LeftOut("rows not in two", 10, {"high": 2, "low": 4, "mid": 4}),)
    assert said == ["left out: 10 rows not in two (high 2, low 4, mid 4)"]


def test_rows_in_another_order_are_matched(tmp_path: Path) -> None:
    one = feature_file(tmp_path / "one.h5")
    back = {name: getattr(one, name)[::-1] for name in ("features", "file", "start", "end")}
    facts = {name: getattr(one, name)[::-1] for name in ("label", "speaker")}
    feature_file(tmp_path / "two.h5", **back, **facts)
    first, second = read_tables([tmp_path / "one.h5", tmp_path / "two.h5"]).tables
    np.testing.assert_array_equal(first.features, second.features)
    assert first.utterances == second.utterances


def test_a_label_table(tmp_path: Path, path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text(
        "file,label,speaker\n"
        + "".join(
            f"{s}_{c}_{t}.wav,żółć {c[0]},{s}\n" for s in "abc" for c in CLASSES for t in "012"
        )
    )
    said: list[str] = []
    (found,) = read_tables([path], labels=str(table), say=said.append).tables
    assert len(found.utterances) == 27
    assert {one.label for one in found.utterances} == {"żółć h", "żółć l", "żółć m"}
    assert said == ["left out: 33 rows without a label"]
    assert "żółć h" in evaluate([path], labels=str(table)).systems[0].by_class.recall
    table.write_text("file,label\nsub/a_high_0.wav,x\n")
    with pytest.raises(CorpusError, match=r"matches no row .*it has 'sub/a_high_0\.wav', the"):
        read_tables([path], labels=str(table))
    for text, said in {
        "file,speaker\na_high_0.wav,x\n": "columns file, speaker, need one named label",
        "file,labelz\na_high_0.wav,x\n": "columns file, labelz, need one named label (did you "
        "mean 'labelz'?)",
        "file,label\na_high_0.wav,\n": "nothing in column label, need labels",
        "file,Emotion\na_high_0.wav,NA\n": "nothing in column Emotion, need labels",
    }.items():
        table.write_text(text)
        with pytest.raises(CorpusError) as caught:
            read_tables([path], labels=str(table))
        assert str(caught.value) == f"{table}: {said}"


def test_a_label_table_without_times_is_refused_for_chunks(tmp_path: Path) -> None:
    chunks = {"file": ["a.wav"] * 30 + ["b.wav"] * 30, "start": np.arange(60.0)}
    feature_file(tmp_path / "x.h5", **chunks, end=np.arange(60.0) + 1)
    (tmp_path / "labels.csv").write_text("file,label\na.wav,x\nb.wav,y\n")
    with pytest.raises(
        CorpusError, match=r"a\.wav without start and end, but .* has 30 rows of it"
    ):
        read_tables([tmp_path / "x.h5"], labels=str(tmp_path / "labels.csv"))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            {"classifiers": ["svm", "forest"]},
            r"classifiers=.*forest.*, need a list of svm",
        ),
        ({"classifiers": "svm"}, r"classifiers='svm', need a list of svm, dnn"),
        ({"kernels": ["cubic"]}, r"kernels=\['cubic'\], need a list of linear, rbf"),
        ({"normalise": ["speakers"]}, r"normalise=\['speakers'\], need a list of global, speaker"),
        ({"protocol": "lolo"}, r"protocol='lolo', need one of loso, grouped"),
        ({"features": []}, r"features: \[\], need a list of feature files"),
    ],
)
def test_names_that_mean_nothing_are_refused(
    path: Path, given: dict[str, Any], reason: str
) -> None:
    """Else an unknown classifier would be a DNN by that name, an unknown protocol grouped folds."""
    with pytest.raises(ValueError, match=f"^{reason}"):
        evaluate(**({"features": [path]} | given))


def test_without_names_the_feature_files_of_the_folder_are_taken(path: Path) -> None:
    (path.parent / "other.h5").write_bytes(b"not ours")
    assert feature_files(path.parent) == [path]
    with pytest.raises(FeatureFileError, match="no feature files"):
        feature_files(path.parent / "..").append(path)


# --- planted leaks ---------------------------------------------------------------------------


def test_rows_that_the_encoder_has_seen_are_refused_by_name(tmp_path: Path) -> None:
    seen = np.array([2] * 5 + [1] * 7 + [0] * 48, np.int32)
    feature_file(tmp_path / "x.h5", seen=seen)
    with pytest.raises(CorpusError, match=r"12 of 60 test rows .*a \(12\); the first is a_high_0"):
        evaluate([tmp_path / "x.h5"])
    found = evaluate([tmp_path / "x.h5"], allow_contaminated=True)
    (warning,) = found.protocol.warnings
    assert warning.startswith("CONTAMINATED: x comes from an encoder trained on 12 of 60")
    assert warning in found.markdown()
    assert ", CONTAMINATED (" in under(found)
    feature_file(tmp_path / "y.h5", seen=seen)
    feature_file(tmp_path / "z.h5", seen=np.roll(seen, 12))
    paths = [tmp_path / f"{name}.h5" for name in "xzy"]
    both = evaluate(paths, allow_contaminated=True).protocol.warnings
    assert both == (
        f"{warning} (the same of y)",
        warning.replace("x", "z", 1).replace("a (", "b ("),
    )


def test_rows_that_the_encoder_has_seen_can_be_left_out(tmp_path: Path) -> None:
    """What remains is scored as if a table had named the others."""
    seen = np.array([2] * 5 + [1] * 7 + [0] * 48, np.int32)
    whole = feature_file(tmp_path / "x.h5", seen=seen)
    (tmp_path / "seen.csv").write_text("\n".join(["file", *whole.file[:12]]))
    found = evaluate([tmp_path / "x.h5"], drop_seen=True)
    named = evaluate([tmp_path / "x.h5"], exclude=tmp_path / "seen.csv")
    assert found.systems == named.systems
    assert found.protocol.warnings == named.protocol.warnings
    (left_out,) = found.left_out
    assert (left_out.rows, left_out.by_class) == (12, {"high": 4, "low": 4, "mid": 4})
    assert "12 rows that an encoder met in training, or their speakers" in found.markdown()
    feature_file(tmp_path / "all.h5", seen=np.ones(60, np.int32))
    with pytest.raises(CorpusError, match="an encoder was trained on all test rows"):
        evaluate([tmp_path / "all.h5"], drop_seen=True)


def test_one_recording_under_two_speakers_names(tmp_path: Path) -> None:
    content = [f"{row:016x}" for row in range(60)]
    content[30] = content[2]
    feature_file(tmp_path / "x.h5", content=content)
    with pytest.raises(
        CorpusError, match=r"a_high_2\.wav \(speaker a\) and c_low_2\.wav \(speaker c"
    ):
        evaluate([tmp_path / "x.h5"])


def test_no_model_is_given_a_test_row(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scaler, C and classifier: whatever is fitted, is fitted without the test speaker."""
    table = FeatureFile.open(path)
    given: list[set[str]] = []
    places = {
        row.tobytes(): speaker for row, speaker in zip(table.features, table.speaker, strict=True)
    }

    class Spy:
        chosen_: dict[str, object] = {}  # noqa: RUF012
        classes_ = CLASSES

        def fit(self, x: NDArray[np.float32], y: object, groups: object, dev: object) -> None:
            given.append({places[row.tobytes()] for row in x})

        def predict(self, x: NDArray[np.float32]) -> list[str]:
            assert not given[-1] & {places[row.tobytes()] for row in x}
            return ["low"] * len(x)

        def decision_function(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
            return np.zeros((len(x), 3))

        predict_proba = decision_function

        def bytes_needed(self, rows: int, columns: int) -> int:
            return rows * columns

        def describe(self, groups: str) -> str:
            return f"a spy on {groups}"

    monkeypatch.setattr(systems.System, "estimator", lambda system, fold: Spy())
    evaluate([path])
    assert given == [set(SPEAKERS) - {speaker} for speaker in SPEAKERS]


@pytest.mark.slow
def test_labels_of_the_test_speaker_change_nothing(tmp_path: Path) -> None:
    one = feature_file(tmp_path / "one.h5")
    other = [label if s != "a" else CLASSES[::-1][CLASSES.index(label)]
             for label, s in zip(one.label, one.speaker, strict=True)]  # fmt: skip
    feature_file(tmp_path / "two.h5", label=other)
    found = [evaluate([tmp_path / name]) for name in ("one.h5", "two.h5")]
    said = [[row.predicted for row in it.predictions if row.fold == "a"] for it in found]
    assert said[0] == said[1]
    chosen = [next(fold.chosen for fold in it.systems[0].folds if fold.name == "a") for it in found]
    assert chosen[0] == chosen[1]


def test_a_random_protocol_is_marked(path: Path) -> None:
    found = evaluate([path], protocol="random")
    assert "inner grouped 5-fold on training recordings" in found.protocol.lines[1]
    assert found.protocol.warnings[0].startswith("SPEAKER-DEPENDENT")
    assert not found.protocol.speaker_independent


def test_what_normalisation_takes_out_is_named_under_every_table(tmp_path: Path) -> None:
    feature_file(tmp_path / "x.h5", speaker=["a"] * 9 + ["b"] * 15 + ["c", "d"] * 18)
    found = evaluate([tmp_path / "x.h5"], normalise=["speaker"])
    assert ", speaker-independent, NORMALISED BY SPEAKER (" in under(found)


def test_speaker_normalisation_needs_speakers(tmp_path: Path) -> None:
    feature_file(tmp_path / "x.h5", speaker=[])
    with pytest.raises(CorpusError, match="--normalise speaker needs a speaker for every row"):
        evaluate([tmp_path / "x.h5"], protocol="random", normalise=("speaker",))


# --- what is refused, and what only looks like it --------------------------------------------


def test_a_test_recording_among_dev_rows_is_refused(tmp_path: Path) -> None:
    split = ["train"] * 36 + ["dev"] * 12 + ["test"] * 12
    content = [f"{row:016x}" for row in range(60)]
    content[40] = content[50]
    feature_file(tmp_path / "x.h5", split=split, content=content)
    with pytest.raises(CorpusError, match="are the same recording, need it once"):
        evaluate([tmp_path / "x.h5"])
    feature_file(tmp_path / "x.h5", split=split, content=content, speaker=[])
    with pytest.raises(CorpusError, match=r"speaker unknown.* are the same recording"):
        evaluate([tmp_path / "x.h5"])


def test_a_split_says_what_it_leaves_out_and_does_not_know(tmp_path: Path) -> None:
    split = ["train"] * 36 + [""] * 12 + ["test"] * 12
    feature_file(tmp_path / "x.h5", split=split, speaker=[])
    found = evaluate([tmp_path / "x.h5"])
    assert found.protocol.warnings == (
        "SPEAKERS UNKNOWN: nobody checked that they are not on both sides",
        "12 of 60 rows are in no split, left out",
        "UA: no interval: rows without a speaker",
    )


def test_more_than_five_speakers_who_lack_a_class_are_counted() -> None:
    rows = [Utterance(f"{who}.wav", label="low", speaker=who) for who in "abcdefg"]
    rows += [Utterance(f"{who}2.wav", label="high", speaker=who) for who in "ag"]
    said = list(limits_of(make_protocol(rows), rows))
    assert said == ["speakers b, c, d, e, f never utter high"]
    rows += [Utterance("a3.wav", label="mid", speaker="a")]
    (line,) = limits_of(make_protocol(rows), rows)
    assert line.endswith(": high never by speakers b, c, d, e, f; mid never by 6 of 7 speakers")


def test_labels_that_look_mistyped_are_asked_about_with_every_score(tmp_path: Path) -> None:
    label = ["happpy", *["happy", "calm"] * 5, "calm"] * 2 + ["happy", "calm"] * 18
    feature_file(tmp_path / "x.h5", label=label)
    warnings = evaluate([tmp_path / "x.h5"]).protocol.warnings
    assert warnings[0].startswith("labels that may be mistyped: 'happpy' (2) for 'happy' (28)")


def test_classes_that_speakers_never_utter_are_one_warning(tmp_path: Path) -> None:
    label = [name for name in CLASSES for _ in range(TAKES)] * 5
    label[:TAKES] = ["mid"] * TAKES
    feature_file(tmp_path / "x.h5", label=label)
    found = evaluate([tmp_path / "x.h5"])
    assert found.protocol.warnings == ("speaker a never utters high",)
    label[12 : 12 + TAKES] = ["mid"] * TAKES
    feature_file(tmp_path / "x.h5", label=label)
    found = evaluate([tmp_path / "x.h5"])
    assert found.protocol.warnings == ("speakers a, b never utter high",)
    label[40:44] = ["mid"] * TAKES
    feature_file(tmp_path / "x.h5", label=label)
    found = evaluate([tmp_path / "x.h5"])
    assert found.protocol.warnings == (
        "not every speaker utters every class: high never by speakers a, b; low never by speaker d",
    )


def test_a_label_table_leaves_what_it_does_not_say(tmp_path: Path) -> None:
    whole = feature_file(tmp_path / "x.h5", split=["train"] * 48 + ["test"] * 12)
    table = tmp_path / "labels.csv"
    table.write_text("file,label,spaeker\n" + "".join(f"{one},x,y\n" for one in whole.file))
    said: list[str] = []
    (found,) = read_tables([tmp_path / "x.h5"], labels=str(table), say=said.append).tables
    assert [one.speaker for one in found.utterances] == whole.speaker
    assert [one.split for one in found.utterances] == whole.split
    assert "spaeker" in said[0]
    table.write_text("file,start,end,label\n" + "".join(f"{one},0,0.999,x\n" for one in whole.file))
    with pytest.raises(CorpusError, match=r"'a_high_0.wav' from 0.0 to 0.999 s, the features"):
        read_tables([tmp_path / "x.h5"], labels=str(table))


def test_a_file_given_twice(path: Path) -> None:
    with pytest.raises(FeatureFileError, match="given twice, need every file once"):
        read_tables([path, path.parent / "." / path.name])


@pytest.mark.slow
def test_results_leave_what_is_not_theirs(tmp_path: Path, path: Path) -> None:
    out = tmp_path / "results"
    evaluate([path]).write(out)
    (out / "thesis.txt").write_text("mine")
    (tmp_path / "link").symlink_to(out)
    check_place(tmp_path / "link", overwrite=True)
    evaluate([path], title="again").write(tmp_path / "link")
    assert (out / "thesis.txt").read_text() == "mine"
    assert json.loads((out / "results.json").read_text())["title"] == "again"
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith(".")) == []


@pytest.mark.slow
def test_many_speakers_are_compared_by_random_flips(tmp_path: Path) -> None:
    speakers = [f"s{row % 24:02}" for row in range(96)]
    label = [CLASSES[row // 24 % 2] for row in range(96)]
    generator = np.random.default_rng(0)
    for name in ("one", "two"):
        feature_file(
            tmp_path / f"{name}.h5",
            features=generator.standard_normal((96, 6)).astype(np.float32),
            file=[f"{row}.wav" for row in range(96)],
            start=np.zeros(96),
            end=np.ones(96),
            label=label,
            speaker=speakers,
        )
    results = evaluate([tmp_path / "one.h5", tmp_path / "two.h5"])
    (comparison,) = results.comparisons
    one, two = (system.scores["ua"].value for system in results.systems)
    assert comparison.difference == pytest.approx(one - two)
    assert comparison.exact == (comparison.differing <= 20)
    assert comparison.test.startswith("exact") == comparison.exact
