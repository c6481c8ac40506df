"""Descriptors learned beside the classes: aligned with frames, of unlabelled speech, resumed."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from called import call

from deepspectrum_features import Corpus, Encoder, FeatureFile, Recipe, extract
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.networks import build_network
from deepspectrum_features.recipe import PRESETS, Augmentation, Training
from deepspectrum_features.sound import make_front_end
from deepspectrum_features.testing import tiny_corpus, tiny_recipe, tone
from deepspectrum_features.training.after_epoch import Journal
from deepspectrum_features.training.epochs import Epoch, Examples
from deepspectrum_features.training.exporting import export
from deepspectrum_features.training.fold_data import FoldData, read_fold
from deepspectrum_features.training.learner import Learner
from deepspectrum_features.training.pool import Pool
from deepspectrum_features.training.run import train

opensmile = pytest.importorskip("opensmile")


def recipe(distil: float | None, **changes: object) -> Recipe:
    training = Training(epochs=3, batch_size=4, learning_rate=0.01, anneal=True, distil=distil)
    return dataclasses.replace(tiny_recipe(), training=dataclasses.replace(training, **changes))


def unlabelled(corpus: Corpus, *rows: int) -> Corpus:
    """Take the labels of rows away, of all where none is named."""
    bare = rows or range(len(corpus.utterances))
    found = [
        dataclasses.replace(one, label="") if row in bare else one
        for row, one in enumerate(corpus.utterances)
    ]
    return dataclasses.replace(corpus, utterances=tuple(found))


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> list[Corpus]:
    """Two corpora: one in part without labels, one without any and with a very short recording."""
    place = tmp_path_factory.mktemp("corpora")
    told = tiny_corpus(place / "told", speakers=4, per_class=3)
    bare = tiny_corpus(place / "bare", speakers=5, per_class=2, seconds=0.3)
    soundfile.write(bare / "short.wav", tone(300, 0.05), 16000)
    with (bare / "corpus.csv").open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerow(["short.wav", "low", "spk6"])
    first, second = (Corpus.read(folder, name=folder.name).scan() for folder in (told, bare))
    return [unlabelled(first, 0, 1, 23), unlabelled(second)]


def read(corpora: list[Corpus], recipe: Recipe) -> FoldData:
    pool = Pool.of(corpora, unlabelled=True)
    network = build_network(recipe, len(pool.classes))
    return read_fold(pool, network, recipe, pool.hold_out([], []), print, bar=False)


def rise(columns: np.ndarray) -> int:
    """Return the first row above the middle between the quietest and the loudest."""
    level = columns.mean(axis=1)
    return int(np.argmax(level > (np.nanmin(level) + np.nanmax(level)) / 2))


def test_targets_stand_beside_the_frames_they_are_of(tmp_path: Path) -> None:
    rows = []
    for number, seconds in enumerate((0.3, 0.55, 0.8, 0.4)):
        sound = 1e-3 * np.random.default_rng(number).standard_normal(20000)
        sound[round(16000 * seconds) :] += tone(500, 20000 / 16000 - seconds)
        soundfile.write(tmp_path / f"{number}.wav", sound, 16000)
        rows.append(f"{number}.wav,{'ab'[number % 2]},spk{number // 2}")
    (tmp_path / "corpus.csv").write_text("\n".join(["file,label,speaker", *rows]))
    data = read([Corpus.read(tmp_path).scan()], recipe(1.0))
    assert not data.dev.targets
    names = opensmile.Smile("ComParE_2016", "lld").feature_names
    loud = [names.index("pcm_RMSenergy_sma")]
    for frames, targets, seconds in zip(
        data.train.frames, data.train.targets, (0.3, 0.55), strict=True
    ):
        assert targets.shape == (len(frames), 65)
        assert np.isnan(targets[-1]).all()  # openSMILE's windows are longer
        assert np.isfinite(targets[:-6]).all()
        assert abs(rise(targets[:, loud]) - (seconds - 0.0125) / 0.01) <= 1.5
        assert abs(rise(np.exp(frames)) - rise(targets[:, loud])) <= 1.5
    known = np.concatenate(data.train.targets)
    known = known[np.isfinite(known[:, 0])]
    assert np.abs(known).max() <= 4
    np.testing.assert_allclose(known[:, loud].mean(), 0, atol=1e-4)
    changes = Augmentation(stretch=0.2)
    training = recipe(1.0, batch_size=1, augmentation=changes).training
    masked = dataclasses.replace(changes, masked_bands=3, masked_frames=20)
    moved = set()
    for epoch in range(6):
        batches = Epoch(data.train, training, 100, epoch, augment=True)
        hidden = dataclasses.replace(training, augmentation=masked)
        others = Epoch(data.train, hidden, 100, epoch, augment=True)
        for batch, other in zip(batches, others, strict=True):
            assert batch.targets.shape[:2] == batch.frames.shape[:2]
            assert torch.equal(batch.targets.nan_to_num(9), other.targets.nan_to_num(9))
            at = rise(batch.targets[0, :, loud].numpy())
            assert abs(rise(batch.frames[0].exp().numpy()) - at) <= 2
            moved.add(at)
    assert len(moved) > 6


def test_the_unlabelled_are_trained_on_unless_their_speakers_are_held_out(
    corpora: list[Corpus],
) -> None:
    pool = Pool.of(corpora, unlabelled=True)
    assert pool.classes == ["high", "low"]
    fold = pool.hold_out(["told/spk4", "bare/spk2"], ["told/spk3"])
    trained = {pool.utterances[row].speaker for row in fold.train}
    assert trained == {"told/spk1", "told/spk2", *(f"bare/spk{one}" for one in (1, 3, 4, 5, 6))}
    assert {0, 1} < {*fold.train}
    assert 23 not in {*fold.train, *fold.dev, *fold.test}  # of spk4
    assert {pool.utterances[row].label for row in (*fold.dev, *fold.test)} == {"high", "low"}
    said: list[str] = []
    assert len(Pool.of(corpora[:1], said.append).utterances) == 21
    assert said == ["3 utterances left out, without a label"]
    for several, wanted in ((corpora, False), (corpora[1:], True)):
        with pytest.raises(CorpusError, match="bare: no labels, need some to train on"):
            Pool.of(several, unlabelled=wanted)


def test_a_batch_without_a_class_or_without_descriptors_has_a_loss(corpora: list[Corpus]) -> None:
    chosen = recipe(0.5)
    data = read(corpora, chosen)
    network = build_network(chosen, 2)
    learner = Learner(network, chosen, data)
    short = int(np.argmin([len(one) for one in data.train.frames]))
    assert np.isnan(data.train.targets[short]).all()
    told = data.train.classes >= 0
    for rows in (np.array([short]), np.flatnonzero(~told)[:3], np.flatnonzero(told)[:3]):
        epoch = Epoch(data.train, chosen.training, 100, 0, augment=False)
        epoch.batches = [rows]
        learner.zero_grad()
        loss = learner.training_step(epoch[0], 0)
        loss.backward()
        assert torch.isfinite(loss)
        assert (loss > 0) == (short not in rows)
        slopes = [one.grad for one in learner.parameters() if one.grad is not None]
        assert all(torch.isfinite(one).all() for one in slopes)
        head = [one.grad is not None and bool(one.grad.any()) for one in network.head.parameters()]
        assert all(head) == bool(told[rows].any())
    assert not any("descriptors" in name for name in network.state_dict())


def test_the_loss_is_that_of_classes_and_at_its_weight_that_of_descriptors(
    corpora: list[Corpus],
) -> None:
    """Against every utterance by itself: nothing behind its end, nothing of what has no class."""
    chosen = recipe(0.5)
    data = read(corpora, chosen)
    train, network = data.train, build_network(chosen, 2)
    learner = Learner(network, chosen, data)
    learner.eval()
    told = train.classes >= 0
    counts = np.bincount(train.classes[told])
    assert counts[0] != counts[1]
    rows = np.concatenate([np.flatnonzero(told)[[0, -1]], np.flatnonzero(~told)[[0, -1]]])
    assert len({len(train.frames[row]) for row in rows}) > 1
    epoch = Epoch(train, chosen.training, 100, 0, augment=False)
    epoch.batches = [rows]
    assert learner.descriptors is not None
    squares, errors, weights = [], [], []
    with torch.no_grad():
        for row in rows:
            length = torch.tensor([len(train.frames[row])])
            alone = network.forward_features(torch.from_numpy(train.frames[row])[None], length)
            wrong = learner.descriptors(alone.frame_embedding)[0].numpy() - train.targets[row]
            squares += (wrong[np.isfinite(wrong)] ** 2).tolist()
            if told[row]:
                scores = network.forward_head(alone.embedding)[0].log_softmax(0)
                weights.append(told.sum() / (2 * counts[train.classes[row]]))
                errors.append(-float(scores[train.classes[row]]) * weights[-1])
        loss = float(learner.training_step(epoch[0], 0))
    expected = sum(errors) / sum(weights) + 0.5 * np.mean(squares)
    assert loss == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("system", ["zhao2018-asmmc", "zhang2018-apsipa"])
def test_descriptors_are_those_at_the_centres_of_a_networks_steps(
    corpora: list[Corpus], system: str
) -> None:
    """Targets that are their frame's time in seconds, where nothing is predicted."""
    chosen = PRESETS[system]["compact"]
    chosen = dataclasses.replace(chosen, training=recipe(1.0).training)
    data = read(corpora, recipe(1.0))
    network, front_end = build_network(chosen, 2), make_front_end(chosen.front_end)
    frames = [network.prepare(torch.rand(150 + 90 * row, front_end.dim)).numpy() for row in (0, 1)]
    times = [
        front_end.first_centre_seconds
        + front_end.step_seconds * np.arange(len(one), dtype=np.float32)[:, None]
        for one in frames
    ]
    bare = np.full(2, -1)
    train = Examples(frames, bare, np.arange(2), np.zeros(2, np.int64), bare, times)
    learner = Learner(network, chosen, dataclasses.replace(data, train=train))
    learner.eval()
    assert learner.descriptors is not None
    for weights in learner.descriptors.parameters():
        torch.nn.init.zeros_(weights)
    clock = network.clock(front_end)
    epoch = Epoch(train, chosen.training, 500, 0, augment=False)
    epoch.batches = [np.arange(2)]
    batch = epoch[0]
    with torch.no_grad():
        loss = float(learner.training_step(batch, 0))
        steps = network.forward_features(batch.frames, batch.lengths).steps.tolist()
    centres = np.concatenate([np.arange(count) for count in steps]) * clock.step_seconds
    centres += clock.first_step_centre_seconds
    assert np.sqrt(loss) == pytest.approx(np.sqrt(np.mean(centres**2)), abs=0.006)


