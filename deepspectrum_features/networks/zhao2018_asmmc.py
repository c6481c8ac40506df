"""FCN and attention-BLSTM in parallel: the canonical deep spectrum encoder.

References
----------
Z. Zhao, Y. Zheng, Z. Zhang, H. Wang, Y. Zhao and C. Li, "Exploring spatio-temporal
representations by integrating attention-based bidirectional-LSTM-RNNs and FCNs for speech emotion
recognition", Interspeech 2018, introduced the parallel design; Z. Zhao et al., "Deep spectrum
feature representations for speech emotion recognition", ASMMC-MMAC 2018,
doi 10.1145/3267935.3267948, is the system rebuilt here. The grades of its choices stand beside
the fields of `deepspectrum_features.recipe.Zhao2018Asmmc`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepspectrum_features.networks.attention import LinearAttention
from deepspectrum_features.networks.encoding import Encoding
from deepspectrum_features.networks.fcn import MaskedFCN
from deepspectrum_features.networks.log_mel import LogMelBands
from deepspectrum_features.networks.recurrent import MaskedBLSTM
from deepspectrum_features.recipe import Zhao2018Asmmc
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd


class Zhao2018AsmmcNetwork(nn.Module):
    """Log mel -> (FCN -> global pooling | BLSTM -> attention) -> concatenation -> DNN.

    The deep spectrum vector is the concatenation [I]: ``fcn_*`` columns, then ``blstm_*``.
    """

    def __init__(self, front_end: SpectrogramFrontEnd, recipe: Zhao2018Asmmc, classes: int) -> None:
        super().__init__()
        self.log_mel = LogMelBands(front_end, recipe.mel)
        self.fcn = MaskedFCN(
            recipe.filters, recipe.kernels, recipe.conv_dropout, recipe.global_pooling
        )
        self.blstm = MaskedBLSTM(
            recipe.mel.bands, recipe.lstm_units, recipe.lstm_layers, recipe.lstm_dropout
        )
        self.attention = LinearAttention(self.blstm.dim)
        self.dim = recipe.filters[-1] + self.blstm.dim
        self.column_names = [f"fcn_{i:03d}" for i in range(recipe.filters[-1])]
        self.column_names += [f"blstm_{i:03d}" for i in range(self.blstm.dim)]
        self.head = nn.Sequential(
            nn.Linear(self.dim, recipe.head_units), nn.ReLU(), nn.Linear(recipe.head_units, classes)
        )

    def prepare(self, frames: Tensor) -> Tensor:
        """Map power spectrogram frames ``(..., bins)`` to log mel ``(..., bands)``."""
        bands: Tensor = self.log_mel(frames)
        return bands

    def fit_statistics(self, utterances: Sequence[Tensor]) -> None:
        """Take mean and deviation of every band from the prepared training utterances."""
        self.log_mel.fit(utterances)

    def forward_features(self, prepared: Tensor, frames: Tensor) -> Encoding:
        """Encode ``prepared (batch, time, bands)`` of ``frames (batch,)`` valid frames."""
        bands = self.log_mel.normalise(prepared, frames)
        spectral = self.fcn(bands, frames)  # (batch, filters)
        recurrent = self.blstm(bands, frames)  # (batch, time, 2 units)
        context, alpha = self.attention(recurrent, frames)
        return Encoding(torch.cat([spectral, context], dim=1), recurrent, frames, alpha)

    def forward_head(self, embedding: Tensor) -> Tensor:
        """Map embeddings ``(batch, dim)`` to class scores ``(batch, classes)``."""
        scores: Tensor = self.head(embedding)
        return scores
