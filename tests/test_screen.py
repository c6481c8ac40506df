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
        "system deep svm",
        "  columns 1498, UA 0.81",
        "system fcn",
        "  columns 64",
    ]


def test_a_row_that_is_cut_stays_indented_and_its_interval_with_its_score() -> None:
    head = "| system | UA | 95 % | WA | 95 % |\n|---|---|---|---|---|\n"
    assert fitted(f"{head}| deep | 0.81 | 0.7 to 0.9 | 0.8 | 0.6 to 0.9 |", 40).splitlines() == [
        "system deep",
        "  UA 0.81 (95 % 0.7 to 0.9), WA 0.8 (95",
        "  % 0.6 to 0.9)",
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
