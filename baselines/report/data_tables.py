"""What the scores are of and rest on: rows by class and speaker, families of columns, licences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from deepspectrum_features.baselines.family_weights import FamilyWeight
from deepspectrum_features.baselines.report.cells import Cell, Table, upright
from deepspectrum_features.baselines.report.wording import NONE, PERCENT
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.spoken import Spoken
from deepspectrum_features.corpus.known_layouts import layout_names, load_layout
from deepspectrum_features.corpus.layout import Layout

_SPEAKERS = 40  # beyond so many, their columns are not shown


def distribution(results: Results) -> Table | None:
    """Count the rows of every class by every speaker, and how long they are; None where unknown."""
    if not results.spoken:
        return None
    speakers = sorted({one.speaker for one in results.spoken})
    shown = speakers if len(speakers) <= _SPEAKERS else []
    labels = sorted({one.label for one in results.spoken})
    most = max(one.rows for one in results.spoken)
    rows = [
        (Cell(label or results.target), *_row(results.spoken, label, shown, most))
        for label in labels
    ]
    if len(labels) > 1:
        rows.append((Cell("all"), *_row(results.spoken, None, shown, 0)))
    heads = (Cell(f"{results.unit.title()}s"), Cell("Minutes"), Cell("Mean length"))
    first = Cell("Class" if results.classes else "Number")
    header = (first, *heads, *upright(name or "unknown" for name in shown))
    by = "speaker" if shown else f"{len(speakers)} speakers"
    by = f"class and {by}" if results.classes else by
    return Table(f"{results.unit.title()}s by {by}", header, rows, "counts")


def _row(
    spoken: Sequence[Spoken], label: str | None, speakers: Sequence[str], most: int
) -> list[Cell]:
    """Count the rows of a class, or of all, in all and by speaker; ``most`` is the darkest."""
    own = [one for one in spoken if label in (None, one.label)]
    counts = [sum(one.rows for one in own if one.speaker == who) for who in speakers]
    rows = sum(one.rows for one in own)
    seconds = _seconds(own)
    minutes = NONE if seconds is None else f"{seconds / 60:.1f}"
    mean = NONE if seconds is None else f"{seconds / rows:.2f} s"
    shades = [count / most if most else None for count in counts]
    cells = [Cell(str(count), shade=one) for count, one in zip(counts, shades, strict=True)]
    return [Cell(str(rows)), Cell(minutes), Cell(mean), *cells]


def _seconds(spoken: Iterable[Spoken]) -> float | None:
    """Add up how long rows are; None where one is unknown."""
    found = [one.seconds for one in spoken]
    known = [one for one in found if one is not None]
    return sum(known) if len(known) == len(found) else None


def families(results: Results) -> Table | None:
    """Say what every linear SVM makes of families of columns; None where there is one family."""
    found = [one for one in results.systems if len(one.families) > 1]
    names = list(dict.fromkeys(name for one in found for name in one.families))
    if not found:
        return None
    rows = [(Cell(one.name), *(_share(one.families, name) for name in names)) for one in found]
    header = (Cell("System"), *map(Cell, names))
    return Table("Share of the squared weights by family of columns", header, rows, "recall")


def _share(families: Mapping[str, FamilyWeight], name: str) -> Cell:
    """Write what a family has of the squared weights, and of the columns."""
    own = families.get(name)
    if own is None:
        return Cell(NONE)
    columns = own.columns / sum(one.columns for one in families.values())
    beside = f"({100 * columns:.0f}{PERCENT} of columns)"
    return Cell(f"{100 * own.share:.0f}{PERCENT}", beside, shade=own.share)


def corpus_names(results: Results) -> list[str]:
    """Name the corpora that are scored."""
    return [one.corpus for one in results.corpora] or [results.corpus]


def layouts(results: Results) -> list[Layout]:
    """Return the known corpora among those scored, by their names."""
    known = layout_names()
    return [load_layout(name) for name in corpus_names(results) if name in known]


def licences(results: Results) -> Table | None:
    """Say under which licence known corpora stand, and how they are cited; None of others."""
    rows = [
        (Cell(one.name), Cell(one.title), Cell(one.licence), Cell(one.citation))
        for one in layouts(results)
    ]
    header = tuple(map(Cell, ("Corpus", "Title", "Licence", "To cite")))
    return Table("Corpora, by their names", header, rows, "words") if rows else None
