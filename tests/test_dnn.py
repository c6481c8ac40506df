"""The DNN: who trains it, who stops it, and that it computes what it says."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from deepspectrum_features.baselines.classifiers import perceptron
from deepspectrum_features.baselines.classifiers.dnn import DNN
from deepspectrum_features.baselines.classifiers.perceptron import Network
from deepspectrum_features.baselines.classifiers.stopping import spare

Table = tuple[NDArray[np.float32], NDArray[Any], NDArray[Any]]


def table(seed: int = 0, rows: int = 200, speakers: int = 5) -> Table:
    """Three noisy classes in 6 columns, said by speakers with voices of their own."""
    generator = np.random.default_rng(seed)
    labels = generator.choice(3, rows, p=[0.5, 0.3, 0.2])
    voices = np.arange(rows) % speakers
    centres, offsets = np.eye(3, 6), generator.normal(0, 0.3, (speakers, 6))
    features = centres[labels] + offsets[voices] + generator.normal(0, 0.7, (rows, 6)) + 5
    names = np.array([f"speaker {one}" for one in voices])
    return features.astype(np.float32), np.array(["calm", "glad", "sad"])[labels], names


def parameters(network: DNN) -> list[NDArray[np.float32]]:
    """All that training made."""
    return [one for member in network.networks_ for one in member.parameters]


def same(one: DNN, other: DNN) -> bool:
    """Whether two networks are equal to the last bit."""
    pairs = zip(parameters(one), parameters(other), strict=True)
    return all(np.array_equal(first, second) for first, second in pairs)


@pytest.mark.slow
@parametrize_with_checks([DNN(epochs=30)])
def test_keeps_scikit_learns_contract(estimator: DNN, check: Any) -> None:
    check(estimator)


# --- what it learns ---


def test_learns_what_no_linear_model_can() -> None:
    generator = np.random.default_rng(0)
    features = generator.choice([-1.0, 1.0], (400, 2)) + generator.normal(0, 0.2, (400, 2))
    differ = (features[:, 0] > 0) != (features[:, 1] > 0)
    network = DNN(seeds=1, learning_rate=0.01).fit(features[:200], differ[:200])
    assert network.score(features[200:], differ[200:]) > 0.97
    linear = DNN(seeds=1, hidden=(), learning_rate=0.01).fit(features[:200], differ[:200])
    assert linear.score(features[200:], differ[200:]) < 0.8
    logistic = LogisticRegression().fit(features[:200], differ[:200])
    assert logistic.score(features[200:], differ[200:]) < 0.8


def naive_epoch(network: DNN, table: Table) -> list[NDArray[np.float64]]:
    """One epoch of one hidden layer in explicit float64: dropout, cross-entropy, Adam."""
    features, labels, _ = table
    train = ~network.dev_[0]
    x = features[train].astype(np.float64)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    target = (labels[train, None] == network.classes_).astype(float)
    weight = len(target) / (3 * target.sum(axis=0)) if network.class_weight else np.ones(3)
    generator = np.random.default_rng([network.seed, 1])
    width = network.hidden[0]
    now = [generator.uniform(-(n**-0.5), n**-0.5, s) for n, s in ((6, (6, width)), (6, width))]
    now += [generator.uniform(-(n**-0.5), n**-0.5, s) for n, s in ((width, (width, 3)), (width, 3))]
    first, second = [np.zeros_like(one) for one in now], [np.zeros_like(one) for one in now]
    order = generator.permutation(len(x))
    for step, start in enumerate(range(0, len(x), network.batch_size), start=1):
        rows = order[start : start + network.batch_size]
        before = x[rows] @ now[0] + now[1]
        kept = generator.random(before.shape, np.float32) >= network.dropout
        kept = (before > 0) * kept / (1 - network.dropout)
        logits = (before * kept) @ now[2] + now[3]
        share = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        wrong = (share - target[rows]) * (target[rows] @ weight)[:, None] / len(rows)
        back = wrong @ now[2].T * kept
        gradients = [x[rows].T @ back, back.sum(0), (before * kept).T @ wrong, wrong.sum(0)]
        for i, gradient in enumerate(gradients):
            first[i] = 0.9 * first[i] + 0.1 * gradient
            second[i] = 0.999 * second[i] + 0.001 * gradient**2
            change = first[i] / (1 - 0.9**step) / (np.sqrt(second[i] / (1 - 0.999**step)) + 1e-8)
            now[i] = now[i] - network.learning_rate * change
    return now


def test_an_epoch_equals_the_same_in_plain_numpy() -> None:
    network = DNN(seeds=1, hidden=(8,), epochs=1, batch_size=20, learning_rate=0.01)
    network.fit(*table())
    found = parameters(network)
    for one, expected in zip(found, naive_epoch(network, table()), strict=True):
        np.testing.assert_allclose(one, expected, rtol=1e-4, atol=1e-6)
    for change in ({"class_weight": None}, {"dropout": 0.2}, {"learning_rate": 0.02}):
        other = clone(network).set_params(**change)
        other.dev_, other.classes_ = network.dev_, network.classes_
        assert not np.allclose(found[0], naive_epoch(other, table())[0], rtol=1e-3)


def written_out(member: Network, features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Class probabilities of one network with two hidden layers, by plain matrix products."""
    first, second, third = (one.astype(float) for one in member.parameters[::2])
    biases = [one.astype(float) for one in member.parameters[1::2]]
    values = (features.astype(float) - member.z_norm.mean) / member.z_norm.deviation
    values = np.maximum(values @ first + biases[0], 0)
    values = np.maximum(values @ second + biases[1], 0)
    values = np.exp(values @ third + biases[2])
    return np.asarray(values / values.sum(axis=1, keepdims=True))


