"""What a graph takes and gives: names of inputs and outputs, level by level."""

from __future__ import annotations

from collections.abc import Collection, Iterable

INPUTS = ("input", "frames")
#: Which levels to compute, ``(2,)`` bool in the order of `LEVEL_OUTPUTS`; files with both have it.
LEVELS_INPUT = "levels"

EMBEDDING_OUTPUTS = ("embedding", "frame_embedding", "steps", "attention", "logits")
FUNCTIONALS_OUTPUTS = ("streams", "masks")
#: All outputs of a level, or none, are in a file.
LEVEL_OUTPUTS = {"embedding": EMBEDDING_OUTPUTS, "functionals": FUNCTIONALS_OUTPUTS}
#: Of the embedding too, where its network attends to cells of time and frequency.
CELL_OUTPUTS = ("attention_tf", "cells")

#: Axes of any length, and their names in the graph.
FREE_AXES = {
    "input": {0: "batch", 1: "time"},
    "frames": {0: "batch"},
    "embedding": {0: "batch"},
    "frame_embedding": {0: "batch", 1: "steps"},
    "steps": {0: "batch"},
    "attention": {0: "batch", 1: "steps"},
    "logits": {0: "batch"},
    "attention_tf": {0: "batch", 1: "cells"},
    "cells": {0: "batch"},
    "streams": {0: "batch", 1: "time"},
    "masks": {0: "batch", 1: "time"},
}


def levels_of(outputs: Collection[str]) -> tuple[str, ...]:
    """Return the levels whose outputs are all among these."""
    return tuple(level for level, names in LEVEL_OUTPUTS.items() if set(names) <= set(outputs))


def wanted_levels(outputs: Iterable[str]) -> list[bool]:
    """Say of every level whether one of its outputs is asked for."""
    asked = {"embedding" if name in CELL_OUTPUTS else name for name in outputs}
    return [not asked.isdisjoint(names) for names in LEVEL_OUTPUTS.values()]
