"""Training on several corpora: label sets apart, speakers by corpus, everything heard is noted."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from deepspectrum_features import Corpus, Encoder, FeatureFile, extract
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.networks import build_network
from deepspectrum_features.recipe import Training
from deepspectrum_features.testing import tiny_corpus, tiny_recipe
from deepspectrum_features.training.epochs import Epoch, Examples
from deepspectrum_features.training.exporting import export
from deepspectrum_features.training.fold_data import read_fold
from deepspectrum_features.training.label_sets import LabelSets
from deepspectrum_features.training.learner import Learner
from deepspectrum_features.training.pool import Pool
from deepspectrum_features.training.run import train


def relabelled(folder: Path, **names: str) -> Path:
    """Call the labels of a corpus otherwise."""
    table = folder / "corpus.csv"
    text = table.read_text(encoding="utf-8")
    for old, new in names.items():
        text = text.replace(f",{old},", f",{new},")
    table.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three corpora: two tell high from low, the third calls them otherwise."""
    place = tmp_path_factory.mktemp("corpora")
    first = tiny_corpus(place / "first", speakers=3, per_class=3)
    second = tiny_corpus(place / "second", speakers=3, per_class=4, seconds=0.6)
    third = tiny_corpus(place / "third", speakers=3, per_class=2, seconds=0.7)
    return [first, second, relabelled(third, high="joy", low="sadness")]


def scanned(folders: list[Path]) -> list[Corpus]:
    return [Corpus.read(folder, name=folder.name).scan() for folder in folders]


def test_corpora_of_the_same_labels_share_their_classes(folders: list[Path]) -> None:
    pool = Pool.of(scanned(folders))
    assert pool.label_sets == (
        ("first+second/high", "first+second/low"),
        ("third/joy", "third/sadness"),
    )
    told = zip((one.corpus for one in pool.utterances), pool.label_set.tolist(), strict=True)
    assert set(told) == {("first", 0), ("second", 0), ("third", 1)}
    assert Pool.of(scanned(folders[:2])).classes == ["high", "low"]
    assert Pool.of(scanned(folders[:1])).utterances == scanned(folders[:1])[0].utterances


def test_every_corpus_is_divided_for_itself(folders: list[Path]) -> None:
    pool = Pool.of(scanned(folders))

    def speakers(rows: tuple[int, ...]) -> set[str]:
        return {pool.utterances[row].speaker for row in rows}

    fold = pool.hold_out(["first/spk1"], ["second/spk1"])
    assert speakers(fold.dev) == {"first/spk1", "second/spk3", "third/spk3"}
    assert speakers(fold.test) == {"second/spk1"}
    assert fold.name.startswith("first: dev speakers spk1; second: dev speakers spk3; test")
    assert len(fold.train) + len(fold.dev) + len(fold.test) == len(pool.utterances)
    with pytest.raises(CorpusError, match=r"speaker spk1 is not in first \+ second \+ third, need"):
        pool.hold_out(["spk1"], [])
    with pytest.raises(CorpusError, match=r"such as first/spk2$"):
        pool.hold_out([], ["spk2"])
    with pytest.raises(CorpusError, match=r"/second: 3 speakers, need at least one to train on"):
        pool.hold_out([], ["second/spk1", "second/spk2"])


def test_what_cannot_be_told_apart_is_refused(folders: list[Path], tmp_path: Path) -> None:
    first, second, _ = scanned(folders)
    with pytest.raises(CorpusError, match=r"corpus first is .*/first already, need every corpus"):
        Pool.of([first, dataclasses.replace(second, name="first")])

    def renamed(corpus: Corpus) -> Corpus:
        rows = tuple(dataclasses.replace(one, speaker="Anna") for one in corpus.utterances)
        return dataclasses.replace(corpus, utterances=rows)

    with pytest.raises(
        CorpusError, match=r"speaker Anna is in first and second, .*in the corpus\."
    ):
        Pool.of([renamed(first), renamed(second)])
    said: list[str] = []
    nameless = dataclasses.replace(second.utterances[0], label="")
    second = dataclasses.replace(second, utterances=(nameless, *second.utterances[1:]))
    assert len(Pool.of([second], said.append).utterances) == len(second.utterances) - 1
    assert said == ["1 utterance left out, without a label"]
    said.clear()
    second = dataclasses.replace(second, utterances=second.utterances[1:])
    Pool.of([first, second], said.append)
    assert said == [
        "SPEAKERS OF EQUAL NAME: 3 names (spk1, spk2, spk3) in two corpora or more, taken for "
        "other people in each"
    ]
    (copied := tmp_path / "copied").mkdir()
    for path in folders[0].glob("spk1_*.wav"):  # tested there, trained on here
        (copied / path.name).write_bytes(path.read_bytes())
    for path in folders[1].glob("spk2_*.wav"):
        (copied / path.name).write_bytes(path.read_bytes())
    rows = [f"{path.name},{path.name.split('_')[1]},{path.name[:4]}x" for path in copied.iterdir()]
    (copied / "corpus.csv").write_text("\n".join(["file,label,speaker", *sorted(rows)]))
    with pytest.raises(
        CorpusError, match=r"first/spk1_\S+ \(.*\) and copied/spk1_\S+ \(.*same rec"
    ):
        train(
            [first, *scanned([copied])], tmp_path / "run", tiny_recipe(),
            test_speakers=["first/spk1"],
        )  # fmt: skip


