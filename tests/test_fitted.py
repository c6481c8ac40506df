"""Fitted classifiers: they answer as scikit-learn does, and say what they are worth."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from quick_first import quick_first

from deepspectrum_features import DsfError, FeatureFile
from deepspectrum_features.baselines.evaluation import evaluate
from deepspectrum_features.baselines.fitted import Classifier, Predictions, fit
from deepspectrum_features.baselines.fitted.calibration import fit_slopes
from deepspectrum_features.baselines.fitted.graph import Graph
from deepspectrum_features.baselines.fitted.machines import add_machine
from deepspectrum_features.baselines.fitted.model_file import METADATA_KEY
from deepspectrum_features.baselines.fitted.reliability import Reliability
from deepspectrum_features.encoder.runtime import Session
from deepspectrum_features.errors import CorpusError, EncoderError, FeatureFileError
from deepspectrum_features.testing import tiny_encoder, tiny_features

onnx = pytest.importorskip("onnx")
sklearn = pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with features to fit on, and a classifier fitted on them."""
    folder = tmp_path_factory.mktemp("fitted")
    known = {"corpus_named": "yes", "corpus": "tones", "encoder": "test", "licence": "CC0-1.0"}
    fit(tiny_features(folder / "tones.h5", attributes=known)).write(folder / "tones.onnx")
    return folder


@pytest.fixture
def model(place: Path) -> Classifier:
    return Classifier.read(place / "tones.onnx")


def new_features(path: Path, **changes: Any) -> FeatureFile:
    return FeatureFile.open(tiny_features(path, strength=1.0, seed=1, speakers="xyz", **changes))


# Answers


def test_labels_are_those_of_a_pipeline_in_scikit_learn(place: Path, model: Classifier) -> None:
    """The kernel is divided by the number of columns: C is, in the usual linear machine."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    table, new = FeatureFile.open(place / "tones.h5"), new_features(place / "new.h5")
    c = model.card.chosen["C"] / table.features.shape[1]
    machine = SVC(C=c, kernel="linear", class_weight="balanced", tol=1e-6, break_ties=True)
    pipeline = make_pipeline(StandardScaler(), machine)
    pipeline.fit(table.features, table.label)
    found = model.predict(place / "new.h5")
    assert found.label.tolist() == pipeline.predict(new.features).tolist()
    assert 0 < np.mean(found.label == new.label) < 1
    assert (found.file, found.start.tolist()) == (new.file, new.start.tolist())


def estimators() -> list[Any]:
    """List machines that a graph is made of: pairs, two classes, the primal, families, networks."""
    return quick_first(["pairs", "two", "primal", "families", "networks", "two networks"])


@pytest.mark.parametrize("kind", estimators())
def test_scores_are_those_of_the_estimator(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from deepspectrum_features.baselines.classifiers import svm

    generator = np.random.default_rng(3)
    rows, new = (generator.standard_normal((n, 7)).astype(np.float32) for n in (120, 500))
    rows[:, 2], new[:, 2] = 5, 6  # constant among the rows fitted: it must not count
    labels = np.array(["a", "b", "c", "d"])[(rows[:, :2] > 0) @ [1, 2]]
    if kind.startswith("two"):
        labels = np.where(rows[:, 0] + rows[:, 1] > 0, "a", "b")
    if kind == "primal":
        monkeypatch.setattr(svm, "PRIMAL_ROWS", 100)
    families = ["one"] * 5 + ["other"] * 2 if kind == "families" else None
    estimator: Any = svm.SVM(families=families)
    if kind.endswith("networks"):
        from deepspectrum_features.baselines.classifiers.dnn import DNN

        estimator = DNN(seeds=2, epochs=3, hidden=(8, 5))
    estimator.fit(rows, labels)
    graph = Graph()
    scores = add_machine(graph, estimator)
    outputs = {"scores": scores, "probabilities": scores}
    outputs["label"] = graph.add("ArgMax", scores, axis=1, keepdims=0)
    content = graph.serialised(7, len(estimator.classes_), outputs, "")
    found = Session(Path("m.onnx"), content, "cpu").run({"features": new}, ["scores", "label"])
    needed = estimator.decision_function(new)
    if needed.ndim == 1:
        needed = np.stack([-needed, needed], axis=1)
    np.testing.assert_allclose(found["scores"], needed, rtol=1e-5, atol=1e-5)
    assert estimator.classes_[found["label"]].tolist() == estimator.predict(new).tolist()
    assert not np.allclose(found["scores"], needed[::-1], rtol=0.1)


@pytest.mark.slow
def test_what_does_not_answer_as_scikit_learn_is_not_written(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepspectrum_features.baselines.fitted import machines

    right = machines.hyperplanes

    def wrong(model: Any) -> Any:
        weights, thresholds = right(model)
        return weights, thresholds + 1e-3

    monkeypatch.setattr(machines, "hyperplanes", wrong)
    with pytest.raises(DsfError, match=r"scores of the graph are .* from scikit-learn's, need at"):
        fit(place / "tones.h5")


# What it is worth


@pytest.mark.slow
def test_the_score_is_that_of_evaluate(place: Path, model: Classifier) -> None:
    results = evaluate([place / "tones.h5"])
    assert model.score.scores == results.systems[0].scores
    assert model.score.protocol == results.protocol
    assert (
        model.score.scores["ua"].value
        != evaluate([place / "tones.h5"], normalise=["speaker"]).systems[0].scores["ua"].value
    )


def likelihood(spoken: list[float], label: int, doubt: float) -> float:
    """Return the logarithm of how likely a row's label is, and how likely any is."""
    powers = [math.exp(value) for value in spoken]
    shares = [math.log(power / sum(powers)) for power in powers]
    return (1 - doubt) * shares[label] + doubt * sum(shares) / len(shares)


