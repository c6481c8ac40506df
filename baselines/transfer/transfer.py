"""Everything a transfer benchmark found, and the files it is written to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from deepspectrum_features.baselines.results_tables import as_csv
from deepspectrum_features.baselines.transfer.figure import draw
from deepspectrum_features.baselines.transfer.scores import CorpusScores
from deepspectrum_features.baselines.transfer.table import markdown, parts_in, score_rows
from deepspectrum_features.files import whole_file, write_text
from deepspectrum_features.terminal import showable


@dataclass(frozen=True)
class Transfer:
    """What feature sets are worth on several corpora, as `run_transfer` returns it.

    Attributes
    ----------
    corpora : tuple of CorpusScores
    refused : dict of str to str
        Folders of corpora that could not be scored, and why.
    """

    corpora: tuple[CorpusScores, ...]
    refused: dict[str, str] = field(default_factory=dict)

    def markdown(self) -> str:
        """Write one table of all corpora and feature sets, and what every number stands on."""
        return markdown(self.corpora, self.refused)

    def write(self, folder: str | Path) -> None:
        """Write transfer.md, transfer.csv with a score a line, and transfer.png."""
        folder = Path(folder)
        write_text(folder / "transfer.md", showable(self.markdown()))
        write_text(folder / "transfer.csv", showable(as_csv(score_rows(self.corpora))))
        with whole_file(folder / "transfer.png") as draft:
            figure = draw(self.corpora, parts_in(self.corpora))
            figure.savefig(draft, dpi=150, format="png")
