"""Peaks between the places where a curve is known."""

from __future__ import annotations

from torch import Tensor


def top_of(left: Tensor, middle: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Return where (half a step off at most) and how high a parabola through three values is."""
    bend = (2 * middle - left - right).clamp(min=1e-6)
    offset = ((right - left) / (2 * bend)).clamp(-0.5, 0.5)
    return offset, middle + (right - left) * offset / 4