def test_what_is_left_out_is_said_and_folds_count_the_labelled_alone(
    corpora: list[Corpus], tmp_path: Path
) -> None:
    said: list[str] = []
    chosen = recipe(1.0, epochs=1)
    train(corpora, tmp_path / "several", chosen, say=said.append, bar=False)
    assert "1 utterance left out, without a label, held out or nameless" in said
    assert not [line for line in said if "without a split" in line or " utterance of " in line]
    fold = Pool.of(corpora[:1]).hold_out([], [])
    train(corpora[0], tmp_path / "fold", chosen, fold=fold, say=said.append, bar=False)
    training = json.loads((tmp_path / "fold/training.json").read_text(encoding="utf-8"))["training"]
    assert training["utterances"] == {"train": 16, "dev": 5, "test": 0}
    heard = [f"{path}.wav" for path in training["corpora"][0]["utterances"]["path"]]
    assert sorted(heard) == sorted(one.file for one in corpora[0].utterances if one.label)


def test_labelled_speakers_are_drawn_as_if_they_were_alone() -> None:
    speaker = np.repeat([0, 1, 2, 3], [30, 6, 40, 4])
    classes = np.where(speaker < 2, 0, -1)
    frames = [np.zeros((5, 2), np.float32)] * 80
    examples = Examples(frames, classes, np.arange(80), np.zeros(80, np.int64), speaker)
    training = Training(batch_size=4, speakers_alike=True)
    drawn = np.concatenate(Epoch(examples, training, 50, 0, augment=True).batches)
    assert np.bincount(speaker[drawn]).tolist() == [18, 18, 22, 22]


