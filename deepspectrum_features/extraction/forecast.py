"""What an extraction would do, found without writing anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from joblib import cpu_count

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.extraction.options import ExtractionOptions
from deepspectrum_features.extraction.outcome import Extraction, all_refused
from deepspectrum_features.extraction.part_task import is_finished
from deepspectrum_features.extraction.preparing import Prepared, prepare
from deepspectrum_features.extraction.worker import Worker
from deepspectrum_features.extraction.workplace import parts_folder
from deepspectrum_features.terminal import aligned, counted, duration


@dataclass(frozen=True)
class Forecast(Extraction):
    """What an extraction would do; its columns are not known before the first row is, and 0.

    Attributes
    ----------
    parts : int
        Into which the work is cut.
    parts_done : int
        Those that an earlier run has left, finished.
    jobs : int
        How many are worked on at a time; 0 is as many as a cluster can.
    """

    parts: int = 0
    parts_done: int = 0
    jobs: int = 0

    @property
    def summary(self) -> str:
        """Several lines for a person."""
        todo = self.parts - self.parts_done
        return aligned(
            [
                ("out", f"{self.path}: {self.found}"),
                ("rows", str(self.rows)),
                ("refused", counted(len(self.refused), "input") if self.refused else "nothing"),
                ("to do", f"{todo} of {counted(self.parts, 'part')}"),
                ("sound", f"{duration(self.audio_seconds)} to work on"),
                ("jobs", f"{min(self.jobs, todo)} at a time" if self.jobs else "by the cluster"),
            ]
        )


def forecast(worker: Worker, listed: Corpus, out: Path, options: ExtractionOptions) -> Forecast:
    """Read all headers, and say what is left to do.

    Parameters
    ----------
    worker, listed, out, options
        As of `deepspectrum_features.extraction.pipeline.compute_features`.

    Raises
    ------
    CorpusError
        If no input would give a row, or one is refused with ``strict``.
    FeatureFileError
        If ``out`` was made from something else.
    """
    with TemporaryDirectory() as folder:
        known = prepare(worker, listed, out, Path(folder), options)
    if not known.plan.utterances:
        raise all_refused(out, known.corpus.refused)
    todo = [
        part
        for part in known.plan.parts
        if part.number not in known.kept and not is_finished(part, known.corpus, parts_folder(out))
    ]
    return Forecast(
        out,
        len(known.plan.utterances),
        0,
        known.plan.refused(known.corpus),
        audio_seconds=sum(part.seconds for part in todo),
        found=_found(known, out),
        parts=len(known.plan.parts),
        parts_done=len(known.plan.parts) - len(todo),
        jobs=options.jobs or (0 if options.cluster else cpu_count()),
    )


def _found(known: Prepared, out: Path) -> str:
    """Say what stands in the place of the output."""
    if known.earlier is not None:
        return "complete" if known.earlier.is_complete else known.earlier.news
    return "would be replaced" if out.exists() else "would be written"