def test_scores_are_the_layers_written_out_and_their_mean() -> None:
    features, labels, speakers = table()
    model = DNN(seeds=3, hidden=(7, 4), epochs=3).fit(features, labels, groups=speakers)
    shares = np.array([written_out(member, features) for member in model.networks_])
    assert np.ptp(shares, axis=0).max() > 0.05
    np.testing.assert_allclose(model.predict_proba(features), shares.mean(axis=0), rtol=1e-10)
    scores = model.decision_function(features)
    np.testing.assert_allclose(scores, np.log(shares.mean(axis=0)), rtol=1e-8)
    mean_best = shares.mean(axis=0).argmax(axis=1)
    np.testing.assert_array_equal(model.predict(features), model.classes_[mean_best])
    own = model.classes_[shares.argmax(axis=2)]
    np.testing.assert_array_equal(model.member_predictions(features), own)
    assert (own != model.predict(features)).any(axis=1).all()
    assert [one.shape for one in model.networks_[0].parameters[::2]] == [(6, 7), (7, 4), (4, 3)]


def test_the_networks_are_those_of_the_seeds_that_follow() -> None:
    features, labels, speakers = table()
    model = DNN(seeds=3, seed=4, epochs=2).fit(features, labels, groups=speakers)
    alone = [DNN(seeds=1, seed=n, epochs=2).fit(features, labels, groups=speakers)
             for n in (4, 5, 6)]  # fmt: skip
    for member, one in zip(model.networks_, alone, strict=True):
        pairs = zip(member.parameters, parameters(one), strict=True)
        assert all(np.array_equal(mine, own) for mine, own in pairs)
    assert model.chosen_["epoch"] == [one.chosen_["epoch"][0] for one in alone]
    assert len({tuple(speakers[held]) for held in model.dev_}) > 1


def test_two_classes_have_one_score_each_row() -> None:
    features, labels, _ = table()
    network = DNN(seeds=1, epochs=5).fit(features, labels == "sad")
    scores, shares = network.decision_function(features), network.predict_proba(features)
    np.testing.assert_allclose(scores, np.log(shares[:, 1] / shares[:, 0]), rtol=1e-8)
    assert ((scores > 0) == network.predict(features)).all()
    assert len(set(network.predict(features))) == 2