@pytest.mark.slow
def test_a_resumed_run_equals_an_uninterrupted_one_and_knows_all_it_heard(
    corpora: list[Corpus], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = recipe(
        2.0,
        epochs=8,
        learning_rate=0.03,
        speakers_alike=True,
        augmentation=Augmentation(stretch=0.1, masked_frames=4),
    )
    errors: list[float] = []
    honest = Learner._descriptor_loss

    def watched(learner: Learner, *batch: object) -> torch.Tensor:
        found = honest(learner, *batch)
        errors.append(float(found.detach()))
        return found

    monkeypatch.setattr(Learner, "_descriptor_loss", watched)
    train(corpora, tmp_path / "whole", chosen)
    part = len(errors) // 8
    assert np.isfinite(errors).all()
    assert np.mean(errors[-part:]) < 0.9 * np.mean(errors[:part])
    begin = Journal.on_train_epoch_start

    def die(journal: Journal, trainer: object, module: object) -> None:
        if trainer.current_epoch == 3:
            raise RuntimeError("power cut")
        begin(journal, trainer, module)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "on_train_epoch_start", die)
        with pytest.raises(RuntimeError, match="power cut"):
            train(corpora, tmp_path / "cut", chosen)
    train(corpora, tmp_path / "cut", chosen)
    for name in ("history.csv", "training.json", "network.safetensors"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    encoder = export(tmp_path / "cut", tmp_path / "own.onnx")
    heard = {(one.corpus, one.path) for one in Encoder(encoder.path).stated.training.rows}
    files = {(one.name, row.file[:-4]) for one in corpora for row in one.utterances}
    assert files - heard == {("told", corpora[0].utterances[23].file[:-4])}
    done = extract(corpora[1], tmp_path / "bare.h5", encoder=encoder)
    assert (FeatureFile.open(done.path).seen > 0).all()


def test_the_command_says_what_it_learns_without_labels(tmp_path: Path) -> None:
    told, bare = tmp_path / "told", tmp_path / "bare"
    tiny_corpus(told, speakers=3, per_class=1)
    tiny_corpus(bare, speakers=2, per_class=1)
    rows = list(csv.DictReader((bare / "corpus.csv").read_text(encoding="utf-8").splitlines()))
    lines = [f"{row['file']},bare{row['speaker']}" for row in rows]
    (bare / "corpus.csv").write_text("\n".join(["file,speaker", *lines]), encoding="utf-8")
    wanted = dataclasses.replace(recipe(1.0, epochs=1), preset="tiny")
    for name, chosen in (("with", wanted), ("without", recipe(None, epochs=1))):
        (tmp_path / f"{name}.json").write_text(json.dumps(chosen.to_dict()), encoding="utf-8")
    done = call("train", told, bare, tmp_path / "run", "--recipe", tmp_path / "with.json")
    assert done.returncode == 0, done.stderr
    assert "6 utterances to train" in done.stderr
    assert "4 utterances without a label, to learn descriptors of" in done.stderr
    refused = call("train", told, bare, tmp_path / "no", "--recipe", tmp_path / "without.json")
    assert refused.returncode == 1
    assert "descriptors" not in refused.stderr
    assert "bare: no labels, need some to train on" in refused.stderr.splitlines()[-1]


@pytest.mark.slow
def test_without_it_plans_and_weights_are_as_they_were(
    corpora: list[Corpus], tmp_path: Path
) -> None:
    for name, distil in (("none", None), ("zero", 0.0), ("some", 0.5)):
        train(corpora[0], tmp_path / name, recipe(distil))
    plans = [json.loads((tmp_path / one / "plan.json").read_text()) for one in ("none", "zero")]
    assert "distil" not in plans[0]["recipe"]["training"]
    assert plans[1]["recipe"]["training"].pop("distil") == 0
    assert plans[0] == plans[1]
    none, zero, some = (
        (tmp_path / one / "network.safetensors").read_bytes() for one in ("none", "zero", "some")
    )
    assert none == zero != some
    assert len(some) == len(none)
