"""Cases of which one is quick enough for every day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest


def quick_first(cases: Sequence[Any]) -> list[Any]:
    """Return cases to parametrize with, all but the first marked slow; a tuple has many values."""
    values = [case if isinstance(case, tuple) else (case,) for case in cases]
    slow = [pytest.param(*case, marks=pytest.mark.slow) for case in values[1:]]
    return [pytest.param(*values[0]), *slow]
