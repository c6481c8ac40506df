"""How well features separate labels: folds that keep speakers apart, predictions pooled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from deepspectrum_features import arguments
from deepspectrum_features.baselines.columns import shares, take_columns
from deepspectrum_features.baselines.corpora import read_corpora, refuse_unfit
from deepspectrum_features.baselines.evaluation_run import Evaluation, folder_of_fits
from deepspectrum_features.baselines.leaks import refuse_seen, seen_warnings, without_seen
from deepspectrum_features.baselines.limits import limits_of
from deepspectrum_features.baselines.normalisation import (
    check_normalise,
    normalisation_warnings,
)
from deepspectrum_features.baselines.plans import CHOICES, check_choices, list_plans
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.systems import WEIGHTS
from deepspectrum_features.baselines.tables import Tables, read_tables
from deepspectrum_features.baselines.targets import check_several
from deepspectrum_features.corpus.protocol import make_protocol
from deepspectrum_features.corpus.sides import check_classes, check_folds
from deepspectrum_features.corpus.spelling import check_speakers
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.extras import naming_extras
from deepspectrum_features.terminal import counted


@naming_extras()
def evaluate(
    features: str | Path | Sequence[str | Path],
    *,
    labels: str | Path | None = None,
    layout: str | None = None,
    name: str | None = None,
    exclude: str | Path | None = None,
    target: str | None = None,
    common: bool = False,
    fuse: bool = False,
    classifiers: Sequence[str] | None = None,
    kernels: Sequence[str] = ("linear",),
    normalise: Sequence[str] = ("global",),
    columns: Sequence[str] = (),
    weights: str = "columns",
    protocol: str | None = None,
    test: Sequence[str | Path] = (),
    label_map: str | Path | None = None,
    seed: int = 0,
    allow_contaminated: bool = False,
    drop_seen: bool = False,
    title: str | None = None,
    jobs: int | None = None,
    keep: str | Path | None = None,
    bar: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> Results:
    """Score every combination of features, classifier and normalisation on the same folds.

    Parameters
    ----------
    features : str, Path, or sequence of such
        A feature file, or several of the same utterances; of ``corpora`` those of all corpora.
    labels, layout, name, exclude, common
        What the rows are, see `deepspectrum_features.baselines.tables.read_tables`.
    target : str, optional
        The number to be told, a column of the corpus or of ``labels``; default the class.
    fuse : bool, optional
        Score the features together too: their columns side by side, and the mean of the decision
        scores that each gives.
    classifiers : sequence of str, optional
        ``svm``, ``dnn``; of a target ``svr``, ``ridge``. Default the first.
    kernels : sequence of str
        ``linear``, ``rbf``: of the SVM.
    normalise : sequence of str
        ``global``, ``speaker``, and of ``corpora`` also ``corpus``.
    columns : sequence of str, optional
        Names or patterns, see `deepspectrum_features.baselines.columns.take_columns`; default all.
    weights : str
        ``columns`` or ``families``: what weighs the same, each column after z-norm, or each family
        of columns.
    protocol : str, optional
        See `deepspectrum_features.corpus.make_protocol`.
    test, label_map
        Of ``corpora``: which are scored, and what their labels are called in common, see
        `deepspectrum_features.baselines.corpora.read_corpora`.
    seed : int, optional
        The first of a DNN's.
    allow_contaminated : bool, optional
        Score rows that an encoder's training met, and say so with every score.
    drop_seen : bool, optional
        Leave these rows out, and say with every score how many they are.
    title : str, optional
        Default corpus, protocol and classifiers.
    jobs : int, optional
        Fits at a time; default one for every CPU. Results do not depend on it.
    keep : str or Path, optional
        Folder to keep every fit in as soon as it is made, so that the same call goes on where one
        was interrupted.
    bar : bool, optional
        Show a progress bar at a terminal or in a notebook.
    say : callable, optional
        Receives one line per event.

    Returns
    -------
    Results
        Print its `markdown`, `write` it to a folder, or take `to_frame`.

    Raises
    ------
    CorpusError
        If there is one class or number, too few speakers, a class that one speaker alone utters, a
        recording on both sides of a fold, or rows that an encoder has seen.
    FeatureFileError
        If a file is unreadable, disagrees with the first about rows or what they are, has none of
        the columns asked for, or is alone and to be fused.
    DsfError
        If ``keep`` cannot be written, or an option does not go with the protocol.
    TypeError, ValueError
        If an argument does not fit, naming it: no features are given, or a classifier, kernel,
        normalisation, weighting or protocol that there is not.

    Examples
    --------
    >>> import tempfile
    >>> from deepspectrum_features.testing import tiny_features
    >>> path = tiny_features(Path(tempfile.mkdtemp()) / "tones.h5")
    >>> results = evaluate(path)
    >>> results.systems[0].name, results.protocol.name
    ('tones svm-linear global', 'leave one speaker out')
    """
    features = [features] if isinstance(features, str | Path) else features
    kind = "regressors" if target else "classifiers"
    classifiers = CHOICES[kind][:1] if classifiers is None else classifiers
    check_choices(**{kind: classifiers}, kernels=kernels, normalise=normalise)
    if fuse and len(features) < 2:
        raise FeatureFileError("--fuse: one feature file, need two or more")
    folder = folder_of_fits(keep)
    by_corpus = protocol == "corpora"
    refuse_unfit(by_corpus, test, label_map, layout=layout, name=name, target=target)
    if by_corpus:
        read = read_corpora(
            features, test, label_map=label_map, labels=labels, exclude=exclude, common=common,
            say=say,
        )  # fmt: skip
    else:
        read = read_tables(
            features, labels=labels, layout=layout, name=name, exclude=exclude, target=target,
            common=common, say=say,
        )  # fmt: skip
    return evaluation_of(
        read, classifiers=classifiers, kernels=kernels, normalise=normalise, columns=columns,
        weights=weights, protocol=protocol, seed=seed, target=target, fuse=fuse, title=title,
        allow_contaminated=allow_contaminated, drop_seen=drop_seen, say=say,
    ).run(folder, jobs, bar)  # fmt: skip


def evaluation_of(
    read: Tables,
    *,
    classifiers: Sequence[str],
    kernels: Sequence[str] = ("linear",),
    normalise: Sequence[str],
    columns: Sequence[str],
    weights: str,
    protocol: str | None,
    seed: int,
    target: str | None = None,
    fuse: bool = False,
    title: str | None = None,
    allow_contaminated: bool = False,
    drop_seen: bool = False,
    say: Callable[[str], object],
) -> Evaluation:
    """Divide what was read into folds, and list the systems to score on them, as `evaluate` does.

    Raises
    ------
    CorpusError, FeatureFileError
        As `evaluate` says, of rows, folds and columns.
    TypeError, ValueError
        If columns, weighting or seed do not fit.
    """
    weights = arguments.choice("weights", weights, WEIGHTS)
    seed = arguments.whole_number("seed", seed, at_least=0) or 0
    tables = take_columns(read.tables, columns)
    if fuse and len(tables) < 2:
        raise FeatureFileError(f"--fuse: features of one kind ({tables[0].name}), need two or more")
    left_out = read.left_out
    if drop_seen:
        rows, content = tables[0].utterances, tables[0].content
        asked = make_protocol(rows, protocol, content=content, tested=read.tested)
        tables, met = without_seen(asked, tables)
        left_out = (*left_out, *met)
        for one in met:
            say(f"left out: {one}")
    rows, content = tables[0].utterances, tables[0].content
    check_normalise(normalise, rows, tables[0].path, protocol == "corpora")
    check_several(tables[0], target)
    chosen = make_protocol(rows, protocol, content=content, tested=read.tested)
    if not target:
        check_classes(chosen, rows)
    if chosen.speaker_independent:
        check_speakers(rows, "--labels")
    check_folds(chosen, rows, content)
    if not allow_contaminated:
        refuse_seen(chosen, tables)
    warnings = [*seen_warnings(chosen, tables), *read.warnings]
    warnings += limits_of(chosen, rows, not target)
    if "speaker" in normalise:
        warnings += normalisation_warnings(rows)
    plans = list_plans(tables, chosen, classifiers, kernels, normalise, seed, fuse, weights)
    what = counted(len(plans), "system")
    say(f"{what} on {len(chosen.folds)} folds of {len(rows)} {tables[0].unit}")
    title = title or f"{tables[0].corpus}: {chosen.name}, {' and '.join(classifiers)}"
    return Evaluation(
        title, chosen, plans, tables, target or "",
        lines=[*read.lines, *(shares(read.tables, tables) if columns else ())],
        warnings=warnings,
        left_out=left_out,
    )  # fmt: skip
