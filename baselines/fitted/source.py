"""Features of what is to be told: read from a feature file, or computed as those fitted on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from deepspectrum_features.baselines.fitted.card import Card, FeatureIdentity
from deepspectrum_features.baselines.fitted.identity import check_encoder
from deepspectrum_features.baselines.fitted.speakers import check_known, check_several
from deepspectrum_features.baselines.functionals import functionals
from deepspectrum_features.baselines.stored_features import open_features
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.keywords import ReadingKeywords, corpus_of
from deepspectrum_features.corpus.sources.python_lists import Source
from deepspectrum_features.encoder.bundled import BUNDLED, EARLIER, NAMES
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.errors import CorpusError, EncoderError
from deepspectrum_features.extraction.outcome import Extraction
from deepspectrum_features.extraction.run import extract
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.store import is_feature_file
from deepspectrum_features.sound.opensmile_engine import FEATURE_SETS


def features_of(
    card: Card,
    source: Corpus | Source,
    where: Path,
    *,
    encoder: str | Path | None,
    keep: Path | None,
    reading: ReadingKeywords,
    **options: Any,
) -> tuple[FeatureFile, Path]:
    """Return the features that a classifier takes, and what to call them in messages.

    Parameters
    ----------
    card : Card
        The classifier's.
    source : Corpus, str, Path, list or DataFrame
        A feature file, or recordings.
    where : Path
        The classifier's file, for messages.
    encoder : str, Path or None
        A bundled name or a file, in place of what the classifier knows.
    keep : Path or None
        Folder for the features of recordings; None is a temporary one.
    reading : ReadingKeywords
    **options
        ``jobs``, ``overwrite``, ``bar`` and ``say``, as of `deepspectrum_features.extract`.

    Raises
    ------
    CorpusError
        If a feature file is to be read as recordings are; of a classifier normalised by speaker, if
        recordings lack what it needs, before any work; as `extract` does.
    EncoderError
        If the encoder is not there, or another one.
    DsfError
        If the feature file is damaged; if openSMILE is needed and not installed.
    """
    if isinstance(source, str | Path) and _is_features(Path(source)):
        return _stored(Path(source), reading), Path(source)
    corpus = corpus_of(source, **reading)
    place = corpus.table or corpus.root
    if card.normalise == "speaker":
        _check_speakers(corpus, place, whole=not card.features.chunk_seconds)
    with _folder(keep) as folder:
        work = _work(card.features, encoder, where)
        return open_features(work(corpus, folder / "features.h5", **options).path), place


def _is_features(path: Path) -> bool:
    """Whether something is a feature file, or is called one."""
    return path.suffix == ".h5" or is_feature_file(path)


def _stored(path: Path, reading: ReadingKeywords) -> FeatureFile:
    """Open a feature file; refuse to read it as recordings are."""
    if given := [name for name, value in reading.items() if value is not None]:
        option = given[0].replace("_", "-")
        raise CorpusError(f"{path}: a feature file, need recordings for --{option}")
    return open_features(path)


def _check_speakers(corpus: Corpus, place: Path, whole: bool) -> None:
    """Refuse recordings whose rows could not be normalised; of chunks one may give several."""
    speakers = [one.speaker for one in corpus.utterances]
    check_known(speakers, place)
    if whole:
        check_several(speakers, place)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Give the folder that features are kept in; one that nobody sees again where none is."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        try:
            yield keep
        finally:
            with suppress(OSError):  # something is kept
                keep.rmdir()
        return
    with tempfile.TemporaryDirectory(prefix="features-") as folder:
        yield Path(folder)


def _work(
    needed: FeatureIdentity, encoder: str | Path | None, where: Path
) -> Callable[..., Extraction]:
    """Return what computes the features: an encoder, or openSMILE."""
    cut: dict[str, Any] = {"channel": needed.channel, "chunk": needed.chunk_seconds or None}
    if needed.encoder_sha256:
        found = check_encoder(Encoder.open(encoder or _place(needed, where)), needed)
        return partial(extract, encoder=found, level=needed.level, **cut)
    short = {name: called for called, name in FEATURE_SETS.items()}
    if needed.feature_set in short:
        return partial(functionals, feature_set=short[needed.feature_set], **cut)
    raise EncoderError(
        f"{where}: takes features of {needed.encoder}, which nothing here computes, need a "
        "feature file in place of recordings"
    )


def _place(needed: FeatureIdentity, where: Path) -> str:
    """Return the bundled encoder's name, or where the file stood at fitting."""
    if needed.encoder_sha256 in BUNDLED.values():
        return NAMES[needed.encoder_sha256]
    if needed.encoder_file and Path(needed.encoder_file).exists():
        return needed.encoder_file
    place = f", and no longer {needed.encoder_file}" * bool(needed.encoder_file)
    what = "no longer bundled" if needed.encoder_sha256 in EARLIER else "no bundled encoder"
    raise EncoderError(
        f"{where}: takes features of {needed.encoder} (sha256 {needed.encoder_sha256[:12]}), which "
        f"is {what}{place}, need its file (--encoder FILE)"
    )
