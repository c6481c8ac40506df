"""What can be asked of an extraction, whatever computes its rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypedDict

from deepspectrum_features import arguments
from deepspectrum_features.corpus.chunks import Chunks
from deepspectrum_features.corpus.keywords import READING, ReadingKeywords
from deepspectrum_features.errors import CorpusError, DsfError, near_miss
from deepspectrum_features.extraction.cluster import Dask

Say = Callable[[str], object]

#: What may compute parts: this machine, or a Dask cluster.
BACKENDS = ("local", "dask")
_ADDRESS = re.compile(r"(tcp|tls)://\S+:\d+")


@dataclass(frozen=True)
class ExtractionOptions:
    """The options that `extract` and `functionals` share, as their keywords.

    Attributes
    ----------
    channel : int, optional
        Channel to read of utterances that name none, counted from 1; default the mean of all.
    chunk, chunk_step : float, s, optional
        Cut every utterance into chunks of this length, a row each; ``chunk_step`` is the time from
        chunk to chunk, default their length.
    shard : tuple of int
        ``(i, n)``: do the i-th of n runs of parts alone; `merge` joins the files of all.
    jobs : int, optional
        Parts at a time; default one for every CPU, or every thread of a cluster's workers. Results
        do not depend on it.
    backend : str
        ``local``, or ``dask`` for the workers of a cluster that share IN and OUT with this machine.
    scheduler : str, optional
        Address of the cluster's scheduler, ``tcp://HOST:PORT`` or ``tls://HOST:PORT``.
    strict : bool
        Write nothing if any input is refused.
    overwrite : bool
        Replace the feature file that stands in the output's place.
    dry_run : bool
        Return a `Forecast` of what would be done, and write nothing.
    bar : bool
        Show a progress bar at a terminal or in a notebook.
    say : callable
        Receives one line per event.

    Examples
    --------
    >>> ExtractionOptions(chunk=10.0, chunk_step=5.0).chunks(shortest=0.025, longest=120.0)
    Chunks(seconds=10.0, step_seconds=5.0)
    """

    channel: int | None = None
    chunk: float | None = None
    chunk_step: float | None = None
    shard: tuple[int, int] = (1, 1)
    jobs: int | None = None
    backend: str = "local"
    scheduler: str | None = None
    strict: bool = False
    overwrite: bool = False
    dry_run: bool = False
    bar: bool = False
    say: Say = lambda _: None

    def __post_init__(self) -> None:
        """Refuse what does not fit, with a `TypeError` or a `ValueError` that names the field."""
        fitting = {
            "channel": arguments.whole_number("channel", self.channel),
            "chunk": arguments.seconds("chunk", self.chunk),
            "chunk_step": arguments.seconds("chunk_step", self.chunk_step),
            "shard": _shard(self.shard),
            "jobs": arguments.whole_number("jobs", self.jobs),
            "backend": arguments.choice("backend", self.backend, BACKENDS),
            "scheduler": arguments.text("scheduler", self.scheduler),
            "strict": arguments.flag("strict", self.strict),
            "overwrite": arguments.flag("overwrite", self.overwrite),
            "dry_run": arguments.flag("dry_run", self.dry_run),
            "bar": arguments.flag("bar", self.bar),
            "say": arguments.function("say", self.say),
        }
        for name, value in fitting.items():
            object.__setattr__(self, name, value)

    @property
    def cluster(self) -> Dask | None:
        """What is to be asked, so many jobs at a time; None for this machine alone.

        Raises
        ------
        DsfError
            If one of ``backend`` and ``scheduler`` does not fit the other.
        """
        if self.backend == "local":
            if self.scheduler is not None:
                raise DsfError("--scheduler: need --backend dask too")
            return None
        if self.scheduler is None or not _ADDRESS.fullmatch(self.scheduler):
            raise DsfError(
                f"--backend dask: scheduler {self.scheduler or 'unknown'}, need --scheduler "
                "tcp://HOST:PORT or tls://HOST:PORT"
            )
        return Dask(self.scheduler, self.jobs)

    def chunks(self, shortest: float, longest: float) -> Chunks | None:
        """Return how to cut utterances, or None.

        Parameters
        ----------
        shortest, longest : float, s
            Utterances that can be worked on.

        Raises
        ------
        CorpusError
            If such chunks cannot be worked on; it names the option.
        """
        if self.chunk is None:
            if self.chunk_step is not None:
                raise CorpusError("--chunk-step: need --chunk too")
            return None
        chunks = Chunks(self.chunk, self.chunk if self.chunk_step is None else self.chunk_step)
        chunks.check(shortest, longest)
        return chunks


class ExtractionKeywords(TypedDict, total=False):
    """The fields of `ExtractionOptions`, for type checkers."""

    channel: int | None
    chunk: float | None
    chunk_step: float | None
    shard: tuple[int, int]
    jobs: int | None
    backend: str
    scheduler: str | None
    strict: bool
    overwrite: bool
    dry_run: bool
    bar: bool
    say: Say


class Keywords(ReadingKeywords, ExtractionKeywords, total=False):
    """How a corpus is read, and its features are extracted: what ``**options`` may hold."""


def divide(keywords: Mapping[str, object]) -> tuple[dict[str, Any], ExtractionOptions]:
    """Tell keywords of reading from those of the extraction, which are checked."""
    known = [*READING, *(field.name for field in fields(ExtractionOptions))]
    for name in sorted(keywords.keys() - {*known}):
        raise TypeError(f"unexpected keyword argument {name!r}{near_miss(name, known)}")
    reading = {name: value for name, value in keywords.items() if name in READING}
    others: dict[str, Any] = {name: keywords[name] for name in keywords.keys() - reading.keys()}
    return reading, ExtractionOptions(**others)


def _shard(value: Any) -> tuple[int, int]:
    """Return ``(i, n)``."""
    needed = "(i, n), the i-th of n runs"
    if not isinstance(value, list | tuple) or len(value) != 2:
        arguments.refuse("shard", value, needed, TypeError)
    number = arguments.whole_number("shard[0]", value[0])
    count = arguments.whole_number("shard[1]", value[1])
    if number is None or count is None or number > count:
        arguments.refuse("shard", value, needed, ValueError)
    return number, count