def test_scale_does_not_matter() -> None:
    features, labels, speakers = table()
    network = DNN(seeds=1, epochs=5).fit(features, labels, speakers)
    train, z_norm = ~network.dev_[0], network.networks_[0].z_norm
    np.testing.assert_allclose(z_norm.mean, features[train].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(z_norm.deviation, features[train].std(axis=0), rtol=1e-5)
    assert not np.allclose(z_norm.mean, features.mean(axis=0), rtol=1e-5)
    rescaled = DNN(seeds=1, epochs=5).fit(features * 1000 - 7, labels, speakers)
    np.testing.assert_allclose(
        network.decision_function(features),
        rescaled.decision_function(features * 1000 - 7),
        atol=1e-3,
    )


@pytest.mark.parametrize("constant", [0.0, 0.1, -3e7])
def test_a_column_constant_in_training_is_as_if_it_were_not_there(constant: float) -> None:
    features, labels, speakers = table()
    model = DNN(seeds=2, epochs=3).fit(features, labels, speakers)
    column = np.full(len(features), constant) * (1 + 1e-7 * (np.arange(len(features)) % 2))
    wide = np.column_stack([column.astype(np.float32), features])
    other = DNN(seeds=2, epochs=3).fit(wide, labels, speakers)
    assert same(model, other)
    wide[:, 0] += 1e6
    np.testing.assert_array_equal(other.predict_proba(wide), model.predict_proba(features))


def test_balanced_weights_find_the_rare_class() -> None:
    generator = np.random.default_rng(0)
    rare = generator.random(600) < 0.1
    features = generator.normal(0, 1, (600, 1)) + 1.5 * rare[:, None]
    balanced = DNN(seeds=1, epochs=5).fit(features, rare)
    plain = DNN(seeds=1, epochs=5, class_weight=None).fit(features, rare)
    assert balanced.predict(features[rare]).mean() > 0.6
    assert plain.predict(features[rare]).mean() < 0.3


def test_weights_are_counted_on_the_rows_trained_on() -> None:
    features, labels, _ = table()
    dev = (labels == "calm") & (np.arange(len(labels)) % 3 == 0) | (np.arange(len(labels)) < 20)

    def weights(rows: NDArray[Any]) -> dict[str, float]:
        return {one: len(rows) / (3 * (rows == one).sum()) for one in ("calm", "glad", "sad")}

    network = DNN(seeds=1, epochs=2).fit(features, labels, dev=dev)
    spelt_out = DNN(seeds=1, epochs=2, class_weight=weights(labels[~dev])).fit(
        features, labels, dev=dev
    )
    of_all = DNN(seeds=1, epochs=2, class_weight=weights(labels)).fit(features, labels, dev=dev)
    assert same(network, spelt_out)
    assert not same(network, of_all)


def test_a_class_of_held_out_rows_alone_is_known_and_never_learnt() -> None:
    features, labels, _ = table()
    network = DNN(seeds=1, epochs=5).fit(
        features, labels, dev=(labels == "sad") | (np.arange(200) < 20)
    )
    assert list(network.classes_) == ["calm", "glad", "sad"]
    assert set(network.predict(features)) == {"calm", "glad"}


# --- who is held out ---


@pytest.mark.parametrize(("speakers", "held_out"), [(2, 1), (3, 1), (5, 1), (8, 2), (20, 4)])
def test_a_fifth_of_the_speakers_is_held_out_whole(speakers: int, held_out: int) -> None:
    features, labels, names = table(speakers=speakers)
    network = DNN(seeds=1, epochs=1).fit(features, labels, groups=names)
    assert len(set(names[network.dev_[0]])) == held_out
    assert not set(names[network.dev_[0]]) & set(names[~network.dev_[0]])


def test_order_of_rows_does_not_choose_the_speakers() -> None:
    features, labels, names = table(speakers=10)
    order = np.random.default_rng(3).permutation(len(names))
    chosen = []
    for seed in range(4):
        network = DNN(seeds=1, epochs=1, seed=seed)
        ordered = set(names[network.fit(features, labels, names).dev_[0]])
        shuffled = set(
            names[order][network.fit(features[order], labels[order], names[order]).dev_[0]]
        )
        assert ordered == shuffled
        chosen.append(frozenset(ordered))
    assert len(set(chosen)) > 1  # it is the seed that does


def test_speakers_or_their_rows_as_dev_are_the_same() -> None:
    features, labels, names = table()
    by_speaker = DNN(seeds=1, epochs=5).fit(features, labels, groups=names)
    by_row = DNN(seeds=1, epochs=5).fit(
        features, labels, groups=np.ones(200), dev=by_speaker.dev_[0]
    )
    assert same(by_speaker, by_row)
    assert by_speaker.inner_scores_ == by_row.inner_scores_
    assert (by_row.dev_ == by_speaker.dev_).all()


def test_without_speakers_a_fifth_of_each_class_is_held_out() -> None:
    labels = np.array(["a"] * 50 + ["b"] * 20 + ["c"] * 3 + ["d"])
    network = DNN(seeds=1, epochs=1).fit(np.random.default_rng(0).normal(size=(74, 2)), labels)
    counts = {one: int(network.dev_[0, labels == one].sum()) for one in "abcd"}
    assert counts == {"a": 10, "b": 4, "c": 1, "d": 0}


def test_held_out_labels_choose_the_epoch_and_nothing_else() -> None:
    features, labels, names = table()
    generator = np.random.default_rng(0)
    by_epoch: dict[int, list[DNN]] = {}
    scores = []
    for _ in range(12):
        network = DNN(seeds=1, epochs=8).fit(features, labels, groups=names)
        by_epoch.setdefault(network.chosen_["epoch"][0], []).append(network)
        scores.append(network.inner_scores_[0][1])
        labels = labels.copy()
        labels[network.dev_[0]] = generator.permutation(labels[network.dev_[0]])
    assert len(set(scores)) > 3  # the shuffles did reach the stopping score,
    assert len(by_epoch) > 1  # and the epoch;
    for first, *others in by_epoch.values():  # 12 networks, 8 epochs: some stopped at the same
        assert all(same(first, other) for other in others)


def test_dev_rows_give_no_gradient_and_no_scale() -> None:
    features, labels, _ = table()
    dev = np.arange(len(labels)) % 4 == 0
    network = DNN(seeds=1, epochs=1).fit(features, labels, dev=dev)
    changed, renamed = features.copy(), labels.copy()
    changed[dev] = 100 * changed[dev][::-1] + 3
    renamed[dev] = renamed[dev][::-1]
    other = DNN(seeds=1, epochs=1).fit(changed, renamed, dev=dev)
    assert same(network, other)
    one, another = network.networks_[0].z_norm, other.networks_[0].z_norm
    assert (one.mean == another.mean).all()
    assert network.inner_scores_ != other.inner_scores_
    changed[1] += 1  # a row to train on
    assert not same(network, DNN(seeds=1, epochs=1).fit(changed, renamed, dev=dev))


# --- which epoch ---


def test_the_best_epoch_is_restored() -> None:
    features, labels, names = table(rows=300)
    network = DNN(seeds=1, epochs=40, patience=6).fit(features, labels, groups=names)
    scores, best = network.inner_scores_[0], network.chosen_["epoch"][0]
    # epochs   1 ... best ... best + 6: the last of six without a better one
    assert list(scores) == list(range(1, best + 6 + 1))
    assert best == min(epoch for epoch, ua in scores.items() if ua > max(scores.values()) - 1e-9)
    assert scores[best + 6] < scores[best]
    assert best > 1
    held_out = labels[network.dev_[0]]
    right = network.predict(features[network.dev_[0]]) == held_out
    recalls = [right[held_out == one].mean() for one in network.classes_]
    assert np.mean(recalls) == pytest.approx(scores[best], abs=1e-12)
    assert same(network, DNN(seeds=1, epochs=best).fit(features, labels, groups=names))
    assert not same(network, DNN(seeds=1, epochs=best - 1).fit(features, labels, groups=names))


# --- seeds and surroundings ---


def test_a_seed_fixes_everything_and_another_changes_it() -> None:
    features, labels, _ = table()
    dev = np.arange(len(labels)) % 4 == 0
    first = DNN(seeds=1, epochs=3, seed=1).fit(features, labels, dev=dev)
    torch_seed = torch.initial_seed()
    with torch.random.fork_rng():
        torch.manual_seed(torch_seed + 1)
        again = DNN(seeds=1, epochs=3, seed=1).fit(features, labels, dev=dev)
    assert same(first, again)
    assert (first.predict_proba(features) == again.predict_proba(features)).all()
    assert not same(first, DNN(seeds=1, epochs=3, seed=2).fit(features, labels, dev=dev))


@pytest.fixture
def threads() -> Iterator[int]:
    """Return the number of torch's threads, put back afterwards."""
    before = torch.get_num_threads()
    yield before
    torch.set_num_threads(before)


def test_torch_is_left_as_it_was_found(threads: int) -> None:
    features, labels, names = table()
    state, numpy_state = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    torch.set_num_threads(3)
    three = DNN(seeds=1, epochs=2).fit(features, labels, groups=names)
    assert torch.get_num_threads() == 3
    torch.set_num_threads(1)
    one = DNN(seeds=1, epochs=2).fit(features, labels, groups=names)
    assert torch.get_num_threads() == 1
    assert same(one, three)
    assert torch.equal(torch.get_rng_state(), state)
    for now, before in zip(np.random.get_state(), numpy_state, strict=True):  # noqa: NPY002
        assert np.array_equal(now, before)


def test_trains_on_one_thread_while_others_keep_theirs(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, inside, elsewhere = perceptron.cross_entropy, set(), set()

    def spy(*given: Any, **named: Any) -> torch.Tensor:
        inside.add(torch.get_num_threads())
        with ThreadPoolExecutor(1) as other:
            elsewhere.add(other.submit(torch.get_num_threads).result())
        return honest(*given, **named)

    monkeypatch.setattr(perceptron, "cross_entropy", spy)
    features, labels, _ = table()
    torch.set_num_threads(3)
    DNN(seeds=1, epochs=1).fit(features, labels)
    assert inside == {1}
    assert elsewhere == {3}


def test_survives_a_file(tmp_path: Path) -> None:
    features, labels, names = table()
    network = DNN(seeds=1, epochs=2).fit(features, labels, groups=names)
    joblib.dump(network, tmp_path / "dnn.joblib")
    loaded = joblib.load(tmp_path / "dnn.joblib")
    assert (loaded.decision_function(features) == network.decision_function(features)).all()
    assert loaded.chosen_ == network.chosen_
    untouched = clone(DNN(hidden=[4, 3], seed=5)).get_params()
    assert (untouched["hidden"], untouched["seed"]) == ([4, 3], 5)


# --- what is refused ---


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": 128}, "hidden=128, need a sequence of whole numbers"),
        ({"hidden": (8, 0)}, r"hidden=\(8, 0\)"),
        ({"dropout": 1.0}, "dropout=1.0, need 0 <= dropout < 1"),
        ({"learning_rate": 0}, "learning_rate=0, need"),
        ({"batch_size": 0}, "batch_size=0, need"),
        ({"epochs": 1.5, "patience": 0}, "epochs=1.5, need .*; patience=0, need"),
        ({"seed": -1}, "seed=-1, need"),
        ({"class_weight": "heavy"}, "class_weight"),
    ],
)
def test_impossible_parameters_are_named_by_fit(change: dict[str, Any], message: str) -> None:
    network = DNN(**change)
    features, labels, _ = table()
    with pytest.raises(ValueError, match=message):
        network.fit(features, labels)


