"""Two layers of an LSTM gated by its memory, then attention over time and over features.

References
----------
Y. Xie, R. Liang, Z. Liang, C. Huang, C. Zou and B. Schuller, "Speech emotion classification using
attention-based LSTM", IEEE/ACM TASLP 27(11), 2019, 1675-1685, doi 10.1109/TASLP.2019.2925934. The
grades of its choices stand beside the fields of `deepspectrum_features.recipe.Xie2019Taslp`.
"""

from __future__ import annotations

from torch import Tensor, nn

from deepspectrum_features.networks.attention import TimeFeatureAttention
from deepspectrum_features.networks.cell_gated_lstm import CellGatedLSTM
from deepspectrum_features.networks.classifier import dense_classifier, numbered_columns
from deepspectrum_features.networks.encoding import Encoding
from deepspectrum_features.networks.network import Network
from deepspectrum_features.networks.views import make_view
from deepspectrum_features.recipe import Xie2019Taslp
from deepspectrum_features.sound import FrontEnd


class Xie2019TaslpNetwork(Network):
    """View -> cell-gated LSTMs -> (attention over time | over features) -> concatenation -> DNN.

    The deep spectrum vector is the concatenation [I]: ``time_*`` columns, then ``feature_*``.
    """

    def __init__(self, front_end: FrontEnd, recipe: Xie2019Taslp, classes: int) -> None:
        super().__init__(make_view(front_end, recipe.view))
        widths = (self.view.out_dim, *recipe.units)
        self.layers = nn.Sequential(
            *(CellGatedLSTM(*width) for width in zip(widths, recipe.units, strict=False))
        )
        self.attention = TimeFeatureAttention(recipe.units[-1])
        self.column_names = numbered_columns(time=recipe.units[-1], feature=recipe.units[-1])
        self.head = dense_classifier(self.dim, recipe.head_units, classes)

    def forward_features(self, prepared: Tensor, frames: Tensor) -> Encoding:
        """Encode ``prepared (batch, time, dim)`` of ``frames (batch,)`` valid frames."""
        x = self.view.normalise(prepared, frames).transpose(0, 1)  # (time, batch, out_dim)
        states = self.layers(x).transpose(0, 1)  # (batch, time, units)
        embedding, alpha = self.attention(states, frames)
        return Encoding(embedding, states, frames, alpha)
