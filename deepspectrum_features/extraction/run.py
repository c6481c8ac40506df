"""Recordings in, deep spectrum features out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.extraction.encoder_worker import EncoderWorker
from deepspectrum_features.extraction.pipeline import Extraction, run


def extract(
    source: Corpus | str | Path,
    out: str | Path,
    *,
    encoder: Encoder | str | Path | None = None,
    channel: int | None = None,
    chunk: float | None = None,
    chunk_step: float | None = None,
    frames: bool = False,
    attention: bool = False,
    shard: tuple[int, int] = (1, 1),
    jobs: int | None = None,
    strict: bool = False,
    overwrite: bool = False,
    bar: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> Extraction:
    """Write one deep spectrum vector for every utterance.

    The same call again finds the finished file, or continues from the finished parts in
    ``OUT.parts``. Results do not depend on ``jobs``.

    Parameters
    ----------
    source : Corpus, str or Path
        A corpus, or what `Corpus.read` reads.
    out : str or Path
        The feature file to write.
    encoder : Encoder, str or Path, optional
        Default the bundled one.
    channel : int, optional
        Channel to read, counted from 1; default the mean of all.
    chunk, chunk_step : float, s, optional
        Cut every utterance into chunks of this length, a row each; ``chunk_step`` is the time from
        chunk to chunk, default their length.
    frames, attention : bool, optional
        Keep frame embeddings and attention of every step.
    shard : tuple of int, optional
        ``(i, n)``: do the i-th of n runs of parts alone; `merge` joins the files of all.
    jobs : int, optional
        Parts at a time; default one for every CPU.
    strict : bool, optional
        Write nothing if any input is refused.
    overwrite : bool, optional
        Replace the feature file that stands at ``out``.
    bar : bool, optional
        Show a progress bar where standard error is a terminal.
    say : callable, optional
        Receives one line per event.

    Raises
    ------
    CorpusError, EncoderError
        If there is nothing to work on, or nothing to work with.
    FeatureFileError
        If ``out`` is in the way, or no input gave a row.

    Examples
    --------
    >>> from deepspectrum_features import extract
    >>> from deepspectrum_features.testing import tiny_corpus, tiny_encoder
    >>> folder = tiny_corpus(speakers=2, per_class=3)
    >>> extract(folder, folder / "out.h5", encoder=tiny_encoder()).rows
    12
    """
    encoder = encoder if isinstance(encoder, Encoder) else Encoder.open(encoder)
    say(f"encoder {encoder.name} ({encoder.sha256[:12]}), weights under {encoder.licence}")
    return run(
        EncoderWorker(encoder, channel, frames, attention),
        source,
        out,
        chunk=chunk,
        chunk_step=chunk_step,
        shard=shard,
        jobs=jobs,
        strict=strict,
        overwrite=overwrite,
        bar=bar,
        say=say,
    )
