"""A classifier for new recordings: scored on speakers held out, then fitted on all rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from deepspectrum_features import arguments
from deepspectrum_features.baselines.evaluation import evaluation_of
from deepspectrum_features.baselines.evaluation_run import folder_of_fits
from deepspectrum_features.baselines.fitted.calibration import HeldOut
from deepspectrum_features.baselines.fitted.card import FORMAT, Card, Expected, FeatureIdentity
from deepspectrum_features.baselines.fitted.checking import check_parity
from deepspectrum_features.baselines.fitted.classifier import Classifier
from deepspectrum_features.baselines.fitted.graph import Graph
from deepspectrum_features.baselines.fitted.heard import heard_of
from deepspectrum_features.baselines.fitted.identity import identity_of
from deepspectrum_features.baselines.fitted.machines import add_machine, add_probabilities
from deepspectrum_features.baselines.memory import check_memory
from deepspectrum_features.baselines.normalisation import by_speaker
from deepspectrum_features.baselines.plans import CHOICES
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.rows import Rows
from deepspectrum_features.baselines.systems import Source, System
from deepspectrum_features.baselines.table import Table
from deepspectrum_features.baselines.tables import read_tables
from deepspectrum_features.extras import naming_extras
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.provenance import software_versions, this_command

_FITTING = ("numpy", "scipy", "scikit-learn", "torch", "onnx", "onnxruntime")


@naming_extras()
def fit(
    features: str | Path,
    *,
    classifier: str = "svm",
    normalise: str = "global",
    labels: str | Path | None = None,
    layout: str | None = None,
    name: str | None = None,
    exclude: str | Path | None = None,
    columns: Sequence[str] = (),
    weights: str = "columns",
    protocol: str | None = None,
    seed: int = 0,
    encoder: str | Path | None = None,
    allow_contaminated: bool = False,
    jobs: int | None = None,
    keep: str | Path | None = None,
    bar: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> Classifier:
    """Score a classifier on speakers held out, then fit it on all labelled rows.

    The score is that of `evaluate`, folds, refusals and warnings too. C, or the epochs, are chosen
    for the last fit as they are in every fold; how steeply probabilities rise is fitted on the
    scores that the folds gave to the rows they held out.

    Parameters
    ----------
    features : str or Path
        A feature file.
    classifier : str, optional
        ``svm`` (its kernel is linear: another makes a machine of all its training rows) or ``dnn``.
    normalise : str, optional
        ``global``, or ``speaker``: the classifier then needs several recordings of each speaker it
        is asked about.
    labels, layout, name, exclude, columns, weights, protocol, seed, allow_contaminated, jobs, keep
        As of `deepspectrum_features.evaluate`.
    encoder : str or Path, optional
        The encoder that made the features, where it is not a bundled one: its place is noted, so
        that the classifier finds it.
    bar : bool, optional
        Show a progress bar at a terminal or in a notebook.
    say : callable, optional
        Receives one line per event.

    Returns
    -------
    Classifier
        `write` it to a file, or ask it to `predict`.

    Raises
    ------
    CorpusError, FeatureFileError
        As `evaluate` does, or if what is held out does not suffice for probabilities.
    EncoderError
        If the encoder did not make the features.
    DsfError
        If the model would not answer as scikit-learn does.
    TypeError, ValueError
        If an argument does not fit, naming it.

    Examples
    --------
    >>> import tempfile
    >>> from deepspectrum_features.testing import tiny_features
    >>> classifier = fit(tiny_features(Path(tempfile.mkdtemp()) / "tones.h5"))
    >>> classifier.classes, sorted(classifier.score.scores)
    (['high', 'low', 'mid'], ['macro_f1', 'ua', 'wa'])
    """
    path = arguments.path("features", features)
    classifier = arguments.choice("classifier", classifier, CHOICES["classifiers"])
    normalise = arguments.choice("normalise", normalise, CHOICES["normalise"])
    folder = folder_of_fits(keep)
    identity = identity_of(FeatureFile.open(path, lazy=True), (), encoder)
    read = read_tables([path], labels=labels, layout=layout, name=name, exclude=exclude, say=say)
    evaluation = evaluation_of(
        read, classifiers=[classifier], normalise=[normalise], columns=columns, weights=weights,
        protocol=protocol, seed=seed, allow_contaminated=allow_contaminated, say=say,
    )  # fmt: skip
    results = evaluation.run(folder, jobs, bar)
    (table,) = evaluation.shown
    kernel = "linear" if classifier == "svm" else ""
    system = System(Source(table.name, (table,)), classifier, kernel, normalise, seed, weights)
    rows = Rows.of(table.utterances, table.content, speakers_apart=protocol != "random")
    say(f"fitting on all {len(table.utterances)} {table.unit}")
    taken = replace(identity, columns=[*table.column_name])
    return _classifier(system, rows, results, taken)


def _classifier(
    system: System, rows: Rows, results: Results, identity: FeatureIdentity
) -> Classifier:
    """Fit a system on all rows, and its probabilities on what an evaluation held out."""
    table = system.source.table(0)
    held_out = HeldOut.of(results, table.path)
    model, inputs = _fitted(system, table, rows)
    card = _card(system, rows, model, results, held_out, identity)
    slopes, graph = held_out.slopes(), Graph()
    scores = add_machine(graph, model)
    outputs = {
        "scores": scores,
        "label": graph.add("ArgMax", scores, axis=1, keepdims=0),
        "probabilities": add_probabilities(graph, scores, slopes),
    }
    metadata = json.dumps(asdict(card), ensure_ascii=False)
    made = Classifier(graph.serialised(len(identity.columns), len(card.classes), outputs, metadata))
    check_parity(made, model, slopes, inputs)
    return made


def _fitted(system: System, table: Table, rows: Rows) -> tuple[Any, NDArray[np.float32]]:
    """Return a fitted estimator, and what it was given."""
    inputs, model = table.features, system.estimator(0)
    if system.normalise == "speaker":
        inputs = by_speaker(inputs, rows.speakers)
    check_memory(model, *inputs.shape)
    with threadpool_limits(1):  # the same bits as in an evaluation
        return model.fit(inputs, rows.targets, groups=rows.groups), inputs


def _card(
    system: System,
    rows: Rows,
    model: Any,
    results: Results,
    held_out: HeldOut,
    identity: FeatureIdentity,
) -> Card:
    """Gather what the file is to say of itself."""
    return Card(
        format=FORMAT,
        classifier=system.classifier,
        normalise=system.normalise,
        weights=system.weights,
        classes=rows.classes,
        features=identity,
        fitted=model.describe(rows.grouped_by),
        chosen=model.chosen_,
        training=heard_of(system.source.table(0)),
        expected=Expected(
            title=results.title,
            corpus=results.corpus,
            unit=results.unit,
            utterances=results.utterances,
            speakers=len(results.speakers),
            chance=results.chance or 0.0,
            scores=results.systems[0].scores,
            protocol=results.protocol,
            left_out=[str(one) for one in results.left_out],
        ),
        reliability=held_out.reliability(),
        versions=software_versions(_FITTING),
        **this_command(),
    )
