"""``dsf evaluate``: how well features separate labels."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click

from deepspectrum_features.cli.options import examples, say
from deepspectrum_features.cli.scoring_options import scoring_options
from deepspectrum_features.cli.screen import show
from deepspectrum_features.errors import DsfError


@click.command(
    "evaluate",
    short_help="Score features with classifiers, speakers kept apart.",
    epilog=examples(
        "dsf evaluate --classifier svm                    # every feature file here",
        "dsf evaluate deep.h5 egemaps.h5 compare.h5 --classifier svm --classifier dnn",
        "dsf evaluate deep.h5 --labels labels.csv --normalise global --normalise speaker",
        "dsf evaluate --fuse deep.h5 egemaps.h5           # each alone, and both together",
        "dsf evaluate deep.h5 --columns 'f0_*' --columns 'voicing_*' --weights families",
        "dsf evaluate deep.h5 --target arousal --classifier svr --classifier ridge",
        "dsf evaluate emodb.h5 nemo.h5 savee.h5 --protocol corpora --normalise corpus",
    ),
)
@click.argument("features", metavar="[FEATURES]...", nargs=-1, type=click.Path(readable=False))
@click.option(
    "--classifier",
    multiple=True,
    type=click.Choice(["svm", "dnn", "svr", "ridge"]),
    help="svr and ridge tell the number of --target. Default: svm, or svr.",
)
@click.option(
    "--kernel",
    multiple=True,
    type=click.Choice(["linear", "rbf"]),
    default=["linear"],
    show_default=True,
    help="Of the SVM.",
)
@click.option(
    "--normalise",
    multiple=True,
    type=click.Choice(["global", "speaker", "corpus"]),
    default=["global"],
    show_default=True,
    help="speaker, corpus: by each one's own recordings first.",
)
@click.option(
    "--protocol",
    type=click.Choice(["loso", "grouped", "session", "split", "random", "corpora"]),
    help="Default: the split, else loso up to 20 speakers, grouped beyond.",
)
@click.option(
    "--test",
    multiple=True,
    metavar="FILE",
    type=click.Path(readable=False),
    help="Of corpora: score that of FILE alone, by all others; may be repeated.",
)
@click.option(
    "--label-map", metavar="TABLE", help="Of corpora: CSV corpus, label, common; or a .toml file."
)
@click.option("--target", metavar="NAME", help="Tell this number of each row, not its label.")
@click.option("--common", is_flag=True, help="Keep the utterances that all FEATURES have.")
@click.option("--fuse", is_flag=True, help="Score FEATURES together too: columns, mean of scores.")
@click.option(
    "--drop-seen", is_flag=True, help="Leave out what an encoder was trained on, and say how much."
)
@click.option("-o", "--out", metavar="FOLDER", default="results", show_default=True)
@click.option("--overwrite", is_flag=True, help="Replace the results in FOLDER.")
@scoring_options
def command(
    features: tuple[str, ...],
    classifier: tuple[str, ...],
    kernel: tuple[str, ...],
    normalise: tuple[str, ...],
    out: str,
    overwrite: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Score FEATURES by how well a classifier tells their labels apart, on held-out speakers.

    Without FEATURES, every feature file in the current folder is taken. All are scored on the same
    utterances and folds; with --protocol corpora, files of one kind of features are the corpora
    that are left out in turn. Classifiers, kernels and normalisations are all combined. The table
    goes to standard output, and with predictions and intervals into FOLDER (for dsf report). What
    is fitted is kept in FOLDER.parts until then: the same command goes on after an interruption.
    """
    from deepspectrum_features.baselines.evaluation import evaluate
    from deepspectrum_features.baselines.results_document import check_place
    from deepspectrum_features.baselines.tables import feature_files
    from deepspectrum_features.extraction.workplace import parts_folder
    from deepspectrum_features.features.store import check_there

    _check_classifiers(classifier, options["target"])
    tell, place = say(quiet), Path(out)
    paths = [Path(one) for one in features] or feature_files(Path())
    for path in paths:
        check_there(path)
    check_place(place, overwrite)
    parts = parts_folder(place.resolve())
    tell(f"features: {', '.join(map(str, paths))}")
    results = evaluate(
        paths,
        classifiers=list(dict.fromkeys(classifier)) or None,
        kernels=list(dict.fromkeys(kernel)),
        normalise=list(dict.fromkeys(normalise)),
        keep=parts,
        bar=not quiet,
        say=tell,
        **options,
    )
    try:
        show(results.markdown())
    finally:
        results.write(place)
        shutil.rmtree(parts, ignore_errors=True)
    tell(f"{place}: written (dsf report {place} makes a page of it)")


def _check_classifiers(classifiers: tuple[str, ...], target: str | None) -> None:
    """Refuse what tells classes where a number is asked for, and the other way round."""
    from deepspectrum_features.baselines.plans import CHOICES

    kind, told = ("regressors", "classes") if target else ("classifiers", "numbers")
    for name in classifiers:
        if name not in CHOICES[kind]:
            needed, way = " or ".join(CHOICES[kind]), "" if target else " (or --target NAME)"
            raise DsfError(f"--classifier {name}: tells {told}, need {needed}{way}")
