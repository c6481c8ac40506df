"""Power spectrogram to z-normed log mel bands, inside the network."""

from __future__ import annotations

from torch import Tensor

from deepspectrum_features.networks.mel import band_centres, mel_filterbank
from deepspectrum_features.networks.views.log_power import LogPower
from deepspectrum_features.recipe import LogMel
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd


class LogMelBands(LogPower):
    """Logarithm of mel bands: librosa's filterbank, HTK scale, triangles of peak 1."""

    filterbank: Tensor

    def __init__(self, front_end: SpectrogramFrontEnd, mel: LogMel) -> None:
        super().__init__(front_end, mel, band_centres(mel.bands, mel.low_hz, mel.high_hz))
        filterbank = mel_filterbank(front_end, mel.bands, mel.low_hz, mel.high_hz)
        self.register_buffer("filterbank", filterbank)

    def power(self, frames: Tensor) -> Tensor:
        """Return the power in every mel band."""
        return frames @ self.filterbank
