"""Many corpora, every feature set on each: extracted once, scored with speakers left out.

What a feature set is worth shows on speech that nobody had in mind when it was made. Every set goes
through the same classifier, the same folds and both normalisations, on rows that all sets have; an
encoder is not scored on a corpus that it was trained on. Nothing is computed twice: features, fits
and results are kept by corpus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from deepspectrum_features import arguments
from deepspectrum_features.baselines.experiment_sources import (
    default_sets,
    extract_source,
    noticing,
    open_sources,
)
from deepspectrum_features.baselines.leaks import SeenError
from deepspectrum_features.baselines.report.wording import number
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.transfer.corpora import labelled_corpus
from deepspectrum_features.baselines.transfer.parts import (
    Part,
    kept_results,
    parts_of,
    score,
    write_left_out,
)
from deepspectrum_features.baselines.transfer.scores import TRAINED_ON_IT, CorpusScores
from deepspectrum_features.baselines.transfer.transfer import Transfer
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.several import check_names
from deepspectrum_features.corpus.sources.python_lists import Source
from deepspectrum_features.encoder.bundled import BUNDLED
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.encoder.levels import BOTH
from deepspectrum_features.errors import CorpusError, DsfError
from deepspectrum_features.extraction.options import ExtractionOptions
from deepspectrum_features.extras import naming_extras
from deepspectrum_features.files import check_folder, folder_name
from deepspectrum_features.terminal import counted, counts

Say = Callable[[str], object]


@naming_extras()
def run_transfer(
    corpora: Sequence[Corpus | Source],
    folder: str | Path,
    features: Sequence[str] | None = None,
    *,
    jobs: int | None = None,
    bar: bool = False,
    say: Say = lambda _: None,
) -> Transfer:
    """Score feature sets on corpora, each with its speakers left out in turn.

    Parameters
    ----------
    corpora : sequence of Corpus, str, Path, list or DataFrame
        Corpora, or what `Corpus.read` reads, with labels and speakers. A folder without labels
        whose names fit a known layout is read by it.
    folder : str or Path
        Where everything is kept; the same call continues it.
    features : sequence of str, optional
        ``egemaps``, ``compare``, or encoders by name or path. Default all bundled encoders, and
        both of openSMILE's sets where openSMILE is installed.
    jobs : int, optional
        Parts at a time when extracting, and fits; default one for every CPU.
    bar : bool, optional
        Show progress bars at a terminal or in a notebook.
    say : callable, optional
        Receives one line per event.

    Returns
    -------
    Transfer
        Print its `markdown`, or `write` it to the folder. Corpora that could not be scored are in
        its `refused`.

    Raises
    ------
    CorpusError
        If no corpus can be scored.
    DsfError
        If a feature set is not there, two corpora or sets have one name, or the folder cannot be
        written.
    TypeError, ValueError
        If an argument does not fit, naming it.

    Examples
    --------
    >>> from deepspectrum_features.testing import tiny_corpus, tiny_encoder
    >>> corpus = tiny_corpus(speakers=3)
    >>> found = run_transfer([corpus], corpus / "transfer", [str(tiny_encoder().path)])
    >>> [one.name for one in found.corpora] == [corpus.name]
    True
    """
    if isinstance(corpora, str | Path) or not corpora:
        raise ValueError(f"corpora: {corpora!r}, need a list of corpora")
    folder, jobs = arguments.path("folder", folder), arguments.whole_number("jobs", jobs)
    check_folder(folder, DsfError)
    if (folder / "corpus.csv").exists():
        need = "need a folder for features and results (name it first)"
        raise DsfError(f"{folder}: a corpus, {need}")
    names = [*BUNDLED, *default_sets(say)] if features is None else features
    sources = {
        name: encoder and encoder.at(BOTH if len(encoder.levels) > 1 else None)
        for name, encoder in open_sources(names, option="--features").items()
    }
    refused: dict[str, str] = {}
    listed = _read(corpora, refused, say)
    check_names(listed)
    scored = []
    for corpus in listed:
        with _refusing(corpus.root, refused, say):
            place = folder / folder_name(corpus.name)
            scored.append(_score(corpus, place, sources, jobs, bar, say))
    if not scored:
        reasons = "; ".join(f"{name}: {why}" for name, why in refused.items())
        raise CorpusError(f"no corpus can be scored: {reasons}")
    return Transfer(tuple(scored), refused)


def _read(corpora: Sequence[Corpus | Source], refused: dict[str, str], say: Say) -> list[Corpus]:
    """Return the corpora that features can be scored on."""
    found = []
    for source in corpora:
        place = Path(source) if isinstance(source, str | Path) else Path(type(source).__name__)
        with _refusing(place, refused, say):
            found.append(corpus := labelled_corpus(source))
            rows, speakers = len(corpus.utterances), len(corpus.count("speaker"))
            labels = counts(one.label for one in corpus.utterances)
            say(f"{corpus.name}: {rows} labelled, {counted(speakers, 'speaker')}, {labels}")
    return found


@contextmanager
def _refusing(place: Path, refused: dict[str, str], say: Say) -> Iterator[None]:
    """Note by its folder's name what keeps a corpus from being scored; the others go on."""
    try:
        yield
    except CorpusError as error:
        refused[place.name] = str(error).removeprefix(f"{place}: ")
        say(f"refused {error}")


def _score(
    corpus: Corpus,
    folder: Path,
    sources: Mapping[str, Encoder | None],
    jobs: int | None,
    bar: bool,
    say: Say,
) -> CorpusScores:
    """Extract every feature set of a corpus, then score every part of it."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.h5" for name in sources}
    how = ExtractionOptions(jobs=jobs, bar=bar, say=noticing(corpus, say))
    for name, encoder in sources.items():
        done = extract_source(name, encoder, corpus, paths[name], how)
        say(done.summary)
    left_out = write_left_out([*paths.values()], folder / "left_out.csv")
    found: dict[Part, Results | None] = {}
    for path in paths.values():
        for part in parts_of(path):
            found[part] = _results(part, path, left_out, jobs, bar)
            say(f"{corpus.name}, {part}: {_told(found[part])}")
    return CorpusScores(corpus.name, found)


def _results(
    part: Part, path: Path, left_out: Path | None, jobs: int | None, bar: bool
) -> Results | None:
    """Return the results of a part, kept or new; None where its encoder was trained on them."""
    try:
        return kept_results(part, path, left_out) or score(part, path, left_out, jobs, bar)
    except SeenError:
        return None


def _told(found: Results | None) -> str:
    """Say in short what a part is worth."""
    if found is None:
        return TRAINED_ON_IT
    return "UA " + " / ".join(number(one.scores["ua"].value) for one in found.systems)
