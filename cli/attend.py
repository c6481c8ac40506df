"""``dsf attend``: where an encoder looks, as a picture."""

from __future__ import annotations

import click

from deepspectrum_features.cli.options import examples


@click.command(
    "attend",
    short_help="Draw where an encoder looks.",
    epilog=examples(
        "dsf attend speech.wav",
        "dsf attend speech.wav speech.svg --encoder my-encoder.onnx",
        "dsf extract emodb/ emodb.h5 --layout emodb --encoder my-encoder.onnx --attention",
        "dsf attend emodb.h5 emodb.png",
    ),
)
@click.argument("file", metavar="FILE", type=click.Path(readable=False))
@click.argument("out", metavar="[OUT.png|.svg]", required=False, type=click.Path(readable=False))
@click.option(
    "--encoder",
    metavar="NAME|FILE",
    help="Of a recording (default: zhao2018-asmmc-nemo).",
)
def command(file: str, out: str | None, encoder: str | None) -> None:
    """Draw the attention over FILE: waveform, spectrogram and weights over the same seconds.

    FILE is a recording, or a feature file of dsf extract --attention. Of that, the picture shows
    the mean attention of every class over the position in an utterance. Encoders that attend to
    cells of time and frequency have a panel for these in either. Default OUT is
    FILE-attention.png, in the current folder; a file there is replaced.
    """
    from deepspectrum_features.drawing import draw_attention

    click.echo(draw_attention(file, out, encoder))
