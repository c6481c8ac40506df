"""What a person sees in a notebook: bars that move, tables of what a cell ends with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

pytestmark = pytest.mark.slow

BEGIN = """
from deepspectrum_features import FeatureFile, extract
from deepspectrum_features.testing import tiny_corpus
folder = tiny_corpus(speakers=1, per_class=2)
"""
EXTRACT = "done = extract(folder, folder / 'out.h5', overwrite=True, jobs=1, bar={bar})"
WITHOUT_WIDGETS = """
import sys
sys.modules["ipywidgets"] = None
sys.modules.pop("tqdm.notebook", None)
"""


def run(folder: Path, *cells: str) -> list[list[Any]]:
    """Run cells in a kernel of their own; return what stands below each."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(book, resources={"metadata": {"path": str(folder)}}).execute()
    return [cell.outputs for cell in book.cells]


def test_bars_and_tables(tmp_path: Path) -> None:
    loud, quiet, table, plain = run(
        tmp_path,
        BEGIN + EXTRACT.format(bar=True),
        EXTRACT.format(bar=False),
        "FeatureFile.open(done.path)",
        WITHOUT_WIDGETS + EXTRACT.format(bar=True),
    )
    assert loud, "a bar is asked for"
    for output in loud:
        assert "application/vnd.jupyter.widget-view+json" in output["data"]
    assert quiet == []
    assert table[0]["data"]["text/plain"].startswith("<FeatureFile: 4 rows x 1498 columns")
    assert table[0]["data"]["text/html"].startswith("<table>")
    said = "".join(output["text"] for output in plain)
    assert {output["name"] for output in plain} == {"stderr"}
    assert "extracting: 100%|██████████|" in said
    assert "4/4 rows" in said
    assert "arn" not in said, "no warning that something could be installed"