@pytest.mark.parametrize(
    ("labels", "given", "message"),
    [
        (["a"] * 6, {}, r"y: 1 class \(a\), need at least 2"),
        (list("abcdef"), {}, "every class has 1 row"),
        (list("ababab"), {"groups": ["joe"] * 6}, r"groups: 1 group \(joe\), need at least 2"),
        (list("ababab"), {"groups": ["joe", "eve"]}, "inconsistent numbers of samples"),
        (list("ababab"), {"dev": [True] * 6}, "dev: 6 of 6 rows, need some"),
        (list("ababab"), {"dev": [False] * 6}, "dev: 0 of 6 rows, need some"),
        (
            list("ababab"),
            {"dev": [0, 0, 0, 0, 1, 1]},
            r"dev: int64 \(6,\), need a boolean mask",
        ),
        (list("ababab"), {"dev": [True]}, r"dev: bool \(1,\), need a boolean mask of 6 rows"),
        (list("aaaabb"), {"dev": [False] * 4 + [True] * 2}, r"y: 1 class \(a\) among the 4 rows"),
    ],
)
def test_rows_that_cannot_be_divided_are_refused(
    labels: list[str], given: dict[str, Any], message: str
) -> None:
    features = np.random.default_rng(0).normal(size=(6, 2))
    with pytest.raises(ValueError, match=message):
        DNN(seeds=1, epochs=1).fit(features, labels, **given)