def test_scores_of_other_label_sets_are_out_of_the_race() -> None:
    sets = LabelSets([2, 3])
    scores = torch.tensor([[0.0, 1, 5, 5, 5], [9, 9, 1, 2, 0]], requires_grad=True)
    within = sets(scores, torch.tensor([0, 1]))
    assert within.argmax(dim=1).tolist() == [1, 3]
    torch.nn.functional.cross_entropy(within, torch.tensor([1, 3])).backward()
    assert scores.grad is not None
    assert torch.isfinite(scores.grad).all()
    assert (scores.grad[0, 2:] == 0).all()
    assert (scores.grad[1, :2] == 0).all()
    alone = LabelSets([2]).weights(np.array([0, 0, 0, 1]))
    np.testing.assert_array_equal(sets.weights(np.array([0, 0, 0, 1, 2, 3, 4]))[:2], alone)


def test_every_speaker_is_drawn_as_often() -> None:
    speaker = np.repeat([0, 1, 2], [30, 6, 4])
    zeros = np.zeros(40, np.int64)
    frames = [np.zeros((5, 2), np.float32)] * 40
    examples = Examples(frames, zeros, np.arange(40), zeros, speaker)
    training = Training(batch_size=4, speakers_alike=True)

    def drawn(epoch: int) -> np.ndarray:
        return np.concatenate(Epoch(examples, training, 50, epoch, augment=True).batches)

    assert len(drawn(0)) == 40
    assert sorted(np.bincount(speaker[drawn(0)])) == [13, 13, 14]
    counts = np.bincount(drawn(0), minlength=40)
    assert counts[:30].max() == 1
    assert np.ptp(counts[30:36]) <= 1
    assert np.ptp(counts[36:]) <= 1
    np.testing.assert_array_equal(drawn(0), drawn(0))
    assert not np.array_equal(drawn(0), drawn(1))


def test_what_is_read_knows_its_speaker_and_its_label_set(folders: list[Path]) -> None:
    pool, recipe = Pool.of(scanned(folders)), tiny_recipe()
    network = build_network(recipe, len(pool.classes))
    fold = pool.hold_out([], ["first/spk1"])
    data = read_fold(pool, network, recipe, fold, print, bar=False)
    told = [pool.utterances[row].speaker for row in data.train.rows]
    numbers = data.train.speaker.tolist()
    pairs = {*zip(told, numbers, strict=True)}
    assert len(pairs) == len({*told}) == len({*numbers}) == 5
    learner = Learner(network, recipe, data)
    batch = Epoch(data.train, recipe.training, 50, 0, augment=False)[0]
    with torch.autocast("cpu", torch.bfloat16):
        scores = learner(batch)
    assert scores.dtype is torch.float32
    third = batch.label_set == 1
    assert 0 < third.sum() < len(third)
    assert (scores.isfinite() == torch.stack([~third, ~third, third, third], dim=1)).all()


