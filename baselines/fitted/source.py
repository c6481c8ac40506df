"""Features of what is to be told: read from a feature file, or computed as those fitted on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from deepspectrum_features.baselines.fitted.card import FeatureIdentity
from deepspectrum_features.baselines.fitted.identity import check_encoder
from deepspectrum_features.baselines.functionals import functionals
from deepspectrum_features.baselines.stored_features import open_features
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.sources.python_lists import Source
from deepspectrum_features.encoder.bundled import BUNDLED
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.errors import CorpusError, EncoderError
from deepspectrum_features.extraction.outcome import Extraction
from deepspectrum_features.extraction.run import extract
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.store import is_feature_file
from deepspectrum_features.sound.opensmile_engine import FEATURE_SETS


def is_features(source: object) -> bool:
    """Whether something is the path of a feature file, or of what is called one."""
    if not isinstance(source, str | Path):
        return False
    return Path(source).suffix == ".h5" or is_feature_file(Path(source))


def stored_features(path: Path, reading: dict[str, Any]) -> FeatureFile:
    """Open a feature file.

    Raises
    ------
    FeatureFileError
        If it is damaged.
    CorpusError
        If it is to be read as recordings are.
    """
    if given := [name for name, value in reading.items() if value is not None]:
        option = given[0].replace("_", "-")
        raise CorpusError(f"{path}: a feature file, need recordings for --{option}")
    return open_features(path)


def extracted_features(
    needed: FeatureIdentity,
    source: Corpus | Source,
    out: Path,
    encoder: str | Path | None,
    where: Path,
    **options: Any,
) -> FeatureFile:
    """Compute the features of recordings that a classifier takes.

    Parameters
    ----------
    needed : FeatureIdentity
    source : Corpus, str, Path, list or DataFrame
    out : Path
        The feature file to write, or to go on with.
    encoder : str, Path or None
        A bundled name or a file, in place of what the classifier knows.
    where : Path
        The classifier's file, for messages.
    **options
        As of `deepspectrum_features.extract`.

    Raises
    ------
    EncoderError
        If the encoder is not there, or another one.
    DsfError
        If openSMILE is needed and not installed; as `extract` does.
    """
    options |= {"channel": needed.channel, "chunk": needed.chunk_seconds or None}
    work = _work(needed, encoder, where)
    return open_features(work(source, out, **options).path)


def _work(
    needed: FeatureIdentity, encoder: str | Path | None, where: Path
) -> Callable[..., Extraction]:
    """Return what computes the features: an encoder, or openSMILE."""
    if needed.encoder_sha256:
        found = check_encoder(Encoder.open(encoder or _place(needed, where)), needed)
        return partial(extract, encoder=found, level=needed.level)
    short = {name: called for called, name in FEATURE_SETS.items()}
    if needed.feature_set in short:
        return partial(functionals, feature_set=short[needed.feature_set])
    raise EncoderError(
        f"{where}: takes features of {needed.encoder}, which nothing here computes, need a "
        "feature file in place of recordings"
    )


def _place(needed: FeatureIdentity, where: Path) -> str:
    """Return the bundled encoder's name, or where the file stood at fitting."""
    bundled = {sha256: name for name, sha256 in BUNDLED.items()}
    if needed.encoder_sha256 in bundled:
        return bundled[needed.encoder_sha256]
    if needed.encoder_file and Path(needed.encoder_file).exists():
        return needed.encoder_file
    place = f", and no longer {needed.encoder_file}" * bool(needed.encoder_file)
    raise EncoderError(
        f"{where}: takes features of {needed.encoder} (sha256 {needed.encoder_sha256[:12]}), which "
        f"is no bundled encoder{place}, need its file (--encoder FILE)"
    )
