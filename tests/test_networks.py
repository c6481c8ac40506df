"""Networks: padding never changes a number, in evaluation and in training."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from alone import check_alone, check_training
from torch import Tensor, nn
from twins.blocks import weights_of
from twins.zhao2018_asmmc import zhao2018_asmmc

from deepspectrum_features.networks import Network, build_network
from deepspectrum_features.networks.activity import active_frames
from deepspectrum_features.networks.attention import LinearAttention
from deepspectrum_features.networks.encoding import valid_steps
from deepspectrum_features.networks.fcn import MaskedBatchNorm, MaskedFCN
from deepspectrum_features.networks.recurrent import MaskedBLSTM
from deepspectrum_features.recipe import PRESETS, LogMel, Recipe
from deepspectrum_features.testing import tiny_recipe

FRAMES = torch.tensor([1, 2, 7, 8, 9, 63, 64, 65, 301])


def padded(dim: int, longest: int, filling: float = 0.0) -> Tensor:
    """Utterances of the lengths above, with anything at all behind their ends."""
    torch.manual_seed(1)
    batch = torch.randn(len(FRAMES), longest, dim)
    for row, frames in zip(batch, FRAMES, strict=True):
        row[frames:] = filling
    return batch


def lively(network: nn.Module) -> nn.Module:
    """Give batch norms statistics that a trained network would have."""
    torch.manual_seed(2)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2.0)
            module.bias.data.normal_()
    return network.eval()


@pytest.mark.parametrize("pooling", ["max", "average", "statistics"])
@pytest.mark.parametrize(("centre", "active"), [(False, False), (True, False), (True, True)])
def test_an_utterance_in_a_batch_equals_itself_alone(
    pooling: str, centre: bool, active: bool
) -> None:
    recipe = tiny_recipe()
    mel = dataclasses.replace(recipe.network.view, centre=centre)
    changed = dataclasses.replace(
        recipe.network, global_pooling=pooling, view=mel, active_alone=active
    )
    network = lively(build_network(dataclasses.replace(recipe, network=changed), classes=3))
    batch = padded(10, longest=341, filling=7.0)  # what stands behind an utterance is arbitrary
    check_alone(network, batch, FRAMES)


@pytest.mark.parametrize(
    ("frames", "pooling", "centre", "active"),
    [
        (1, "max", False, False),
        (17, "average", True, False),
        (30, "max", False, False),
        (45, "statistics", True, True),
        (45, "max", False, True),
        (1, "statistics", False, True),
    ],
)
def test_the_network_equals_its_twin_in_loops(
    frames: int, pooling: str, centre: bool, active: bool
) -> None:
    recipe = tiny_recipe()
    mel = dataclasses.replace(recipe.network.view, centre=centre)
    changed = dataclasses.replace(
        recipe.network, global_pooling=pooling, view=mel, active_alone=active
    )
    network = lively(build_network(dataclasses.replace(recipe, network=changed), classes=3))
    network.attention.score.weight.data.normal_(0, 2)
    network.view.mean.normal_(-2, 1)
    network.view.deviation.uniform_(0.5, 1)
    power = np.random.default_rng(0).exponential(1, (frames, 257)) ** 4
    power[20:25] *= 1e-6  # a pause, and digital silence
    power[30:32] = 0.0
    expected = zhao2018_asmmc(power, weights_of(network), changed)
    with torch.no_grad():
        prepared = network.double().prepare(torch.from_numpy(power)[None])
        found = network.forward_features(prepared, torch.tensor([frames]))
        logits = network.forward_head(found.embedding)
    for name in ("embedding", "frame_embedding", "attention"):
        value = getattr(found, name)[0]
        np.testing.assert_allclose(value, getattr(expected, name), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(logits[0], expected.logits, rtol=1e-9, atol=1e-12)
    if frames > 1:
        other = zhao2018_asmmc(power[::-1], weights_of(network), changed)
        assert not np.allclose(other.embedding, expected.embedding, rtol=1e-2)
        assert expected.attention.std() > 1e-3


def test_batch_norm_statistics_ignore_padding() -> None:
    norm, plain = MaskedBatchNorm(3), nn.BatchNorm1d(3)
    x = torch.randn(2, 3, 6, 4)
    valid = torch.tensor([[True] * 6, [True] * 2 + [False] * 4])
    out = norm.train()(x, valid)
    cells = torch.cat([x[0].flatten(1), x[1, :, :2].flatten(1)], dim=1)  # (channels, valid cells)
    expected = plain.train()(cells.T[..., None]).squeeze(-1).T
    torch.testing.assert_close(out[0].flatten(1), expected[:, :24])
    torch.testing.assert_close(norm.running_mean, plain.running_mean)
    torch.testing.assert_close(norm.running_var, plain.running_var)
    assert (out[1, :, 2:] == 0).all()
    assert not torch.allclose(norm.running_mean, 0.1 * x.mean(dim=(0, 2, 3)), atol=1e-4)


def test_blstm_equals_torchs_own_on_packed_sequences() -> None:
    ours = MaskedBLSTM(5, units=3, layers=1, dropout=0.0)
    theirs = nn.LSTM(5, 3, batch_first=True, bidirectional=True)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        getattr(theirs, f"{name}_l0").data = getattr(ours.ahead[0], f"{name}_l0").data
        getattr(theirs, f"{name}_l0_reverse").data = getattr(ours.behind[0], f"{name}_l0").data
    frames = torch.tensor([9, 4, 1])
    x = torch.randn(3, 9, 5)
    packed = nn.utils.rnn.pack_padded_sequence(x, frames, batch_first=True)
    expected, _ = nn.utils.rnn.pad_packed_sequence(theirs(packed)[0], batch_first=True)
    found = ours(x, frames)
    for row, length in enumerate(frames):
        torch.testing.assert_close(found[row, :length], expected[row, :length])
    unmasked, _ = theirs(x)
    assert not torch.allclose(found[1, :4], unmasked[1, :4], atol=1e-3)


def test_attention_is_a_softmax_of_a_linear_score() -> None:
    attention = LinearAttention(4)
    h = torch.randn(2, 5, 4)
    context, alpha = attention(h, valid_steps(torch.tensor([5, 2]), 5))
    score = (h[1, :2] @ attention.score.weight[0]).exp()
    weights = score / score.sum()
    torch.testing.assert_close(alpha[1], torch.cat([weights, torch.zeros(3)]))
    torch.testing.assert_close(context[1], weights[0] * h[1, 0] + weights[1] * h[1, 1])
    assert not torch.allclose(alpha[0, :2], alpha[1, :2], atol=1e-3)


def test_active_frames_are_measured_by_the_loud_ones_of_their_utterance() -> None:
    loud, quiet, silent = 2.0, 2.0 - 6.5, float(np.log(1e-10))
    levels = [quiet] * 4 + [loud] * 12 + [silent] * 40 + [loud - 5.5] * 3
    power = torch.tensor(levels)[None, :, None].repeat(2, 1, 3)
    power[:, :, 1:] -= 50.0  # the loudest band counts
    power[:, 16:56] = silent
    marked = active_frames(power, torch.tensor([59, 16]), floor=1e-10)
    assert marked[0].nonzero().squeeze(1).tolist() == [*range(4, 16), 56, 57, 58]
    assert marked[1].nonzero().squeeze(1).tolist() == [*range(4, 16)]
    few = active_frames(power[:, :10], torch.tensor([10, 9]), floor=1e-10)
    assert few.sum(dim=1).tolist() == [10, 9]  # fewer than ten are loud: all that sound
    few = active_frames(power[:, 11:40], torch.tensor([29, 29]), floor=1e-10)
    assert few.nonzero()[:, 1].tolist() == [*range(5)] * 2  # silence does not sound
    silence = torch.full((1, 5, 3), silent)
    assert active_frames(silence, torch.tensor([4]), floor=1e-10).sum() == 4


def test_attention_gives_inactive_frames_nothing() -> None:
    recipe = tiny_recipe()
    changed = dataclasses.replace(recipe.network, active_alone=True)
    network = lively(build_network(dataclasses.replace(recipe, network=changed), classes=3))
    network.view.deviation.fill_(4.0)  # the power counts, not what it is normalised to
    power = torch.rand(1, 60, 257) + 0.1
    power[:, :20] *= 1e-4
    with torch.no_grad():
        found = network.forward_features(network.prepare(power), torch.tensor([60]))
    assert found.attention[0, :20].sum() == 0
    assert found.attention[0].sum().item() == pytest.approx(1, abs=1e-6)


def whole(frames: int, longest: int) -> tuple[Tensor, Tensor]:
    """Return the length of one utterance, and that all of it is marked."""
    return torch.tensor([frames]), valid_steps(torch.tensor([frames]), longest)


def test_fcn_pools_the_odd_last_frame_and_band_too() -> None:
    fcn = MaskedFCN((2,), (1,), dropout=0.0, pooling="max").eval()
    fcn.blocks[0].convolution.weight.data.fill_(1.0)
    x = torch.zeros(1, 7, 5)
    x[0, 6, 4] = 3.0  # the odd last cell: floor pooling would lose it
    assert fcn(x, *whole(7, 7))[0, 0].item() == pytest.approx(3.0, rel=1e-4)


def test_average_pooling_counts_valid_cells_only() -> None:
    fcn = MaskedFCN((1,), (1,), dropout=0.0, pooling="average").eval()
    fcn.blocks[0].convolution.weight.data.fill_(1.0)
    x = torch.ones(1, 8, 4)
    x[0, 4:] = 0.0
    assert fcn(x, *whole(4, 8))[0, 0].item() == pytest.approx(1.0, rel=1e-4)


def test_mel_filterbank_has_peak_one_and_follows_htk() -> None:
    network = build_network(Recipe(), classes=2)
    filterbank = network.view.filterbank.numpy()  # (257, 40)
    edges = np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 42)
    hertz = 700 * (10 ** (edges / 2595) - 1)
    bins = np.arange(257) * 31.25
    for band in range(40):
        low, centre, high = hertz[band : band + 3]
        rise, fall = (bins - low) / (centre - low), (high - bins) / (high - centre)
        expected = np.maximum(0, np.minimum(rise, fall))
        np.testing.assert_allclose(filterbank[:, band], expected, rtol=1e-4, atol=1e-6)
    assert 0.9 < filterbank.max() <= 1.0


def test_statistics_z_norm_the_training_frames() -> None:
    mel = LogMel(bands=10)
    network = build_network(tiny_recipe(), classes=2)
    utterances = [3 + 2 * torch.randn(length, mel.bands) for length in (50, 80)]
    network.fit_statistics(utterances)
    frames = torch.cat(
        [network.view.normalise(one[None], torch.tensor([len(one)]))[0] for one in utterances]
    )
    torch.testing.assert_close(frames.mean(dim=0), torch.zeros(10), rtol=0, atol=1e-5)
    torch.testing.assert_close(frames.std(dim=0, correction=0), torch.ones(10), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("preset", "dim"), [("paper", 512), ("compact", 192)])
def test_sizes(preset: str, dim: int) -> None:
    network: Network = build_network(PRESETS["zhao2018-asmmc"][preset], classes=4)
    assert network.dim == len(network.column_names) == dim
    assert network.column_names[0] == "fcn_000"


def test_padding_changes_nothing_in_training() -> None:
    check_training(build_network(tiny_recipe(), classes=2), 10, (20, 13))
