"""AlexNet's convolutions on spectrograms of any length, and attention over what they leave.

References
----------
Y. Zhang, J. Du, Z. Wang, J. Zhang and Y. Tu, "Attention based fully convolutional network for
speech emotion recognition", APSIPA ASC 2018, arXiv 1806.01506, is the system rebuilt here;
A. Krizhevsky, I. Sutskever and G. E. Hinton, "ImageNet classification with deep convolutional
neural networks", NIPS 2012, is AlexNet. The grades of its choices stand beside the fields of
`deepspectrum_features.recipe.Zhang2018Apsipa`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, max_pool2d

from deepspectrum_features.encoder.clocks import Cells, Clock
from deepspectrum_features.networks.attention import TanhAttention
from deepspectrum_features.networks.classifier import numbered_columns
from deepspectrum_features.networks.encoding import Encoding, valid_steps
from deepspectrum_features.networks.fcn import MaskedBatchNorm
from deepspectrum_features.networks.network import Network
from deepspectrum_features.networks.views import make_view
from deepspectrum_features.recipe import Zhang2018Apsipa
from deepspectrum_features.sound import FrontEnd

#: Kernel and stride of the convolutions [C], padding as in torchvision's AlexNet [I], and behind
#: which of them the maximum of three by three cells is taken in steps of two [C].
_KERNELS, _STRIDES, _PADDING = (11, 5, 3, 3, 3), (4, 1, 1, 1, 1), (2, 2, 1, 1, 1)
_POOLED = (0, 1, 4)
#: Of the convolutions among the features of torchvision's AlexNet.
_TORCHVISION_NUMBERS = (0, 3, 6, 8, 10)

#: Frames, and bins, that leave one cell, and how many more leave one more. The first is centred on
#: the middle of 63; what it sees reaches 97 to either side.
_FEWEST, _STEP = 63, 32


class ResponseNorm(nn.Module):
    """``a_c / (2 + 1e-4 sum_j a_j^2)^0.75`` over the five channels j around c (Krizhevsky 2012)."""

    neighbours: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        number = torch.arange(channels)
        near = ((number[:, None] - number).abs() <= 2).float()[:, :, None, None]
        self.register_buffer("neighbours", near, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise ``x (batch, channels, time, bins)`` across channels."""
        root = (2 + 1e-4 * conv2d(x * x, self.neighbours)).rsqrt()
        return x * root * root.sqrt()


