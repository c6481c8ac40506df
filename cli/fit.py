"""``dsf fit``: a classifier for new recordings, with the score to expect of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click

from deepspectrum_features.cli.options import examples, say
from deepspectrum_features.cli.scoring_options import scoring_options
from deepspectrum_features.cli.screen import show


@click.command(
    "fit",
    short_help="Fit a classifier on features, to tell new recordings.",
    epilog=examples(
        "dsf extract emodb/ emodb.h5 --layout emodb",
        "dsf fit emodb.h5 --out emotion.onnx              # scores it first, speakers held out",
        "dsf predict emotion.onnx recordings/ told.csv",
        "dsf fit deep.h5 --classifier dnn --labels labels.csv --out emotion.onnx",
        "dsf fit own.h5 --encoder my-encoder.onnx --out emotion.onnx",
    ),
)
@click.argument("features", metavar="FEATURES", type=click.Path(readable=False))
@click.option(
    "-o", "--out", metavar="MODEL.onnx", required=True, type=click.Path(readable=False),
    help="The file to write.",
)  # fmt: skip
@click.option("--classifier", type=click.Choice(["svm", "dnn"]), default="svm", show_default=True)
@click.option(
    "--normalise",
    type=click.Choice(["global", "speaker"]),
    default="global",
    show_default=True,
    help="speaker: by each speaker's own recordings first, also when predicting.",
)
@click.option(
    "--protocol",
    type=click.Choice(["loso", "grouped", "session", "split", "random"]),
    help="Of the score. Default: the split, else loso up to 20 speakers, grouped beyond.",
)
@click.option(
    "--encoder", metavar="FILE", help="That made FEATURES, if not bundled: its place is noted."
)
@click.option("--overwrite", is_flag=True, help="Replace the classifier MODEL.onnx.")
@scoring_options
def command(features: str, out: str, overwrite: bool, quiet: bool, **options: Any) -> None:
    """Fit a classifier on all labelled rows of FEATURES, and write it to MODEL.onnx.

    First it is scored on held-out speakers as dsf evaluate does it: this is what to expect of it,
    and goes to standard output and into the file, with how far its probabilities can be believed.
    What is fitted is kept in MODEL.onnx.parts until then: the same command goes on after an
    interruption.
    """
    from deepspectrum_features.baselines.fitted.fitting import fit
    from deepspectrum_features.baselines.fitted.model_file import check_place
    from deepspectrum_features.extraction.workplace import parts_folder

    tell, place = say(quiet), Path(out)
    check_place(place, overwrite)
    parts = parts_folder(place.absolute())
    classifier = fit(features, keep=parts, bar=not quiet, say=tell, **options)
    classifier.write(place, overwrite)
    shutil.rmtree(parts, ignore_errors=True)
    show(str(classifier))
    tell(f"{place}: written (dsf predict {place} IN OUT.csv tells new recordings)")
