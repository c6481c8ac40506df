"""What the convolution blocks of several systems need of their fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def block_problems(filters: Sequence[int], kernels: Sequence[int]) -> Iterator[str]:
    """Yield what is impossible of a stack of blocks, whose fields fit each alone.

    Examples
    --------
    >>> list(block_problems((64, 128), (8,)))
    ['filters and kernels must have the same length']
    """
    if not filters:
        yield "filters: none, need at least one block"
    if len(filters) != len(kernels):
        yield "filters and kernels must have the same length"
