"""Recordings in, deep spectrum features out."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from deepspectrum_features import arguments
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.keywords import corpus_of
from deepspectrum_features.corpus.sources.python_lists import Source
from deepspectrum_features.encoder.bundled import ATTENTIVE
from deepspectrum_features.encoder.devices import CPU
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.encoder.levels import EMBEDDING, FUNCTIONALS
from deepspectrum_features.errors import EncoderError
from deepspectrum_features.extraction.encoder_worker import EncoderWorker
from deepspectrum_features.extraction.options import Keywords, divide
from deepspectrum_features.extraction.outcome import Extraction
from deepspectrum_features.extraction.pipeline import compute_features


def extract(
    source: Corpus | Source,
    out: str | Path,
    *,
    encoder: Encoder | str | Path | None = None,
    level: str | None = None,
    device: str | None = None,
    frames: bool = False,
    attention: bool = False,
    **options: Unpack[Keywords],
) -> Extraction:
    """Write one row of deep spectrum features for every utterance.

    The same call again finds the finished file, and does again what has changed since, or continues
    from the finished parts in ``OUT.parts``.

    Parameters
    ----------
    source : Corpus, str, Path, list or DataFrame
        A corpus, or what `Corpus.read` reads.
    out : str or Path
        The feature file to write.
    encoder : Encoder, str or Path, optional
        An encoder, its bundled name or its file; default `spectral-functionals`.
    level : str, optional
        What of the encoder: ``embedding``, ``functionals`` or ``both``; default its own.
    device : str, optional
        What runs the encoder: ``cpu`` or ``cuda``; default its own, of a name or path ``cpu``.
    frames : bool, optional
        Keep what the encoder finds at every step: frame embeddings, or streams and masks.
    attention : bool, optional
        Keep the attention of every step, and of every cell of time and frequency where a network
        attends to such; an embedding alone has it.
    **options
        ``layout``, ``labels_from``, ``name``, ``root``, ``exclude``, ``speakers`` and ``limit``,
        which `Corpus.read` describes; ``channel``, ``chunk``, ``chunk_step``, ``shard``, ``jobs``,
        ``backend``, ``scheduler``, ``strict``, ``overwrite``, ``dry_run``, ``bar`` and ``say``,
        which `ExtractionOptions` describes.

    Raises
    ------
    CorpusError, EncoderError
        If there is nothing to work on, or nothing to work with; if the encoder lacks the level or
        attention; if there is no such device; if no input gave a row.
    FeatureFileError
        If ``out`` is in the way.
    TypeError, ValueError
        If an argument does not fit, naming it.

    Examples
    --------
    >>> from deepspectrum_features import extract
    >>> from deepspectrum_features.testing import tiny_corpus, tiny_encoder
    >>> folder = tiny_corpus(speakers=2, per_class=3)
    >>> extract(folder, folder / "out.h5", encoder=tiny_encoder()).rows
    12
    """
    reading, chosen = divide(options)
    out, frames = arguments.path("out", out), arguments.flag("frames", frames)
    attention = arguments.flag("attention", attention)
    if not isinstance(encoder, Encoder | str | Path | None):
        arguments.refuse("encoder", encoder, "an Encoder, its name or a path", TypeError)
    corpus = corpus_of(source, **reading)
    encoder = encoder if isinstance(encoder, Encoder) else Encoder.open(encoder, device or CPU)
    encoder = encoder.at(level, device)
    if attention and encoder.level == FUNCTIONALS:
        both = EMBEDDING in encoder.levels
        needed = "--level embedding or both" if both else "an encoder with an embedding"
        such = "" if both else f"--encoder {ATTENTIVE}, "
        raise EncoderError(
            f"{encoder.path}: level {encoder.level} has no attention, need {needed} "
            f"({such}or leave out --attention)"
        )
    chosen.say(f"encoder {encoder.name} ({encoder.sha256[:12]}), licence {encoder.licence}")
    worker = EncoderWorker(encoder, chosen.channel, frames, attention)
    return compute_features(worker, corpus, out, chosen)
