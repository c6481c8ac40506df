"""What a trained system is compared with: features that are the same for every fold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from deepspectrum_features.baselines.functionals import functionals
from deepspectrum_features.baselines.leaks import refuse_seen
from deepspectrum_features.baselines.tables import read_tables
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.errors import DsfError
from deepspectrum_features.extraction.options import ExtractionOptions
from deepspectrum_features.extraction.outcome import Extraction
from deepspectrum_features.extraction.run import extract
from deepspectrum_features.extras import install
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.sound.opensmile_engine import FEATURE_SETS, is_installed, version

Say = Callable[[str], object]


def default_sets(say: Say) -> list[str]:
    """Return openSMILE's sets where it is installed."""
    if not is_installed():
        say(
            "openSMILE is not installed: its features are not compared with "
            f"({install('opensmile')})"
        )
        return []
    return list(FEATURE_SETS)


def open_sources(
    against: Sequence[str], taken: Collection[str] = (), option: str = "--against"
) -> dict[str, Encoder | None]:
    """Open what to compare, before any work, by the name that its features get.

    Parameters
    ----------
    against : sequence of str
        ``egemaps``, ``compare``, or encoders by name or path.
    taken : collection of str, optional
        Names that other features have already.
    option : str, optional
        What a user gave them by.

    Returns
    -------
    dict of str to Encoder or None
        None for a set of openSMILE's.

    Raises
    ------
    DsfError
        If an encoder is not there, two have one name, or openSMILE is not installed.
    """
    sources: dict[str, Encoder | None] = {}
    for name in against:
        stem = Path(name).stem
        if stem in sources or stem in taken:
            raise DsfError(f"{option} {name}: {stem} twice, need another name (rename the file)")
        if name in FEATURE_SETS:
            version()  # says how to install openSMILE
        sources[stem] = None if name in FEATURE_SETS else Encoder.open(name)
    return sources


def noticing(corpus: Corpus, say: Say) -> Say:
    """Say what is noticed of a corpus and refused; return what says further lines, each once."""
    said: set[str] = set()

    def notice(line: str) -> None:
        if line not in said:
            said.add(line)
            say(line)

    for line in (*corpus.notices, *(f"refused {one}" for one in corpus.refused)):
        notice(line)
    return notice


def extract_sources(
    sources: Mapping[str, Encoder | None],
    corpus: Corpus,
    folder: Path,
    how: ExtractionOptions,
) -> Iterator[Path]:
    """Extract the features to compare with, each into one file that serves every fold."""
    for name, encoder in sources.items():
        path = folder / f"{name}.h5"
        how.say(f"features to compare with: {path}")
        extract_source(name, encoder, corpus, path, how)
        yield path


def extract_source(
    name: str,
    encoder: Encoder | None,
    corpus: Corpus,
    path: Path,
    how: ExtractionOptions,
) -> Extraction:
    """Extract one of the sources; what another encoder of its name left there is replaced."""
    if encoder is None:
        return functionals(corpus, path, feature_set=name, **vars(how))
    how = replace(how, overwrite=is_of_another(encoder, path))
    return extract(corpus, path, encoder=encoder, **vars(how))


def is_of_another(encoder: Encoder, features: Path) -> bool:
    """Whether features are there that another encoder made."""
    if not features.exists():
        return False
    known = FeatureFile.open(features, lazy=True).attributes
    return known.get("encoder_sha256") != encoder.sha256


def refuse_heard(protocol: Protocol, corpus: Corpus, paths: Sequence[Path]) -> None:
    """Refuse features whose encoder was trained on what any fold tests, before any training.

    Only what an encoder made need be looked at: nothing was trained for openSMILE's sets.

    Raises
    ------
    CorpusError
        Naming the rows.
    """
    told = [(one.speaker, one.split) for one in corpus.utterances]
    tested = {told[row] for fold in protocol.folds for row in fold.test}
    for table in read_tables(paths, common=True).tables if paths else ():
        rows = enumerate(table.utterances)
        test = tuple(row for row, one in rows if (one.speaker, one.split) in tested)
        refuse_seen(replace(protocol, folds=(Fold("all", (), (), test),)), [table])
