"""Which frames are voiced, which active, and which not silent."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepspectrum_features.networks.activity import loud_frames, or_if_fewer
from deepspectrum_features.recipe.streams import Definitions
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd

#: From a frame cut in its middle to one of which the window's rise alone is left.
_FALL_NATS = 3.4


class Masks(nn.Module):
    """Thresholds that follow each utterance's own energy; silence and padding play no part."""

    def __init__(self, front_end: SpectrogramFrontEnd, definitions: Definitions) -> None:
        super().__init__()
        self.overlapping = front_end.overlapping
        self.definitions = definitions

    def whole(self, energy: Tensor, sounding: Tensor, valid: Tensor) -> Tensor:
        """Mark frames ``(batch, time)`` that share no sample with digital silence.

        Zeros before and after an utterance then leave no trace. Where there is none, all that
        sound are marked, and where there is none of these, all that are valid.
        """
        silent = valid & ~sounding
        reach = self.overlapping
        near = nn.functional.max_pool1d(silent.float().unsqueeze(1), 2 * reach + 1, 1, reach)
        cut = (near.squeeze(1) > 0) | _ahead(_barely_sounding(energy, sounding, silent), reach)
        return or_if_fewer(or_if_fewer(sounding & ~cut, sounding, 1), valid, 1)

    def forward(self, energy: Tensor, voicing: Tensor, whole: Tensor) -> Tensor:
        """Map streams ``(batch, time)`` to masks ``(batch, time, 3)``, each within the next."""
        active = loud_frames(energy, whole, self.definitions)
        voiced = active & (voicing > self.definitions.voiced_above)
        voiced = or_if_fewer(voiced, active, self.definitions.fewest_frames)
        return torch.stack([voiced, active, whole], dim=-1)


def _barely_sounding(energy: Tensor, sounding: Tensor, silent: Tensor) -> Tensor:
    """Mark frames before silence that hold so few samples that one more frame is cut by it."""
    before = torch.cat([energy[:, :1], energy[:, :-1]], dim=1)
    return sounding & _ahead(silent, 1) & (energy < before - _FALL_NATS)


def _ahead(mask: Tensor, frames: int) -> Tensor:
    """Mark the frames that stand so many before a marked one."""
    return nn.functional.pad(mask, (0, frames))[:, frames:]
