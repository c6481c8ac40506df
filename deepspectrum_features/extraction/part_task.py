"""One part: where it is written, whether it is finished, and how it is computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.encoder.levels import STEP_GROUPS
from deepspectrum_features.errors import CorpusError, FeatureFileError
from deepspectrum_features.extraction.executors import Progress
from deepspectrum_features.extraction.part_file import PartFile
from deepspectrum_features.extraction.plan import Part
from deepspectrum_features.extraction.suspects import InHand
from deepspectrum_features.extraction.worker import Watch, Worker
from deepspectrum_features.processes.allocation import give_memory_back

_ATTEMPTS = 3


def part_path(part: Part, folder: Path) -> Path:
    """Return where a part is written."""
    return folder / f"{part.number + 1:05d}.h5"


def is_finished(part: Part, corpus: Corpus, folder: Path) -> bool:
    """Whether the part stands there, undamaged, made from the very files there are now."""
    try:
        table = PartFile.open(part_path(part, folder))
        for name in STEP_GROUPS:
            if (steps := getattr(table, name)) is not None:
                for first in range(0, steps.values.shape[0], 2**16):
                    _ = steps.values[first : first + 2**16]  # a damaged part is done again
    except FeatureFileError:
        return False
    same = (table.key, table.stamp) == (part.key, part.stamp(corpus.root))
    return same and "versions" in table.attributes  # files of earlier versions do not tell


def open_finished(part: Part, folder: Path) -> PartFile:
    """Open a part that was computed, its matrices on disk.

    Raises
    ------
    FeatureFileError
        If it is another one: a machine that was out of touch wrote for a run that had ended.
    """
    path = part_path(part, folder)
    table = PartFile.open(path, lazy=True)
    if table.key != part.key:
        raise FeatureFileError(f"{path}: written by another run, need the same command again")
    return table


@dataclass(frozen=True)
class PartTask:
    """Computes one part and writes it; it can be sent to another process.

    Attributes
    ----------
    part : Part
    corpus : Corpus
        What the part needs of it.
    worker : Worker
    folder : Path
        Where parts are written.
    versions : str
        Of the software that computes it, as JSON.
    """

    part: Part
    corpus: Corpus
    worker: Worker
    folder: Path
    versions: str

    @property
    def path(self) -> Path:
        """Where the part is written."""
        return part_path(self.part, self.folder)

    def absolute(self) -> PartTask:
        """Return the task for another machine, where a path that is relative means nothing."""
        corpus = replace(self.corpus, root=self.corpus.root.absolute())
        return replace(self, corpus=corpus, folder=self.folder.absolute())

    def packages(self) -> Iterable[str]:
        """Return the names of the packages that only this work uses."""
        return self.worker.versions()

    def __call__(self, progress: Progress) -> None:
        """Compute and write the part, from recordings that stayed the same all the while."""
        part, root = self.part, self.corpus.root
        if is_finished(part, self.corpus, self.folder):  # who did it died before saying so
            progress(len(part.utterances), part.seconds)
            return
        path = self.path
        with InHand(self.folder, path.stem) as in_hand:
            for _ in range(_ATTEMPTS):
                stamp = part.stamp(root)
                table = self.worker(self.corpus, part, Watch(progress, in_hand))
                if part.stamp(root) == stamp:
                    table.key, table.stamp = part.key, stamp
                    table.attributes["versions"] = self.versions
                    progress(0, 0.0)  # of work that was ended meanwhile nothing is written
                    table.write(path)
                    give_memory_back()  # a thread's is not another's, and parts differ in length
                    return
        first, last = part.utterances[0].file, part.utterances[-1].file
        raise CorpusError(
            f"{root}: something from {first} to {last} changes while it is read, need "
            "recordings that are complete (run again then)"
        )
