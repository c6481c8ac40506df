"""One kind of progress bar: on terminals only, on standard error."""

from __future__ import annotations

import sys
from typing import Any


def progress_bar(total: float, unit: str, wanted: bool, **details: Any) -> Any:
    """Return a tqdm bar; silent unless wanted and standard error is a terminal."""
    from tqdm import tqdm

    shown = wanted and sys.stderr is not None and sys.stderr.isatty()
    return tqdm(total=total, unit=unit, disable=not shown, dynamic_ncols=True, **details)