@pytest.mark.slow
def test_a_network_learns_of_several_corpora_and_knows_what_it_heard(
    folders: list[Path], tmp_path: Path
) -> None:
    corpora = scanned(folders)
    training = Training(epochs=12, batch_size=4, learning_rate=0.03, speakers_alike=True)
    network = dataclasses.replace(
        tiny_recipe().network, active_alone=True, global_pooling="statistics"
    )
    recipe = dataclasses.replace(tiny_recipe(), training=training, network=network)
    result = train(corpora, tmp_path / "run", recipe, test_speakers=["first/spk3"])
    found = json.loads(result.read_text())
    assert found["scores"]["dev"]["ua"] == 1.0  # of all label sets
    assert set(found["scores"]["dev"]["recall"]) == set(Pool.of(corpora).classes)
    assert found["scores"]["test"]["recall"] == {"first+second/high": 1, "first+second/low": 1}
    encoder = export(tmp_path / "run", tmp_path / "own.onnx")
    assert encoder.classes == Pool.of(corpora).classes
    rows = Encoder(encoder.path).stated.training.rows
    paths = {(one.corpus, one.path) for one in rows}
    assert paths <= {(own.name, path.stem) for own, folder in zip(corpora, folders, strict=True)
                     for path in folder.glob("*.wav")}  # fmt: skip
    heard = {(one.corpus, one.speaker) for one in rows}
    everyone = {(corpus.name, f"spk{number}") for corpus in corpora for number in (1, 2, 3)}
    assert everyone - heard == {("first", "spk3")}
    for corpus, unheard in zip(corpora, (6, 0, 0), strict=True):
        done = extract(corpus, tmp_path / f"{corpus.name}.h5", encoder=encoder)
        assert int((FeatureFile.open(done.path).seen == 0).sum()) == unheard


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deepspectrum_features", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_train_takes_several_corpora(folders: list[Path], tmp_path: Path) -> None:
    (tmp_path / "recipe.json").write_text(json.dumps(tiny_recipe().to_dict()))
    command = ("train", *folders, tmp_path / "run", "--recipe", tmp_path / "recipe.json")
    done = run(*command, "--epochs", 1, "--limit", 8, "--test-speakers", "third/spk1")
    assert done.returncode == 0, done.stderr
    assert "24 utterances to train" in done.stderr
    assert "test: UA" in done.stderr
    again = run(*command, "--epochs", 1, "--limit", 8, "--test-speakers", "third/spk1")
    assert again.stderr.endswith(f"{tmp_path / 'run'}: complete\n")
    for name, value in (("--layout", "nemo"), ("--speakers", "spk1,spk2")):
        refused = run(*command, name, value)
        assert refused.returncode != 0
        assert refused.stderr == (
            f"error: {name} {value}: is of one corpus, 3 are given, need one (or a corpus.csv in "
            "each)\n"
        )


def changed(corpus: Corpus, change: Callable[[int, Utterance], Utterance]) -> Corpus:
    rows = tuple(change(row, one) for row, one in enumerate(corpus.utterances))
    return dataclasses.replace(corpus, utterances=rows)


def test_of_the_unlabelled_nobody_is_trained_on_who_may_be_held_out(folders: list[Path]) -> None:
    """Rows 0 to 5 are of spk1, 6 to 11 of spk2, 12 to 17 of spk3."""
    corpus = scanned(folders)[0]
    bare = {0: "spk1", 1: "", 6: "spk2", 12: "spk3"}
    known = changed(
        corpus,
        lambda row, one: (
            dataclasses.replace(one, label="", speaker=bare[row]) if row in bare else one
        ),
    )
    fold = Pool.of([known], unlabelled=True).hold_out(["spk2"], ["spk3"])
    assert fold.train == (0, 2, 3, 4, 5)
    assert (fold.dev, fold.test) == ((7, 8, 9, 10, 11), (13, 14, 15, 16, 17))
    sides = ("train", "dev", "test")
    split = changed(known, lambda row, one: dataclasses.replace(one, split=sides[row // 6]))
    assert Pool.of([split], unlabelled=True).hold_out([], []) == dataclasses.replace(
        fold, name="the corpus's own split"
    )
    none = changed(corpus, lambda row, one: dataclasses.replace(one, label="", speaker=""))
    some = changed(none, lambda row, one: dataclasses.replace(one, split=sides[row % 3]))
    for bare_corpus, trained in ((none, 18), (some, 6)):
        other = dataclasses.replace(bare_corpus, name="bare")
        fold = Pool.of([*scanned(folders)[2:], other], unlabelled=True).hold_out([], [])
        assert len([row for row in fold.train if row >= 12]) == trained


def test_the_unlabelled_have_no_class_of_any_label_set(folders: list[Path]) -> None:
    first, third = (scanned(folders)[place] for place in (0, 2))
    first = changed(first, lambda row, one: dataclasses.replace(one, label=one.label * (row > 0)))
    pool = Pool.of([first, third], unlabelled=True)
    assert [one.label for one in pool.utterances[:2]] == ["", "first/high"]
    assert len(pool.classes) == 4
