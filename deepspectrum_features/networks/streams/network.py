"""All streams of a table, and the masks of the frames that statistics are taken over."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepspectrum_features.networks.encoding import valid_steps
from deepspectrum_features.networks.streams.cepstrum import Cepstrum
from deepspectrum_features.networks.streams.energy import Energy
from deepspectrum_features.networks.streams.formants import Formants
from deepspectrum_features.networks.streams.masks import Masks
from deepspectrum_features.networks.streams.pitch import Pitch
from deepspectrum_features.networks.streams.shape import Shape
from deepspectrum_features.networks.streams.voice import Voice
from deepspectrum_features.recipe import FunctionalTable
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd


class StreamNetwork(nn.Module):
    """Power spectra to frame streams; nothing in it is trained.

    What several modules sum over the bins of a spectrum is one product of matrices here.

    Parameters
    ----------
    front_end : SpectrogramFrontEnd
        With a long window.
    table : FunctionalTable
        Names the streams, in their order.
    """

    weights: Tensor

    def __init__(self, front_end: SpectrogramFrontEnd, table: FunctionalTable) -> None:
        super().__init__()
        definitions = table.definitions
        self.bins = front_end.bins
        self.names = [stream.name for stream in table.streams]
        self.energy = Energy(front_end, definitions)
        self.shape = Shape(front_end, definitions)
        self.cepstrum = Cepstrum(front_end, definitions)
        self.formants = Formants(front_end, definitions)
        self.pitch = Pitch(front_end, definitions)
        self.voice = Voice(front_end, definitions)
        self.masks = Masks(front_end, definitions)
        summing = (self.energy, self.shape, self.cepstrum, self.formants)
        self.widths = [one.weights.shape[1] for one in summing]
        self.register_buffer("weights", torch.cat([one.weights for one in summing], dim=1))

    def forward(self, power: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Compute streams and masks of utterances.

        Parameters
        ----------
        power : Tensor, (batch, time, bins + long bins)
        frames : Tensor, (batch,), int64
            Valid frames of each utterance.

        Returns
        -------
        streams : Tensor, (batch, time, streams)
            0 in silent frames and on padding.
        masks : Tensor, (batch, time, 3), bool
            In the order of `deepspectrum_features.recipe.streams.MASKS`; False on padding.
        """
        short = power[..., : self.bins]
        long = power[..., self.bins : self.bins + self.pitch.bins]
        valid = valid_steps(frames, power.shape[1])
        sounding = (short.amax(dim=-1) > 0) & valid
        energies, shape, bands, correlation = torch.split(short @ self.weights, self.widths, dim=-1)
        found = self.energy(energies)
        whole = self.masks.whole(found["energy"], sounding, valid)
        found |= {
            **self.shape(short, shape, whole),
            **self.cepstrum(bands),
            **self.formants(correlation),
            **self.pitch(long, whole),
        }
        found |= self.voice(long, found["f0"], found["voicing"])
        masks = self.masks(found["energy"], found["voicing"], whole)
        streams = torch.stack([found[name] for name in self.names], dim=-1)
        return streams.masked_fill(~sounding.unsqueeze(-1), 0.0), masks