def test_missing_values_are_refused() -> None:
    features, labels, _ = table()
    network = DNN(seeds=1, epochs=1).fit(features, labels)
    features[3, 1] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        DNN(seeds=1).fit(features, labels)
    with pytest.raises(ValueError, match="contains NaN"):
        network.predict(features)


def test_speakers_are_held_out_so_that_two_classes_remain() -> None:
    speaker = np.repeat(["a", "b", "c"], 8)
    labels = np.array(["hi", "lo"] * 8 + ["lo"] * 8)
    features = np.random.default_rng(0).standard_normal((24, 3))
    held_out = set()
    for seed in range(8):
        two = speaker != "b"
        network = DNN(seeds=1, epochs=1, seed=seed)
        network.fit(features[two], labels[two], groups=speaker[two])
        held_out.add(speaker[two][network.dev_[0]][0])
    assert held_out == {"c"}, "without a there is one class"


@pytest.mark.slow
def test_a_class_of_two_speakers_is_not_lost() -> None:
    generator = np.random.default_rng(0)
    speaker = np.repeat(np.arange(10), 20)
    rare = np.isin(speaker, (4, 5)) & (np.arange(200) % 2 == 0)
    labels = np.where(rare, "rare", np.where(np.arange(200) % 4 < 2, "hi", "lo"))
    names, targets = np.unique(labels, return_inverse=True)
    features = 3 * np.eye(3)[targets] + generator.normal(0, 0.5, (200, 3))
    drawn = set()
    for seed in range(300):
        held = spare(targets, speaker, seed).rows
        assert set(labels[~held]) == set(names)
        assert len(set(speaker[held])) == 2
        drawn.update(speaker[held])
    assert drawn == set(range(10))
    found = []
    for test in range(10):
        train = speaker != test
        model = DNN(seeds=2, epochs=20, learning_rate=0.01).fit(
            features[train], labels[train], groups=speaker[train]
        )
        found.append(model.predict(features[~train]) == labels[~train])
    right = np.concatenate(found)
    assert min(right[labels == name].mean() for name in names) > 0.9


