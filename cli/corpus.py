"""``dsf corpus``: what is in a folder or manifest, before any work on it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import click

from deepspectrum_features.cli.options import corpus_options, examples
from deepspectrum_features.cli.screen import show

if TYPE_CHECKING:
    from deepspectrum_features.corpus.corpus import Corpus


def _list_layouts(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Show the known layouts in lines as long as the terminal's, and end."""
    if wanted:
        from deepspectrum_features.corpus.layout_list import list_layouts

        click.echo(list_layouts(shutil.get_terminal_size().columns))
        context.exit()


@click.command(
    "corpus",
    short_help="Count what there is, and find what goes wrong later.",
    epilog=examples(
        "dsf corpus corpus/",
        "dsf corpus emodb/ --layout emodb",
        "dsf corpus corpus/ --no-scan   # counts alone",
        "dsf corpus --list   # all known layouts",
    ),
)
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_layouts,
    help="Show all known layouts, and nothing else.",
)
@click.argument("source", metavar="IN", type=click.Path(readable=False))
@click.option("--no-scan", is_flag=True, help="Open no recording: counts alone, at once.")
@corpus_options
def command(source: str, no_scan: bool, **reading: Any) -> int:
    """Show what would be extracted from IN: counts per label and speaker, and what is refused.

    Refused is what dsf extract gives no row with the default encoder, as far as headers tell; the
    exit code is 3 then. Recordings that sound the same under two names are named too.
    """
    click.echo(f"reading {source}", err=True)
    from deepspectrum_features.corpus import Corpus

    corpus = Corpus.read(source, **reading)
    return _count(corpus) if no_scan else _scan(corpus)


def _count(corpus: Corpus) -> int:
    """Show what paths and tables tell of a corpus."""
    from deepspectrum_features.corpus.summary import describe_corpus

    for notice in corpus.notices:
        click.echo(notice, err=True)
    show(describe_corpus(corpus))
    return 3 if corpus.refused else 0


def _scan(corpus: Corpus) -> int:
    """Show what is told by headers too, and by sound."""
    from deepspectrum_features.corpus.notices import low_rates, silence_notice, zeros_notice
    from deepspectrum_features.corpus.summary import describe_corpus
    from deepspectrum_features.corpus.twins import find_twins
    from deepspectrum_features.corpus.zeros import find_zeros
    from deepspectrum_features.encoder import Encoder
    from deepspectrum_features.extraction.encoder_worker import EncoderWorker
    from deepspectrum_features.extraction.limits import within_limits

    corpus = corpus.scan()
    encoder = Encoder.open()
    refused = within_limits(corpus, EncoderWorker(encoder)).refused
    zeros = find_zeros(corpus, bar=True)
    low = low_rates(corpus.headers, encoder.front_end.sample_rate or 0)
    padded = zeros_notice(zeros.at_ends, len(corpus.utterances))
    for notice in filter(None, (*corpus.notices, low, padded, silence_notice(zeros.silent))):
        click.echo(notice, err=True)
    show(describe_corpus(corpus, find_twins(corpus, bar=True), refused))
    return 3 if refused else 0
