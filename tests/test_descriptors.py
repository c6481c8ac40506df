"""The view of openSMILE's descriptors: whitened on the training set alone, whatever the columns."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from quick_first import quick_first

from deepspectrum_features.errors import RecipeError
from deepspectrum_features.networks.views import View, make_view
from deepspectrum_features.recipe import (
    Augmentation,
    Descriptors,
    OpensmileLld,
    PowerSpectrogram,
    Recipe,
    Training,
    Zhao2018Interspeech,
)
from deepspectrum_features.sound import make_front_end

FRONT_END = make_front_end(OpensmileLld(deltas=False))
DIM = FRONT_END.dim
CONSTANT, SUM = 7, 11  # a column that moves by rounding alone, and one that two others give


def utterances() -> list[NDArray[np.float32]]:
    """Return correlated columns of scales from 1e-3 to 1e6, far from zero, two of them idle."""
    generator = np.random.default_rng(0)
    mixing = generator.standard_normal((DIM, DIM))
    scale = 10 ** generator.uniform(-3, 6, DIM)
    found = []
    for length in (300, 500, 1, 180):
        drift = 0.3 * generator.standard_normal(DIM)
        rows = (generator.standard_normal((length, DIM)) @ mixing + 5 + drift) * scale
        rows[:, CONSTANT] = np.float32(0.1)
        rows[::2, CONSTANT] = np.nextafter(np.float32(0.1), np.float32(1))
        rows[:, SUM] = rows[:, 0] + rows[:, 1]
        found.append(rows.astype(np.float32))
    return found


def fitted(**fields: object) -> View:
    view = make_view(FRONT_END, Descriptors(**fields))
    view.fit([torch.from_numpy(one) for one in utterances()])
    return view


def normalised(view: View, frames: NDArray[np.float32]) -> NDArray[np.float32]:
    whole = view.normalise(torch.from_numpy(frames)[None], torch.tensor([len(frames)]))
    return whole[0].numpy()


def standardised(centre: bool) -> NDArray[np.float64]:
    """Z-norm all training frames in double precision."""
    rows = [one.astype(np.float64) for one in utterances()]
    whole = np.concatenate([one - one.mean(axis=0) * centre for one in rows])
    off = whole - whole.mean(axis=0)
    off[:, CONSTANT] = 0
    return off / np.where(np.arange(DIM) == CONSTANT, 1, off.std(axis=0))


@pytest.mark.parametrize("centre", [False, True])
def test_z_norm_of_columns_one_of_which_is_constant(centre: bool) -> None:
    view = fitted(whitening="z-norm", centre=centre)
    found = np.concatenate([normalised(view, one) for one in utterances()])
    expected = standardised(centre)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert not found[:, CONSTANT].any()
    assert not np.allclose(found, standardised(not centre), atol=1e-2)
    moved = utterances()[0]
    moved[:, CONSTANT] += 100
    np.testing.assert_array_equal(
        normalised(view, moved), normalised(view, utterances()[0]), "it stays out for good"
    )


@pytest.mark.parametrize("centre", [False, True])
@pytest.mark.parametrize("components", quick_first([None, 40]))
def test_pca_equals_a_singular_value_decomposition(centre: bool, components: int | None) -> None:
    view = fitted(centre=centre, components=components)
    found = np.concatenate([normalised(view, one) for one in utterances()])
    table = standardised(centre)
    left, values, right = np.linalg.svd(table, full_matrices=False)
    rank = int((values > 1e-3 * values[0]).sum())
    assert rank == DIM - 2, "neither the constant column nor the sum counts"
    largest = right[np.arange(DIM), np.abs(right).argmax(axis=1)]
    expected = left * np.sqrt(len(table)) * np.sign(largest)
    expected[:, rank:] = 0
    expected = expected[:, : components or DIM]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)
    assert not np.allclose(found, -expected, atol=1e-1)


def test_whitened_training_frames_are_uncorrelated_and_of_variance_one() -> None:
    view = fitted()
    found = np.concatenate([normalised(view, one) for one in utterances()]).astype(float)
    covariance = found.T @ found / len(found)
    expected = np.diag(np.arange(DIM) < DIM - 2).astype(float)
    np.testing.assert_allclose(covariance, expected, atol=1e-4)
    z_normed = standardised(False)
    assert not np.allclose(z_normed.T @ z_normed / len(found), expected, atol=1e-1)


def test_padding_is_zero_and_changes_nothing() -> None:
    view, one = fitted(centre=True), utterances()[3]
    batch = np.full((2, 250, DIM), 9e5, np.float32)
    batch[0, :180], batch[1, :7] = one, one[:7]
    found = view.normalise(torch.from_numpy(batch), torch.tensor([180, 7])).numpy()
    np.testing.assert_allclose(found[0, :180], normalised(view, one), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[1, :7], normalised(view, one[:7]), rtol=1e-5, atol=1e-6)
    assert not found[0, 180:].any()
    assert not found[1, 7:].any()
    assert not np.allclose(found[0, :7], found[1, :7], atol=1e-2)


def test_training_frames_that_never_move_give_zeros() -> None:
    view = make_view(FRONT_END, Descriptors())
    view.fit([torch.full((5, DIM), 3.0)])
    assert not normalised(view, utterances()[0]).any()


def test_more_components_than_numbers_are_refused() -> None:
    assert make_view(FRONT_END, Descriptors(components=65)).out_dim == 65
    needed = r"^network\.view\.components: 66, need at most the 65 numbers of a frame$"
    with pytest.raises(RecipeError, match=needed):
        make_view(FRONT_END, Descriptors(components=66))


def refused(front_end: object, **fields: object) -> str:
    network = Zhao2018Interspeech(view=Descriptors(**fields))
    recipe = Recipe(front_end=front_end, network=network)
    with pytest.raises(RecipeError) as caught:
        Recipe.from_dict(recipe.to_dict(), where="here")
    return str(caught.value)


def test_what_does_not_go_with_descriptors_is_refused() -> None:
    assert refused(PowerSpectrogram()) == (
        "here: front_end.kind: power-spectrogram, need opensmile-lld for network.view.kind "
        "descriptors"
    )
    assert refused(OpensmileLld(), whitening="z-norm", components=40) == (
        "here: network.view.components: 40, need none with whitening z-norm"
    )
    changes = Augmentation(stretch=0.1, masked_bands=8, masked_frames=30)
    recipe = Recipe(
        front_end=OpensmileLld(),
        network=Zhao2018Interspeech(),
        training=Training(augmentation=changes),
    )
    with pytest.raises(RecipeError) as caught:
        Recipe.from_dict(recipe.to_dict(), where="here")
    assert str(caught.value) == (
        "here: training.augmentation: stretch 0.1, masked_bands 8, need 0 of both for "
        "network.view.kind descriptors, which have no frequency axis"
    )
