"""Where an encoder looks, as pictures: in one utterance, or by class in all of a feature file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.drawing.attention import draw_attention

__all__ = ["draw_attention"]

__getattr__, __dir__ = names_of(__name__, {"draw_attention": "attention"})
