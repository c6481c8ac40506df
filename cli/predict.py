"""``dsf predict``: a label and probabilities for every recording."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

import click

from deepspectrum_features.cli.options import (
    corpus_options,
    examples,
    jobs_option,
    quiet_option,
    say,
)


@click.command(
    "predict",
    short_help="Tell the class of recordings with a fitted classifier.",
    epilog=examples(
        "dsf predict emotion.onnx recordings/ told.csv",
        "dsf predict emotion.onnx speech.wav told.csv",
        "dsf predict emotion.onnx table.csv told.csv --root /data/speech",
        "dsf predict emotion.onnx features.h5 told.csv",
        "dsf predict emotion.onnx recordings/ told.csv --encoder my-encoder.onnx",
    )
    + "\n\n\b\nOUT.csv:\n  file,start,end,label,p_anger,p_calm\n"
    + "  a.wav,0.0,1.5,calm,0.083126,0.916874",
)
@click.argument("model", metavar="MODEL", type=click.Path(readable=False))
@click.argument("source", metavar="IN", type=click.Path(readable=False))
@click.argument("out", metavar="OUT.csv", type=click.Path(readable=False))
@corpus_options
@click.option(
    "--encoder",
    metavar="FILE",
    help="That made the features of MODEL, if not bundled. Default: where it stood at fitting.",
)
@jobs_option
@click.option("--overwrite", is_flag=True, help="Replace the table OUT.csv.")
@quiet_option
def command(model: str, source: str, out: str, overwrite: bool, quiet: bool, **options: Any) -> int:
    """Tell the class of every utterance of IN with MODEL, a file of dsf fit, into OUT.csv.

    IN is a folder (its corpus.csv is read when there), a recording, a manifest, or a feature file.
    Of recordings features are computed as those that MODEL was fitted on. OUT.csv has file, start,
    end, label and a column p_CLASS with the probability of every class.

    Exit code 3: done, but some inputs were refused; they are named on standard error.
    """
    from deepspectrum_features.baselines.fitted.classifier import Classifier
    from deepspectrum_features.baselines.fitted.predictions import check_table
    from deepspectrum_features.extraction.workplace import parts_folder
    from deepspectrum_features.files import write_text
    from deepspectrum_features.terminal import counted

    if quiet:
        warnings.simplefilter("ignore")
    tell, place = say(quiet), Path(out)
    check_table(place, overwrite)
    parts = parts_folder(place.absolute())
    classifier = Classifier.read(model)
    found = classifier.predict(
        source, keep=parts, overwrite=overwrite, bar=not quiet, say=tell, **options
    )
    write_text(place, found.csv())
    shutil.rmtree(parts, ignore_errors=True)
    for refusal in found.refused:
        tell(f"refused {refusal}")
    refused = f", {len(found.refused)} refused" * bool(found.refused)
    tell(f"{place}: {counted(len(found), 'row')} told{refused}")
    click.echo(place)
    return 3 if found.refused else 0
