"""openSMILE's descriptors whitened or z-normed, inside the network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from deepspectrum_features.errors import RecipeError
from deepspectrum_features.networks.encoding import valid_steps
from deepspectrum_features.networks.views.view import View
from deepspectrum_features.recipe import Descriptors
from deepspectrum_features.sound import FrontEnd

#: A column is constant where it varies less than single precision shows, beside its size.
_CONSTANT = 1e-6
#: Components of less variance, beside the first one's, are what rounding left of nothing.
_NO_VARIANCE = 1e-6


class WhitenedDescriptors(View):
    """``((x - mean) * scale) @ projection``, all three from the training set.

    ``scale`` is 1 / deviation, and 0 of a constant column. The columns of ``projection`` are the
    eigenvectors of the correlations over the roots of their eigenvalues, the largest first, each
    with its largest number positive; under ``"z-norm"`` there is no projection. All is computed in
    double precision, for what components of small variance are made of cancels.
    """

    mean: Tensor
    scale: Tensor
    projection: Tensor

    def __init__(self, front_end: FrontEnd, descriptors: Descriptors) -> None:
        super().__init__(front_end, descriptors)
        self.dim = front_end.dim
        self.out_dim = descriptors.components or front_end.dim
        self.centre, self.whitens = descriptors.centre, descriptors.whitening == "pca"
        if self.out_dim > self.dim:
            raise RecipeError(
                f"network.view.components: {self.out_dim}, need at most the {self.dim} numbers of "
                "a frame"
            )
        self.register_buffer("mean", torch.zeros(self.dim))
        self.register_buffer("scale", torch.ones(self.dim))
        if self.whitens:
            self.register_buffer("projection", torch.eye(self.dim, self.out_dim))

    def forward(self, frames: Tensor) -> Tensor:
        """Return the descriptors ``frames (..., dim)`` as they are."""
        return frames

    def fit(self, utterances: Sequence[Tensor]) -> None:
        """Take mean, scale and projection from training ``utterances (time, dim)``."""
        count = sum(len(one) for one in utterances)
        mean, size = (torch.zeros(self.dim, dtype=torch.float64) for _ in range(2))
        for one in utterances:
            mean += self._centred(one.double()).sum(dim=0) / count
            size += one.double().square().sum(dim=0) / count
        covariance = torch.zeros(self.dim, self.dim, dtype=torch.float64)
        for one in utterances:
            off = self._centred(one.double()) - mean
            covariance += off.T @ off / count
        deviation = covariance.diagonal().sqrt()
        scale = torch.where(deviation > _CONSTANT * size.sqrt(), 1 / deviation, 0)
        self.mean.copy_(mean)
        self.scale.copy_(scale)
        if self.whitens:
            self.projection.copy_(_components(covariance * torch.outer(scale, scale), self.out_dim))

    def normalise(self, prepared: Tensor, frames: Tensor) -> Tensor:
        """Whiten ``prepared (batch, time, dim)`` to ``(batch, time, out_dim)``, zero on padding."""
        valid = valid_steps(frames, prepared.shape[1]).unsqueeze(-1)
        x = prepared.double()
        if self.centre:
            x = x - (x * valid).sum(dim=1, keepdim=True) / frames[:, None, None]
        x = (x - self.mean) * self.scale
        if self.whitens:
            x = x @ self.projection.double()
        return x.to(prepared.dtype) * valid

    def _centred(self, descriptors: Tensor) -> Tensor:
        """Do to one utterance ``(time, dim)`` what `normalise` does to it in a batch."""
        return descriptors - descriptors.mean(dim=0) if self.centre else descriptors


def _components(correlations: Tensor, count: int) -> Tensor:
    """Return the first components over the roots of their variances: ``(columns, count)``."""
    variances, vectors = torch.linalg.eigh(correlations)
    variances, vectors = variances.flip(0)[:count], vectors.flip(1)[:, :count]
    largest = vectors.gather(0, vectors.abs().argmax(dim=0, keepdim=True))  # (1, count)
    kept = variances > _NO_VARIANCE * variances[0]
    projection: Tensor = vectors * torch.where(kept, largest.sign() / variances.sqrt(), 0)
    return projection