def test_a_class_of_one_speaker_keeps_that_speaker() -> None:
    targets = np.array([0, 1] * 10 + [2] * 5)
    speaker = np.array([n // 4 for n in range(20)] + [0] * 5)
    for seed in range(30):
        assert 0 not in speaker[spare(targets, speaker, seed).rows]


def test_speakers_of_one_class_each_are_drawn_class_by_class() -> None:
    speaker = np.repeat(np.arange(20), 3)
    targets = (speaker >= 10).astype(int)
    for seed in range(30):
        held = spare(targets, speaker, seed).rows
        assert [len(set(speaker[held & (targets == one)])) for one in (0, 1)] == [2, 2]
        of_five = spare(targets[speaker % 4 == 0], speaker[speaker % 4 == 0], seed).rows
        assert set(targets[speaker % 4 == 0][of_five]) == {0, 1}, "no UA of one class alone"


def test_where_nobody_can_be_spared_rows_stop_the_training() -> None:
    features, _, names = table(speakers=3)
    model = DNN(seeds=2, epochs=1).fit(features, names, groups=names)
    for held in model.dev_:
        assert set(names[held]) == set(names[~held]) == set(names)
    assert model.describe().endswith(
        "a fifth of the training rows (speakers cannot be spared: each alone has some class)"
    )
    assert "recordings cannot be spared" in model.describe(groups="recordings")