@pytest.mark.slow
def test_the_table_is_read_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its facts are looked at first; an evaluation opens it for its features alone."""
    opened: list[str] = []

    class Watched(h5py.File):
        def __init__(self, name: Any, *arguments: Any, **options: Any) -> None:
            opened.append(Path(name).name)
            super().__init__(name, *arguments, **options)

    monkeypatch.setattr(h5py, "File", Watched)
    evaluate([place / "tones.h5"])
    of_evaluation = len(opened)
    fit(place / "tones.h5")
    assert (of_evaluation, len(opened) - of_evaluation) == (1, 2)


def test_slopes_have_the_highest_likelihood() -> None:
    generator = np.random.default_rng(0)
    first, second = generator.standard_normal((2, 150, 3))
    wanted = first + 2 * second + 2 * generator.standard_normal(first.shape)
    labels = wanted.argmax(axis=1)

    def total(one: float, other: float) -> float:
        summed = (one * first + other * second).tolist()
        return sum(likelihood(row, labels[n], 1 / 151) for n, row in enumerate(summed))

    found = fit_slopes(np.stack([first, second]), labels)
    best = total(*found)
    for one, other in ((0.05, 0), (-0.05, 0), (0, 0.05), (0, -0.05)):
        assert total(found[0] + one, found[1] + other) < best
    assert found[1] > found[0] > 0.2
    # all of them right: 9 of 10 rows, and of the tenth the half
    (slope,) = fit_slopes(np.array([[[2.0, 0.0]] * 9]), np.zeros(9, int))
    assert 1 / (1 + math.exp(-2 * slope)) == pytest.approx(0.95, abs=1e-4)


def test_probabilities_that_are_true_have_no_error() -> None:
    generator = np.random.default_rng(0)
    told = generator.uniform(0.2, 1, 50_000)
    right = generator.uniform(size=told.size) < told
    assert Reliability.of(told, right).error < 0.01
    assert Reliability.of(told, generator.uniform(size=told.size) < 0.3).error > 0.2


@pytest.mark.slow
def test_reliability_counted_row_by_row(place: Path, model: Classifier) -> None:
    """Leave one speaker out: each row's slopes are fitted on the other speakers' scores."""
    rows = evaluate([place / "tones.h5"]).predictions
    classes = model.classes

    def spoken(one: Any) -> list[list[float]]:
        shares = [3 * (score - round(score)) for score in one.score]
        return [[*one.score], [share / (1 - abs(share)) for share in shares]]

    bins: dict[int, list[tuple[float, bool]]] = {}
    for speaker in "abcde":
        others = [one for one in rows if one.speaker != speaker]
        known = np.array([spoken(one) for one in others]).transpose(1, 0, 2)
        votes, margins = fit_slopes(known, np.array([classes.index(one.label) for one in others]))
        for one in rows:
            if one.speaker == speaker:
                both = zip(*spoken(one), strict=True)
                powers = [math.exp(votes * score + margins * total) for score, total in both]
                told = powers[classes.index(one.predicted)] / sum(powers)
                bins.setdefault(int(told * 10), []).append((told, one.label == one.predicted))
    gaps = [abs(sum(told - right for told, right in rows_)) for rows_ in bins.values()]
    found = model.card.reliability
    assert found is not None
    assert found.error == pytest.approx(sum(gaps) / len(rows), abs=1e-6)
    assert [one.rows for one in found.bins] == [len(bins[key]) for key in sorted(bins)]
    assert found.error > 0.01


def test_probabilities_follow_the_label(place: Path, model: Classifier) -> None:
    new_features(place / "new.h5")
    found = model.predict(place / "new.h5")
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1)
    likely = np.array(model.classes)[found.probabilities.argmax(axis=1)]
    assert 0.9 < np.mean(likely == found.label) <= 1
    assert found.probabilities.max(axis=1).std() > 0.05


# The file


def spoiled(place: Path, path: Path, **changes: Any) -> Path:
    """Write a classifier whose metadata say something else."""
    model = onnx.load(str(place / "tones.onnx"))
    values = json.loads(model.metadata_props[0].value)
    model.metadata_props[0].value = json.dumps(values | changes)
    onnx.save(model, str(path))
    return path


@pytest.mark.slow
def test_files_that_are_refused(place: Path, tmp_path: Path) -> None:
    content = (place / "tones.onnx").read_bytes()
    (tmp_path / "half.onnx").write_bytes(content[: len(content) // 2])
    (tmp_path / "text.onnx").write_text("no model")
    foreign = onnx.load(str(place / "tones.onnx"))
    del foreign.metadata_props[:]
    onnx.save(foreign, str(tmp_path / "foreign.onnx"))
    foreign.metadata_props.add(key=METADATA_KEY, value="{")
    onnx.save(foreign, str(tmp_path / "damaged.onnx"))
    needed = "need a classifier that dsf fit wrote"
    for path, message in {
        tmp_path / "half.onnx": f"not a model that onnxruntime loads, {needed}",
        tmp_path / "text.onnx": f"not a model that onnxruntime loads, {needed}",
        tmp_path / "foreign.onnx": f"an ONNX model without a classifier's metadata, {needed}",
        tmp_path / "damaged.onnx": "damaged metadata (",
        tmp_path / "gone.onnx": f"no such file or directory, {needed}",
        tmp_path: f"a folder, {needed} (dsf predict MODEL IN OUT.csv)",
        tiny_encoder().path: f"an encoder, {needed}",
        spoiled(place, tmp_path / "2.onnx", format=2): "classifier format 2, this version reads 1",
        spoiled(place, tmp_path / "a.onnx", classes=["a"]): "inputs and outputs {",
        spoiled(place, tmp_path / "b.onnx", classes=["a", "a", "b"]): "metadata: classes: none, or",
        spoiled(place, tmp_path / "c.onnx", normalise="x"): "metadata: normalise: 'x', need",
    }.items():
        with pytest.raises(DsfError) as caught:
            Classifier.read(path)
        assert str(caught.value).startswith(f"{path}: {message}")
        assert "\n" not in str(caught.value)


def test_it_is_written_whole_and_replaces_classifiers_alone(
    model: Classifier, tmp_path: Path
) -> None:
    model.write(tmp_path / "a.onnx")
    with pytest.raises(DsfError, match=r"a\.onnx: exists \(choose another name, or --overwrite\)"):
        model.write(tmp_path / "a.onnx")
    model.write(tmp_path / "a.onnx", overwrite=True)
    assert Classifier.read(tmp_path / "a.onnx").card == model.card
    (tmp_path / "b.onnx").write_text("mine")
    with pytest.raises(DsfError, match="exists and is no classifier, need another name"):
        model.write(tmp_path / "b.onnx", overwrite=True)
    with pytest.raises(DsfError, match=r"a\.bin: a classifier is an ONNX file, need a name"):
        model.write(tmp_path / "a.bin")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.onnx", "b.onnx"]


def test_only_operators_of_the_standard_and_nothing_outside(place: Path) -> None:
    graph = onnx.load(str(place / "tones.onnx"))
    onnx.checker.check_model(graph, full_check=True)
    assert {node.domain for node in graph.graph.node} == {""}
    assert all(not one.external_data for one in graph.graph.initializer)


def test_graphs_that_answer_nonsense_are_one_line(place: Path, tmp_path: Path) -> None:
    model = onnx.load(str(place / "tones.onnx"))
    slope = model.graph.initializer[-1]
    slope.CopyFrom(onnx.numpy_helper.from_array(np.array(np.nan), slope.name))
    onnx.save(model, str(tmp_path / "nan.onnx"))
    with pytest.raises(DsfError, match=r"nan\.onnx: answers without a class or finite numbers"):
        Classifier.read(tmp_path / "nan.onnx").decide(np.zeros((3, 6)))


# Features that do not fit


def test_features_of_something_else_are_refused(place: Path, model: Classifier) -> None:
    path = place / "other.h5"
    for changes, message in (
        ({"attributes": {"encoder": "another"}}, r"features of another, .*tones\.onnx takes those"),
        (
            {"attributes": {"encoder": "test", "encoder_sha256": "ab" * 32}},
            r"features of test \(sha256 abababababab\), .* takes those of test",
        ),
        (
            {"feature_name": ["x0", "x1", "x2", "x3", "x4", "y"]},
            "no column x5, .* takes 6 columns, 1 of them are not there",
        ),
    ):
        new_features(path, **changes)
        with pytest.raises(FeatureFileError, match=message):
            model.predict(path)
    with pytest.raises(CorpusError, match="a feature file, need recordings for --layout"):
        model.predict(path, layout="emodb")


def test_columns_are_found_by_name(place: Path, model: Classifier) -> None:
    new = new_features(place / "new.h5")
    turned = replace(new, features=new.features[:, ::-1], feature_name=new.feature_name[::-1])
    turned.write(place / "turned.h5")
    plain, found = model.predict(place / "new.h5"), model.predict(place / "turned.h5")
    np.testing.assert_array_equal(plain.probabilities, found.probabilities)
    assert model.decide(np.zeros((0, 6))).probabilities.shape == (0, 3)


def test_recordings_need_an_encoder_that_is_known(model: Classifier, folder: Path) -> None:
    with pytest.raises(EncoderError, match="takes features of test, which nothing here computes"):
        model.predict(folder)


def test_what_it_was_fitted_on_is_said(place: Path, model: Classifier) -> None:
    met = "which it tells better than what it never heard"
    assert model.predict(place / "tones.h5").notices == (
        f"fitted on these recordings: 60 of 60 rows, {met}",
    )
    known = {"corpus_named": "yes", "corpus": "Tones", "encoder": "test"}
    tiny_features(
        place / "same.h5", speakers="axy", attributes=known, file=[f"{n}.wav" for n in range(36)]
    )
    said: list[str] = []
    found = model.predict(place / "same.h5", say=said.append)
    assert [*found.notices] == said == [f"fitted on their speakers: 12 of 36 rows, {met}"]
    new_features(place / "new.h5")
    assert model.predict(place / "new.h5").notices == ()


def test_speakers_are_known_in_corpora_that_somebody_named_so(
    place: Path, model: Classifier
) -> None:
    files = [f"{n}.wav" for n in range(36)]
    for corpora, rows in (
        ([], 0),  # the file says tones, which nobody gave it
        (["tones"] * 36, 12),
        (["tones"] * 3 + ["others"] * 33, 3),
    ):
        tiny_features(place / "named.h5", speakers="axy", file=files, corpus=corpora)
        notices = model.predict(place / "named.h5").notices
        assert [one.partition(", which")[0] for one in notices] == [
            f"fitted on their speakers: {rows} of 36 rows"
        ] * bool(rows)


@pytest.mark.slow
def test_c_is_chosen_on_what_the_protocol_keeps_apart(place: Path, model: Classifier) -> None:
    assert "on training speakers" in model.card.fitted
    dealt = fit(place / "tones.h5", protocol="random")
    assert "on training recordings" in dealt.card.fitted
    assert not dealt.score.protocol.speaker_independent


@pytest.mark.slow
def test_a_classifier_normalised_by_speaker_needs_speakers(place: Path) -> None:
    model = fit(place / "tones.h5", normalise="speaker")
    new = new_features(place / "by.h5")
    found = model.predict(place / "by.h5")
    moved = replace(new, features=new.features + 100 * (np.array(new.speaker) == "x")[:, None])
    moved.write(place / "moved.h5")
    assert model.predict(place / "moved.h5").label.tolist() == found.label.tolist()
    assert found.notices == ()
    new_features(place / "by.h5", speaker=["x"] * 35 + ["z"])
    with pytest.raises(CorpusError, match=r"one row of speaker z, .* several recordings of each"):
        model.predict(place / "by.h5")
    new_features(place / "by.h5", speaker=["x"] * 34 + ["", ""])
    with pytest.raises(CorpusError, match=r"2 rows of unknown speaker, .* needs that of each"):
        model.predict(place / "by.h5")


# Fitting


@pytest.mark.slow
def test_what_cannot_be_fitted(place: Path) -> None:
    with pytest.raises(ValueError, match="classifier='forest', need one of svm, dnn"):
        fit(place / "tones.h5", classifier="forest")
    with pytest.raises(EncoderError, match=r"the features are of test \(no encoder\.\.\.\), need"):
        fit(place / "tones.h5", encoder=tiny_encoder().path)


@pytest.mark.slow
def test_some_of_the_columns_by_families(place: Path) -> None:
    model = fit(place / "tones.h5", columns=["x[0-3]"], weights="families")
    assert model.columns == ["x0", "x1", "x2", "x3"]
    assert "every family of columns of equal weight" in model.card.fitted
    new_features(place / "new.h5")
    assert len(model.predict(place / "new.h5")) == 36


# The table


def test_tables_hold_any_text() -> None:
    classes = ('joy, "pure"', "Gl\N{LATIN SMALL LETTER U WITH DIAERESIS}ck")
    told = Predictions(
        classes,
        ['a,b "c".wav', "line\nend.wav"],
        np.zeros(2),
        np.array([0.5, 1 / 3]),
        np.array([1, 2], np.int32),
        np.array(classes),
        np.array([[0.75, 0.25], [1 / 3, 2 / 3]]),
    )
    rows = [*csv.DictReader(io.StringIO(told.csv()))]
    assert [row["file"] for row in rows] == told.file
    assert [row["label"] for row in rows] == [*classes]
    assert rows[1] == {
        "file": "line\nend.wav", "start": "0.0", "end": repr(1 / 3), "channel": "2",
        "label": classes[1], f"p_{classes[0]}": "0.333333", f"p_{classes[1]}": "0.666667",
    }  # fmt: skip
    pandas = pytest.importorskip("pandas")
    read = pandas.read_csv(io.StringIO(told.csv()))
    pandas.testing.assert_frame_equal(read, told.to_frame(), check_dtype=False, atol=1e-6)
