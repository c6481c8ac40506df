"""What is printed fits a terminal, loses no word there, and is whole in a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from called import call

from deepspectrum_features import Encoder
from deepspectrum_features.cli.screen import fitted
from deepspectrum_features.encoder import BUNDLED

DSF = Path(sys.executable).with_name("dsf")
TABLE = "| system | columns | UA |\n|---|---|---|\n| deep svm | 1498 | 0.81 |\n| fcn | 64 | |"


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_lines_fit_and_keep_their_words(columns: int) -> None:
    text = "\n\n".join(str(Encoder.open(name)) for name in BUNDLED)
    shown = fitted(text, columns)
    assert max(map(len, shown.splitlines())) <= columns < max(map(len, text.splitlines()))
    assert shown.split() == text.split()
    names = {line[:11] for line in text.splitlines()}
    assert {line[:11] for line in shown.splitlines()} <= names | {" " * 11}


def test_a_table_that_does_not_fit_is_written_row_by_row() -> None:
    assert fitted(TABLE, 80) == TABLE
    assert fitted(TABLE, 25).splitlines() == [
        "deep svm",
        "  columns 1498, UA 0.81",
        "fcn",
        "  columns 64",
    ]


def test_a_pipe_gets_lines_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    text = "\n\n".join(str(Encoder.open(name)) for name in BUNDLED)
    assert call("encoders").stdout == f"{text}\n"
    above, below = pty.openpty()
    subprocess.run([DSF, "encoders"], stdout=below, check=True)
    os.close(below)
    told = b""
    while piece := _read(above):
        told += piece
    assert told.decode().replace("\r\n", "\n") == f"{fitted(text, 40)}\n"


def _read(terminal: int) -> bytes:
    """Return what a terminal got; nothing at its end, which Linux makes an error."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
