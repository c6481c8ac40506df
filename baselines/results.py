"""What an evaluation is worth: scores with intervals, comparisons, the protocol beside them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepspectrum_features.baselines.comparisons import Comparison
from deepspectrum_features.baselines.corpus_scores import CorpusScores, pooled_chance
from deepspectrum_features.baselines.records import (
    Curve,
    FoldSides,
    LeftOut,
    Point,
    Prediction,
    ProtocolCard,
    SystemResult,
)
from deepspectrum_features.baselines.recount import check_predictions
from deepspectrum_features.baselines.results_document import (
    DOCUMENT,
    FORMAT,
    VERSION,
    read_document,
)
from deepspectrum_features.baselines.results_tables import as_csv, read_rows, write_rows
from deepspectrum_features.baselines.results_text import markdown, score_rows, score_table
from deepspectrum_features.baselines.spoken import Spoken
from deepspectrum_features.errors import DsfError
from deepspectrum_features.extras import naming_extras
from deepspectrum_features.files import give_name, write_text
from deepspectrum_features.overview import Overview, WithOverview
from deepspectrum_features.recipe.document import build
from deepspectrum_features.terminal import counted, one_line, showable

if TYPE_CHECKING:
    import pandas

_PREDICTIONS, _MAP = "predictions.csv", "map.csv"


@dataclass(frozen=True, repr=False)
class Results(WithOverview):
    """Everything an evaluation found, as `evaluate` and `run_experiment` return it.

    ``print`` it for what ``dsf evaluate`` prints; notebooks show its table of scores.

    Attributes
    ----------
    title, corpus : str
    task : str
        ``classification``, or ``regression`` of a number.
    target : str
        What is told: ``label``, or the name of a number.
    unit : str
        What a row is: an ``utterance``, or a ``chunk`` of one.
    protocol : ProtocolCard
    utterances : int
        Rows with a label, or a number.
    left_out : tuple of LeftOut
        What is not in the scores.
    speakers, classes : tuple of str
        No classes where numbers are told.
    trained : tuple of str
        Classes that some fold trains on.
    folds : tuple of FoldSides
    systems : tuple of SystemResult
    comparisons : tuple of Comparison
    curves : tuple of Curve
        Of an experiment, one a fold.
    versions : dict of str to str
        Of the software that made the scores.
    command, created : str
    predictions : tuple of Prediction
        One a system and row that was tested; empty where the folder that was read lacks them.
    points : tuple of Point
        The map of the features, one a feature set and row; empty likewise.
    corpora : tuple of CorpusScores
        Each corpus alone, where whole corpora are left out.
    explained : dict of str to (float, float)
        By feature set: the share of variance that each of the map's two components holds.
    spoken : tuple of Spoken
        How the rows are distributed over classes and speakers.
    """

    title: str
    corpus: str
    task: str
    target: str
    unit: str
    protocol: ProtocolCard
    utterances: int
    left_out: tuple[LeftOut, ...]
    speakers: tuple[str, ...]
    classes: tuple[str, ...]
    trained: tuple[str, ...]
    folds: tuple[FoldSides, ...]
    systems: tuple[SystemResult, ...]
    comparisons: tuple[Comparison, ...]
    curves: tuple[Curve, ...]
    versions: dict[str, str]
    command: str
    created: str
    predictions: tuple[Prediction, ...] = ()
    points: tuple[Point, ...] = ()
    corpora: tuple[CorpusScores, ...] = ()
    explained: dict[str, tuple[float, float]] = field(default_factory=dict)
    spoken: tuple[Spoken, ...] = ()

    @property
    def chance(self) -> float | None:
        """UA of guessing among the classes trained on; None where numbers are told."""
        if self.corpora:
            return pooled_chance(self.corpora)
        return 1 / len(self.trained) if self.trained else None

    @property
    def heard(self) -> list[str]:
        """Speakers that have a held-out row."""
        told = {name for one in self.systems for name in one.speakers}
        listed = [name for name in self.speakers if name in told]
        return listed + sorted(told.difference(listed))

    def document(self) -> dict[str, Any]:
        """Return what ``results.json`` holds: everything but predictions and map."""
        values = asdict(self)
        del values["predictions"], values["points"]
        if not self.corpora:
            del values["corpora"]
        return {"format": FORMAT, "version": VERSION, **values}

    def markdown(self) -> str:
        """Write scores, comparisons and the protocol that every number stands on."""
        return markdown(self)

    def __str__(self) -> str:
        """Write what `markdown` writes."""
        return self.markdown()

    def _headline(self) -> str:
        return f"{self.title}, {counted(len(self.systems), 'system')}"

    def _overview(self) -> Overview:
        header, rows = score_table(self)
        return Overview(rows, header)

    @naming_extras()
    def to_frame(self) -> pandas.DataFrame:
        """Return one row a system and score: value, low, high."""
        import pandas

        rows = [
            (one.name, name, score.value, score.low, score.high)
            for one in self.systems
            for name, score in one.scores.items()
        ]
        found = pandas.DataFrame(rows, columns=["system", "score", "value", "low", "high"])
        return found.set_index(["system", "score"])

    def write(self, folder: str | Path) -> None:
        """Write results.json, results.md, results.csv, predictions.csv and map.csv.

        All are made before the first is put in its place; other files there stay.
        """
        folder = Path(folder).resolve()
        draft = folder.with_name(f".{folder.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        texts = {
            _PREDICTIONS: write_rows(Prediction, self.predictions, self.classes),
            _MAP: write_rows(Point, self.points),
            "results.md": self.markdown(),
            "results.csv": as_csv(score_rows(self)),
            DOCUMENT: json.dumps(self.document(), indent=1, ensure_ascii=False),
        }
        try:
            for name, text in texts.items():
                write_text(draft / name, showable(text))  # a title may hold a lone surrogate
            folder.mkdir(exist_ok=True)
            for path in draft.iterdir():
                give_name(path, folder / path.name)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    @classmethod
    def read(cls, folder: str | Path) -> Results:
        """Read what `write` wrote; predictions must give the scores beside them.

        Raises
        ------
        DsfError
            If the folder or its ``results.json`` is missing, damaged, of another version, or at
            odds with the tables beside it.
        """
        folder = Path(folder)
        path = folder / DOCUMENT
        found = build(cls, read_document(path), where=str(path), error=DsfError)
        predictions = read_rows(folder / _PREDICTIONS, Prediction, found.classes)
        if (folder / _PREDICTIONS).is_file():
            check_predictions(folder / _PREDICTIONS, found, predictions)
        points = read_rows(folder / _MAP, Point)
        if strange := {point.label for point in points}.difference(found.classes):
            raise DsfError(f"{folder / _MAP}: label {one_line(min(strange))}, need a class")
        return replace(found, predictions=predictions, points=points)

    def problems(self) -> Iterator[str]:
        """Yield what has the right shape and still cannot be."""
        names = [one.name for one in self.systems]
        if not names:
            yield "no systems, need at least one"
        if len(set(names)) < len(names):
            yield f"systems: a name occurs twice in {one_line(', '.join(names))}"
        if strange := set(self.trained).difference(self.classes):
            yield f"trained: {one_line(min(strange))}, need classes"
        if self.task != (task := "classification" if self.classes else "regression"):
            yield f"task: {one_line(self.task)} of {len(self.classes)} classes, need {task}"
        totals = [list(map(sum, one.by_class.confusion)) for one in self.systems if one.by_class]
        for one in self.systems:
            yield from one.misfits(self.classes)
        if any(other != totals[0] for other in totals):
            yield "systems: they score different rows, need the same"
        kinds = {tuple(one.scores) for one in self.systems}
        if len(kinds) > 1 or () in kinds:
            yield "systems: they have different scores or none, need the same"
        for pair in self.comparisons:
            yield from pair.misfits({one.name: one.scores for one in self.systems})
        for corpus in self.corpora:
            yield from corpus.misfits({one.name: [*one.scores] for one in self.systems})
