"""Commands that load much say at once what they are doing."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

DSF = Path(sys.executable).with_name("dsf")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["corpus", "train", "experiment", "transfer", "export"])
def test_the_first_word_comes_before_heavy_imports(folder: Path, command: str) -> None:
    """Two seconds are meant; ten allow for a machine at work. A run of nothing fails, later."""
    (folder / "run").mkdir()
    more = {
        "corpus": [folder],
        "train": [folder, folder / "run", "--epochs", "1"],
        "experiment": [folder, folder / "run", "--epochs", "1"],
        "transfer": [folder / "run", folder],
        "export": [folder / "run", folder / "out.onnx"],
    }
    began = time.monotonic()
    with subprocess.Popen(
        [DSF, command, *more[command]], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline().decode()
        assert time.monotonic() - began < 10
        process.kill()
    assert first.split()[0] in ("reading", "exporting")
