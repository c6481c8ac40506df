"""Everything an ablation found, and the files it is written to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deepspectrum_features.baselines.ablation.figure import draw
from deepspectrum_features.baselines.ablation.table import markdown
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.files import whole_file, write_text
from deepspectrum_features.recipe.resolution import Resolution
from deepspectrum_features.terminal import showable

FIGURE = "ablation.png"


@dataclass(frozen=True)
class Ablation:
    """What a system reaches at several resolutions, as `run_ablation` returns it.

    Attributes
    ----------
    results : Results
        Of all cells, their names as names of features; each is compared with the reference.
    cells : tuple of Resolution
    """

    results: Results
    cells: tuple[Resolution, ...]

    def markdown(self) -> str:
        """Write one table of all cells, the figure above it, and what every number stands on."""
        return markdown(self.results, self.cells, FIGURE)

    def write(self, folder: str | Path) -> None:
        """Write ablation.md, ablation.png, and what `Results.write` writes."""
        folder = Path(folder)
        self.results.write(folder)
        write_text(folder / "ablation.md", showable(self.markdown()))
        with whole_file(folder / FIGURE) as draft:
            draw(self.results, self.cells).savefig(draft, dpi=150, format="png")
