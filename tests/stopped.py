"""An extraction that stops when all its parts are done, before the feature file is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

from deepspectrum_features import DsfError, FeatureFile


@contextmanager
def stopped_before_the_merge(out: Path) -> Iterator[None]:
    """Let every file be written but the output, and see that a run ends by that."""
    honest = FeatureFile.write

    def write(table: FeatureFile, path: Path, *progress: Callable[[], object]) -> None:
        if path == out:
            raise DsfError("stopped before the merge")
        honest(table, path, *progress)

    with (
        mock.patch.object(FeatureFile, "write", write),
        pytest.raises(DsfError, match=r"^stopped before the merge$"),
    ):
        yield
