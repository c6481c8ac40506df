"""``dsf extract``: recordings in, feature file out."""

from __future__ import annotations

from typing import Any

import click

from deepspectrum_features.cli.completion import encoders
from deepspectrum_features.cli.extraction_options import extract_by, extraction_options
from deepspectrum_features.cli.options import examples


@click.command(
    "extract",
    short_help="Write features of recordings to an HDF5 file.",
    epilog=examples(
        "dsf extract corpus/ out.h5",
        "dsf extract recordings.csv out.h5 --root /data/speech",
        "dsf extract emodb/ emodb.h5 --layout emodb --jobs 4",
        "dsf extract meeting.wav meeting.h5 --channel 1 --chunk 10 --chunk-step 5",
        "dsf extract corpus/ out.h5 --frames",
        "dsf extract corpus/ out.h5 --encoder zhao2018-asmmc-nemo --attention",
        "dsf extract corpus/ out.h5 --encoder with-both.onnx --level both",
        "dsf extract corpus/ out.h5 --encoder my-encoder.onnx --device cuda   # on a GPU",
    ),
)
@extraction_options
@click.option(
    "--encoder",
    metavar="NAME|FILE",
    shell_complete=encoders,
    help="Bundled name (dsf encoders lists them, the default first) or .onnx file.",
)
@click.option(
    "--level",
    type=click.Choice(["embedding", "functionals", "both"]),
    help="What of the encoder. Default: what serves best, as it says.",
)
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    default="cpu",
    show_default=True,
    help="What runs the encoder; cuda needs onnxruntime-gpu.",
)
@click.option("--frames", is_flag=True, help="Keep what is found in every frame.")
@click.option(
    "--attention", is_flag=True, help="Keep what is attended to, step by step; needs an embedding."
)
def command(source: str, out: str, quiet: bool, **options: Any) -> int:
    """Write one row of features for every utterance of IN to the HDF5 file OUT.

    IN is a folder (its corpus.csv is read when there), one recording, a TextGrid, Audacity labels,
    or a CSV/TSV manifest with columns file, start, end, channel, label, speaker, session, corpus,
    split. Run again, the same command continues, or finds OUT complete, or does again what has
    changed. Exit code 3: done, but some inputs were refused; they are listed in OUT.
    """
    from deepspectrum_features.extraction.run import extract

    return extract_by(extract, source, out, quiet, options)
