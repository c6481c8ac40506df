"""``dsf evaluate``: how well features separate labels."""

from __future__ import annotations

from pathlib import Path

import click

from deepspectrum_features.cli.options import examples, say


@click.command(
    "evaluate",
    short_help="Score features with classifiers, speakers kept apart.",
    epilog=examples(
        "dsf evaluate --classifier svm                    # every feature file here",
        "dsf evaluate deep.h5 egemaps.h5 compare.h5 --classifier svm --classifier dnn",
        "dsf evaluate deep.h5 --labels labels.csv --normalise global --normalise speaker",
    ),
)
@click.argument("features", metavar="[FEATURES]...", nargs=-1, type=click.Path(readable=False))
@click.option(
    "--classifier",
    multiple=True,
    type=click.Choice(["svm", "dnn"]),
    default=["svm"],
    show_default=True,
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
    type=click.Choice(["global", "speaker"]),
    default=["global"],
    show_default=True,
    help="speaker: by each speaker's own recordings first.",
)
@click.option(
    "--protocol",
    type=click.Choice(["loso", "grouped", "session", "split", "random"]),
    help="Default: the split, else loso up to 20 speakers, grouped beyond.",
)
@click.option(
    "--labels", metavar="TABLE", help="CSV: file, (start, end, channel,) label, speaker, ..."
)
@click.option("--layout", metavar="NAME", help="Known corpus layout, or a .toml file.")
@click.option("--common", is_flag=True, help="Keep the utterances that all FEATURES have.")
@click.option("--allow-contaminated", is_flag=True, help="Score what an encoder was trained on.")
@click.option("-o", "--out", metavar="FOLDER", default="results", show_default=True)
@click.option("--overwrite", is_flag=True, help="Replace the results in FOLDER.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def command(
    features: tuple[str, ...],
    classifier: tuple[str, ...],
    kernel: tuple[str, ...],
    normalise: tuple[str, ...],
    protocol: str | None,
    labels: str | None,
    layout: str | None,
    common: bool,
    allow_contaminated: bool,
    out: str,
    overwrite: bool,
    quiet: bool,
) -> None:
    """Score FEATURES by how well a classifier tells their labels apart, on held-out speakers.

    Without FEATURES, every feature file in the current folder is taken. All are scored on the same
    utterances and folds. Options that may be given several times are all combined. The table goes
    to standard output, and with predictions and intervals into FOLDER (for dsf report).
    """
    from deepspectrum_features.baselines.evaluation import evaluate
    from deepspectrum_features.baselines.results import check_place
    from deepspectrum_features.baselines.tables import feature_files

    tell, place = say(quiet), Path(out)
    check_place(place, overwrite)
    paths = [Path(one) for one in features] or feature_files(Path())
    tell(f"features: {', '.join(map(str, paths))}")
    results = evaluate(
        paths,
        labels=labels,
        layout=layout,
        common=common,
        classifiers=list(dict.fromkeys(classifier)),
        kernels=list(dict.fromkeys(kernel)),
        normalise=list(dict.fromkeys(normalise)),
        protocol=protocol,
        allow_contaminated=allow_contaminated,
        bar=not quiet,
        say=tell,
    )
    results.write(place)
    click.echo(results.markdown())
    tell(f"{place}: written (dsf report {place} makes a page of it)")
