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

import torch
from torch import Tensor

from deepspectrum_features.networks.activity import active_frames
from deepspectrum_features.networks.attention import LinearAttention
from deepspectrum_features.networks.classifier import dense_classifier, numbered_columns
from deepspectrum_features.networks.encoding import Encoding, valid_steps
from deepspectrum_features.networks.fcn import MaskedFCN
from deepspectrum_features.networks.network import Network
from deepspectrum_features.networks.recurrent import MaskedBLSTM
from deepspectrum_features.networks.views import make_view
from deepspectrum_features.recipe import Zhao2018Asmmc
from deepspectrum_features.sound import FrontEnd


class Zhao2018AsmmcNetwork(Network):
    """Log mel -> (FCN -> global pooling | BLSTM -> attention) -> concatenation -> DNN.

    The deep spectrum vector is the concatenation [I]: ``fcn_*`` columns, then ``blstm_*``.
    """

    def __init__(self, front_end: FrontEnd, recipe: Zhao2018Asmmc, classes: int) -> None:
        super().__init__(make_view(front_end, recipe.view))
        self.fcn = MaskedFCN(
            recipe.filters, recipe.kernels, recipe.conv_dropout, recipe.global_pooling
        )
        self.blstm = MaskedBLSTM(
            self.view.out_dim, recipe.lstm_units, recipe.lstm_layers, recipe.lstm_dropout
        )
        self.attention = LinearAttention(self.blstm.dim)
        self.active_alone, self.floor = recipe.active_alone, recipe.view.floor
        self.column_names = numbered_columns(fcn=self.fcn.dim, blstm=self.blstm.dim)
        self.head = dense_classifier(self.dim, recipe.head_units, classes)

    def forward_features(self, prepared: Tensor, frames: Tensor) -> Encoding:
        """Encode ``prepared (batch, time, bands)`` of ``frames (batch,)`` valid frames."""
        bands = self.view.normalise(prepared, frames)  # (batch, time, bands)
        marked = valid_steps(frames, prepared.shape[1])
        if self.active_alone:
            marked = active_frames(prepared, frames, self.floor)
        spectral = self.fcn(bands, frames, marked)  # (batch, filters)
        recurrent = self.blstm(bands, frames)  # (batch, time, 2 units)
        context, alpha = self.attention(recurrent, marked)
        return Encoding(torch.cat([spectral, context], dim=1), recurrent, frames, alpha)
