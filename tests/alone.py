"""An utterance in a batch is encoded and trained on as it is alone, whatever stands behind it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepspectrum_features.networks import Encoding, Network

CLOSE = {"rtol": 1e-5, "atol": 1e-6}


def check_alone(network: Network, batch: Tensor, frames: Tensor) -> Encoding:
    """Compare every output of each utterance, return those of the batch.

    The two last utterances must differ; weights on padding must be zero.
    """
    with torch.no_grad():
        together = network.forward_features(batch, frames)
        for row, count in enumerate(frames.tolist()):
            alone = network.forward_features(batch[row : row + 1, :count], frames[row : row + 1])
            torch.testing.assert_close(together.embedding[row], alone.embedding[0], **CLOSE)
            assert together.steps[row] == alone.steps[0]
            ends = dict.fromkeys(("frame_embedding", "attention"), int(alone.steps[0]))
            if alone.cells is not None:
                ends["attention_tf"] = int(alone.cells[0])
                assert together.cells[row] == alone.cells[0]
            for name, end in ends.items():
                here, there = getattr(alone, name)[0], getattr(together, name)[row]
                torch.testing.assert_close(there[:end], here, **CLOSE)
                assert name == "frame_embedding" or (there[end:] == 0).all()
    assert not torch.allclose(together.embedding[-1], together.embedding[-2], atol=1e-3)
    return together


def check_training(network: Network, dim: int, frames: tuple[int, int]) -> None:
    """Check a batch in training: more padding changes nothing, and no gradient reaches it.

    ``dim`` is the width of prepared frames; ``frames`` begins with the longer utterance.
    """
    for module in network.train().modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    (longest, end), lengths = frames, torch.tensor(frames)
    prepared = torch.randn(2, longest, dim, requires_grad=True)
    encoded = network.forward_features(prepared, lengths)
    longer = network.forward_features(nn.functional.pad(prepared, (0, 0, 0, 9), value=5), lengths)
    torch.testing.assert_close(longer.embedding, encoded.embedding, rtol=1e-4, atol=1e-5)
    network.forward_head(encoded.embedding).sum().backward()
    assert (prepared.grad[1, end:] == 0).all()
    assert prepared.grad[1, :end].abs().sum() > 0
