"""``dsf extract``: recordings in, feature file out."""

from __future__ import annotations

import warnings
from typing import Any

import click

from deepspectrum_features.cli.options import corpus_options, examples, parse_shard, say


@click.command(
    "extract",
    short_help="Write the deep spectrum features of recordings to an HDF5 file.",
    epilog=examples(
        "dsf extract corpus/ out.h5",
        "dsf extract recordings.csv out.h5 --root /data/speech",
        "dsf extract emodb/ emodb.h5 --layout emodb --jobs 4",
        "dsf extract meeting.wav meeting.h5 --channel 1 --chunk 10 --chunk-step 5",
        "dsf extract corpus/ out.h5 --frames --attention",
    ),
)
@click.argument("source", metavar="IN", type=click.Path())
@click.argument("out", metavar="OUT", type=click.Path())
@click.option("--encoder", metavar="NAME|FILE", help="Bundled name or .onnx file (dsf encoders).")
@corpus_options
@click.option("--channel", type=click.IntRange(1), metavar="N", help="Default: mean of all.")
@click.option("--chunk", type=float, metavar="SECONDS", help="A row for every so many seconds.")
@click.option("--chunk-step", type=float, metavar="SECONDS", help="Default: --chunk.")
@click.option("--frames", is_flag=True, help="Keep the frame embeddings of every row.")
@click.option("--attention", is_flag=True, help="Keep the attention weights of every row.")
@click.option(
    "--shard",
    callback=parse_shard,
    default="1/1",
    metavar="I/N",
    help="Do the I-th of N runs (see dsf merge).",
)
@click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Default: every CPU.")
@click.option("--strict", is_flag=True, help="Write nothing if any input is refused.")
@click.option("--overwrite", is_flag=True, help="Replace the feature file OUT.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def command(
    source: str,
    out: str,
    layout: str | None,
    labels_from: str | None,
    name: str | None,
    root: str | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Write one row of features for every utterance of IN to the HDF5 file OUT.

    IN is a folder (its corpus.csv is read when there), one recording, or a CSV/TSV manifest with
    columns file, start, end, label, speaker, split. Run again, the same command continues, or
    finds OUT complete. Exit code 3: done, but some inputs were refused; they are listed in OUT.
    """
    from deepspectrum_features.corpus import Corpus
    from deepspectrum_features.extraction import extract

    tell = say(quiet)
    if quiet:
        warnings.simplefilter("ignore")
    corpus = Corpus.read(source, layout=layout, labels_from=labels_from, name=name, root=root)
    done = extract(corpus, out, bar=not quiet, say=tell, **options)
    for refusal in done.refused[:10]:
        tell(f"refused {refusal}")
    if len(done.refused) > 10:
        tell(f"refused {len(done.refused) - 10} more: /refused in {out} lists them all")
    tell(done.summary)
    click.echo(done.path)
    return 3 if done.refused else 0
