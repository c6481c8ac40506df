"""A folder beside the page with what a paper takes over: tables, figures, protocol, references."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepspectrum_features.baselines.report.latex import (
    classes_table,
    confusion_table,
    latex_text,
    scores_table,
)
from deepspectrum_features.baselines.report.protocol_text import protocol_text
from deepspectrum_features.baselines.report.ranking import ranked
from deepspectrum_features.baselines.report.references import references
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.errors import DsfError
from deepspectrum_features.files import check_folder, whole_file, write_text
from deepspectrum_features.terminal import showable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FORMATS = ("pdf", "svg")
#: No date and no random names: the same results give the same bytes.
_STILL = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}


def paper_folder(page: str | Path) -> Path:
    """Return where what a paper takes over is written: ``report-paper`` beside ``report.html``."""
    page = Path(page)
    return page.with_name(f"{page.stem}-paper")


def check_paper(page: str | Path) -> None:
    """Refuse a folder that stands in the way.

    Raises
    ------
    DsfError
        If the folder cannot be written.
    """
    import matplotlib  # noqa: F401  # that it is missing is better known before all work

    check_folder(paper_folder(page), DsfError)


def write_paper(results: Sequence[Results], page: str | Path) -> Path:
    """Write what a paper takes over, with a folder of its own for each of several evaluations.

    ``scores.tex``, ``classes.tex`` and ``confusions.tex`` are tables for LaTeX with booktabs,
    ``protocol.tex`` is the sentences that say how the scores came about, ``references.bib`` what
    they stand on; ``scores``, ``confusion`` and ``map`` are figures, as PDF and as SVG. Files of
    these names are replaced, others stay.

    Parameters
    ----------
    results : sequence of Results
    page : str or Path
        The page that it stands beside.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    DsfError
        If it cannot be written.
    """
    folder = paper_folder(page)
    check_paper(page)
    folder.mkdir(exist_ok=True)
    for number, one in enumerate(results, 1):
        own = folder if len(results) == 1 else folder / str(number)
        own.mkdir(exist_ok=True)
        _write(ranked(one), own)
    return folder


def _write(results: Results, folder: Path) -> None:
    """Write what belongs to one evaluation, its best system first."""
    from deepspectrum_features.baselines.report.paper_figures import figures

    for name, text in _texts(results):
        write_text(folder / name, showable(text).rstrip("\n"))
    for name, figure in figures(results):
        for kind in _FORMATS:
            _save(figure, folder / f"{name}.{kind}", kind)


def _texts(results: Results) -> Iterator[tuple[str, str]]:
    """Yield names and texts of files."""
    yield "scores.tex", scores_table(results)
    told = [(one.name, one.by_class) for one in results.systems if one.by_class]
    if told:
        yield "classes.tex", classes_table(results, *told[0])
        matrices = [confusion_table(results, number, *one) for number, one in enumerate(told, 1)]
        yield "confusions.tex", "\n\n".join(matrices)
    yield "protocol.tex", latex_text(protocol_text(results))
    yield "references.bib", references(results)


def _save(figure: Figure, path: Path, kind: str) -> None:
    """Write a figure whose letters stay letters, the same bytes every time."""
    from matplotlib import rc_context

    still: dict[Any, Any] = {
        "pdf.fonttype": 42,
        "svg.fonttype": "none",
        "svg.hashsalt": "deepspectrum",
    }
    with rc_context(still), whole_file(path) as draft:
        figure.savefig(draft, format=kind, metadata=_STILL[kind])
