"""Temporal FCN and attention-BLSTM in parallel, on descriptors or on log mel bands.

References
----------
Z. Zhao, Y. Zheng, Z. Zhang, H. Wang, Y. Zhao and C. Li, "Exploring spatio-temporal
representations by integrating attention-based bidirectional-LSTM-RNNs and FCNs for speech emotion
recognition", Interspeech 2018, doi 10.21437/Interspeech.2018-1477. The grades of its choices stand
beside the fields of `deepspectrum_features.recipe.Zhao2018Interspeech`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepspectrum_features.networks.attention import LinearAttention
from deepspectrum_features.networks.classifier import dense_classifier, numbered_columns
from deepspectrum_features.networks.encoding import Encoding, valid_steps
from deepspectrum_features.networks.network import Network
from deepspectrum_features.networks.recurrent import MaskedBLSTM
from deepspectrum_features.networks.temporal import TemporalFCN
from deepspectrum_features.networks.views import make_view
from deepspectrum_features.recipe import Zhao2018Interspeech
from deepspectrum_features.sound import FrontEnd


class Zhao2018InterspeechNetwork(Network):
    """View -> (temporal FCN -> average | BLSTM -> attention) -> concatenation -> DNN.

    The deep spectrum vector is the concatenation [I]: ``fcn_*`` columns, then ``blstm_*``.
    """

    def __init__(self, front_end: FrontEnd, recipe: Zhao2018Interspeech, classes: int) -> None:
        super().__init__(make_view(front_end, recipe.view))
        self.fcn = TemporalFCN(self.view.out_dim, recipe.filters, recipe.kernels)
        self.blstm = MaskedBLSTM(self.view.out_dim, recipe.lstm_units, layers=1, dropout=0.0)
        self.attention = LinearAttention(self.blstm.dim)
        self.dropout = nn.Dropout(recipe.dropout)
        self.column_names = numbered_columns(fcn=recipe.filters[-1], blstm=self.blstm.dim)
        self.head = dense_classifier(self.dim, recipe.head_units, classes)

    def forward_features(self, prepared: Tensor, frames: Tensor) -> Encoding:
        """Encode ``prepared (batch, time, dim)`` of ``frames (batch,)`` valid frames."""
        x = self.view.normalise(prepared, frames)  # (batch, time, out_dim)
        temporal = self.fcn(x, frames)  # (batch, filters)
        recurrent = self.blstm(x, frames)  # (batch, time, 2 units)
        context, alpha = self.attention(recurrent, valid_steps(frames, recurrent.shape[1]))
        embedding = torch.cat([temporal, self.dropout(context)], dim=1)
        return Encoding(embedding, recurrent, frames, alpha)
