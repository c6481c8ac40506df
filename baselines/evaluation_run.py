"""Systems on the same rows and folds: fitted, asked about what they never saw, scored."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deepspectrum_features import arguments
from deepspectrum_features.baselines.columns import families_line
from deepspectrum_features.baselines.fitting import fit_all
from deepspectrum_features.baselines.memory import check_memory, jobs_that_fit
from deepspectrum_features.baselines.normalisation import BY_CORPUS, BY_SPEAKER
from deepspectrum_features.baselines.outcomes import Outcome
from deepspectrum_features.baselines.records import Curve, LeftOut
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.rows import Rows
from deepspectrum_features.baselines.scoring import score
from deepspectrum_features.baselines.systems import Plan
from deepspectrum_features.baselines.table import Table
from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.errors import DsfError
from deepspectrum_features.files import check_folder


def folder_of_fits(keep: str | Path | None) -> Path | None:
    """Return the folder that every fit is kept in, before any work on them.

    Raises
    ------
    DsfError
        If it cannot be written.
    TypeError
        If ``keep`` is no path.
    """
    folder = arguments.optional_path("keep", keep)
    if folder is not None:
        check_folder(folder, DsfError)
    return folder


@dataclass(frozen=True)
class Evaluation:
    """Systems to be scored on the same rows.

    Attributes
    ----------
    title : str
    protocol : Protocol
    plans : list of Plan
        With the folds of ``protocol``, or the same without their dev rows.
    shown : list of Table
        Feature sets that the map shows; the rows of the first are those of all.
    target : str
        Name of the number to be told; empty where it is the class.
    lines, warnings : sequence of str
        Said with every score, besides what protocol and classifiers say of themselves.
    left_out : sequence of LeftOut
    curves : sequence of Curve
    reference : str
        Name of the features that all others are compared with; empty where all are with all.
    """

    title: str
    protocol: Protocol
    plans: list[Plan]
    shown: list[Table]
    target: str = ""
    lines: Sequence[str] = ()
    warnings: Sequence[str] = ()
    left_out: Sequence[LeftOut] = ()
    curves: Sequence[Curve] = ()
    reference: str = ""

    def run(self, keep: Path | None = None, jobs: int | None = None, bar: bool = False) -> Results:
        """Fit every system, fold by fold, and score what they say."""
        jobs = arguments.whole_number("jobs", jobs)
        head = self.shown[0]
        rows = Rows.of(
            head.utterances,
            head.content,
            target=self.target,
            speakers_apart=not self.protocol.random,
            corpora_apart=self.protocol.corpora_choose,
        )
        fits = fit_all(self.plans, rows, keep, self._jobs(jobs), bar)
        outcomes = [
            Outcome.of(plan, found, rows) for plan, found in zip(self.plans, fits, strict=True)
        ]
        return score(self, rows, outcomes)

    def _jobs(self, wanted: int | None) -> int:
        """Return how many fits are made at once; refuse those that memory does not hold.

        Where no number is wanted, as many as there are CPUs and memory for.
        """
        rows = max(len(fold.train) + len(fold.dev) for fold in self.protocol.folds)
        jobs = wanted or os.cpu_count() or 1
        for system in (one for plan in self.plans for one in plan.systems):
            model, columns = system.estimator(0), system.columns
            jobs = jobs if wanted else jobs_that_fit(model, rows, columns, jobs)
            check_memory(model, rows, columns, jobs)
        return jobs

    def protocol_lines(self, outcomes: Sequence[Outcome]) -> list[str]:
        """Say how the scores came about, in the words of protocol and fitted classifiers."""
        lines = [line for outcome in outcomes for line in outcome.lines]
        systems = [system for plan in self.plans for system in plan.systems]
        for manner, line in (("speaker", BY_SPEAKER), ("corpus", BY_CORPUS)):
            lines += [line] * any(system.normalise == manner for system in systems)
        by_family = [system.source.table(0) for system in systems if system.weights == "families"]
        lines += map(families_line, by_family)
        return list(dict.fromkeys([self.protocol.describe(), *lines, *self.lines]))