class AlexNetConvolutions(nn.Module):
    """The five convolutions of AlexNet, after each of which padding is zero.

    An utterance's cells see at most two frames behind its end: zeros, as they are at an end alone.
    Weights begin as normal numbers scaled for ReLU (He et al. 2015), biases as zeros [I].
    """

    def __init__(self, channels: int, filters: tuple[int, ...], norm: str) -> None:
        super().__init__()
        shapes = zip((channels, *filters), filters, _KERNELS, _STRIDES, _PADDING, strict=False)
        convolutions = [nn.Conv2d(*shape) for shape in shapes]
        for convolution in convolutions:
            weight, bias = convolution.parameters()
            nn.init.kaiming_normal_(weight, nonlinearity="relu")
            nn.init.zeros_(bias)
        self.convolutions = nn.ModuleList(convolutions)
        batch = filters if norm == "batch" else ()
        self.batch_norms = nn.ModuleList(MaskedBatchNorm(width) for width in batch)
        response = filters[:2] if norm == "response" else ()
        self.response_norms = nn.ModuleList(ResponseNorm(width) for width in response)

    def forward(self, x: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``x (batch, channels, time, bins)``, zero on padding, to cells, counted in time."""
        for number, convolution in enumerate(self.convolutions):
            x = convolution(x)
            frames = (frames - 3) // 4 if number == 0 else frames
            if self.batch_norms:
                x = self.batch_norms[number](x, valid_steps(frames, x.shape[2]))
            x = torch.relu(x)
            if number < len(self.response_norms):
                x = self.response_norms[number](x)
            if number in _POOLED:
                x, frames = max_pool2d(x, 3, 2), (frames - 1) // 2
            x = x * valid_steps(frames, x.shape[2])[:, None, :, None]
        return x, frames


class Zhang2018ApsipaNetwork(Network):
    """Log spectrum -> AlexNet's convolutions -> attention over time and frequency -> classes.

    The steps of the encoding are the cells along time, 32 frames apart: ``attention`` is what their
    cells along frequency have together, ``frame_embedding`` the mean of these weighted by it, so
    that the embedding is the sum of steps weighted by attention.
    """

    checked_frames = (62, 66, 67, 94, 95, 96, 127)  # a second and a third cell begin at 95 and 127

    def __init__(self, front_end: FrontEnd, recipe: Zhang2018Apsipa, classes: int) -> None:
        super().__init__(make_view(front_end, recipe.view))
        self.channels, width = recipe.channels, recipe.filters[-1]
        self.alexnet = AlexNetConvolutions(recipe.channels, recipe.filters, recipe.norm)
        self.attention = TanhAttention(width, recipe.attention_scale)
        self.column_names = numbered_columns(alexnet=width)
        self.head = nn.Sequential(nn.Dropout(recipe.dropout), nn.Linear(width, classes))

    def forward_features(self, prepared: Tensor, frames: Tensor) -> Encoding:
        """Encode ``prepared (batch, time, dim)`` of ``frames (batch,)`` valid frames."""
        spectrum, frames = self._filled(self.view.normalise(prepared, frames), frames)
        picture = torch.stack([spectrum] * self.channels, dim=1)  # (batch, channels, time, bins)
        cells, steps = self.alexnet(picture, frames)  # (batch, width, steps, bands)
        context, alpha = self.attention(cells, steps)
        attention = alpha.sum(dim=2)  # (batch, steps)
        weights = alpha / attention.clamp(min=torch.finfo(alpha.dtype).tiny).unsqueeze(2)
        means = (weights.unsqueeze(1) * cells).sum(dim=3).transpose(1, 2)  # (batch, steps, width)
        return Encoding(context, means, steps, attention, alpha, steps)

    def _filled(self, spectrum: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Fill ``spectrum (batch, time, bins)`` with zeros up to what leaves a cell."""
        frames, bins = frames.clamp(min=_FEWEST), max(_FEWEST - self.view.out_dim, 0)
        # what is appended keeps its sizes on the way into ONNX, what is padded loses them
        more = torch.zeros_like(spectrum[:, :1]).repeat(1, _FEWEST - 1, 1)
        spectrum = torch.cat([spectrum, more], dim=1)[:, : frames.max()]
        more = torch.zeros_like(spectrum[:, :, :1]).repeat(1, 1, bins)
        return torch.cat([spectrum, more], dim=2), frames

    def torchvision_weights(self) -> dict[str, Tensor]:
        """Return the weights of the convolutions, by their names in torchvision's AlexNet.

        Its pictures have time along their last axis, ours along the one before.
        """
        found = {}
        for number, one in zip(_TORCHVISION_NUMBERS, self.alexnet.convolutions, strict=True):
            weight, bias = one.parameters()
            found[f"features.{number}.weight"] = weight.transpose(2, 3)
            found[f"features.{number}.bias"] = bias
        return found

    def clock(self, front_end: FrontEnd) -> Clock:
        """Say when the steps are."""
        return Clock(
            step_seconds=_STEP * front_end.step_seconds,
            first_step_centre_seconds=(
                front_end.first_centre_seconds + _FEWEST // 2 * front_end.step_seconds
            ),
        )

    def cells(self, front_end: FrontEnd) -> Cells:
        """Say where the cells are; the one of a narrow view stands in its middle."""
        clock, width = self.clock(front_end), self.view.out_dim
        fewest = min(_FEWEST, width)
        return Cells(
            step_seconds=clock.step_seconds,
            first_step_centre_seconds=clock.first_step_centre_seconds,
            hz=[self.view.hz[k] for k in range(fewest // 2, width - (fewest - 1) // 2, _STEP)],
        )
