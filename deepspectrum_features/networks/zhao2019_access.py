"""FCN with attention over time and frequency, and attention-BLSTM, in parallel.

References
----------
Z. Zhao et al., "Exploring deep spectrum representations via attention-based recurrent and
convolutional neural networks for speech emotion recognition", IEEE Access 7 (2019) 97515,
doi 10.1109/ACCESS.2019.2928625. The grades of its choices stand beside the fields of
`deepspectrum_features.recipe.Zhao2019Access`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from deepspectrum_features.encoder.clocks import Cells
from deepspectrum_features.networks.attention import LinearAttention, TanhAttention
from deepspectrum_features.networks.classifier import dense_classifier, numbered_columns
from deepspectrum_features.networks.encoding import Encoding, valid_steps
from deepspectrum_features.networks.fcn import MaskedConvBlocks
from deepspectrum_features.networks.network import Network
from deepspectrum_features.networks.recurrent import MaskedBLSTM
from deepspectrum_features.networks.views import make_view
from deepspectrum_features.recipe import Zhao2019Access
from deepspectrum_features.sound import FrontEnd


class Zhao2019AccessNetwork(Network):
    """Log mel -> (FCN -> attention to cells | BLSTM -> attention) -> concatenation -> DNN.

    The deep spectrum vector is the concatenation [I]: ``fcn_*`` columns, then ``blstm_*``.
    """

    def __init__(self, front_end: FrontEnd, recipe: Zhao2019Access, classes: int) -> None:
        super().__init__(make_view(front_end, recipe.view))
        self.fcn = MaskedConvBlocks(recipe.filters, recipe.kernels, recipe.conv_dropout)
        self.cell_attention = TanhAttention(recipe.filters[-1], recipe.attention_scale)
        self.blstm = MaskedBLSTM(
            self.view.out_dim, recipe.lstm_units, recipe.lstm_layers, recipe.lstm_dropout
        )
        self.attention = LinearAttention(self.blstm.dim)
        self.column_names = numbered_columns(fcn=recipe.filters[-1], blstm=self.blstm.dim)
        self.head = dense_classifier(self.dim, recipe.head_units, classes)

    def forward_features(self, prepared: Tensor, frames: Tensor) -> Encoding:
        """Encode ``prepared (batch, time, bands)`` of ``frames (batch,)`` valid frames."""
        bands = self.view.normalise(prepared, frames)
        maps, cells = self.fcn(bands, frames)  # (batch, filters, cells, bands / 8), (batch,)
        spectral, alpha_tf = self.cell_attention(maps, cells)
        recurrent = self.blstm(bands, frames)  # (batch, time, 2 units)
        context, alpha = self.attention(recurrent, valid_steps(frames, recurrent.shape[1]))
        embedding = torch.cat([spectral, context], dim=1)
        return Encoding(embedding, recurrent, frames, alpha, alpha_tf, cells)

    def cells(self, front_end: FrontEnd) -> Cells:
        """Say where the cells of ``attention_tf`` are."""
        return self.fcn.cells(self.clock(front_end), self.view.hz)
