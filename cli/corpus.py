"""``dsf corpus``: what is in a folder or manifest, before any work on it."""

from __future__ import annotations

import click

from deepspectrum_features.cli.options import corpus_options, examples


@click.command(
    "corpus",
    short_help="Count utterances, labels and speakers, find twins.",
    epilog=examples("dsf corpus corpus/", "dsf corpus emodb/ --layout emodb"),
)
@click.argument("source", metavar="IN", type=click.Path(readable=False))
@corpus_options
def command(source: str, **reading: str | None) -> int:
    """Show what would be extracted from IN: counts per label and speaker, and what is refused.

    Recordings that sound the same under two names are named too.
    """
    click.echo(f"reading {source}", err=True)
    from deepspectrum_features.corpus.corpus import Corpus
    from deepspectrum_features.corpus.summary import describe_corpus
    from deepspectrum_features.corpus.twins import find_twins

    corpus = Corpus.read(source, **reading).scan()
    for notice in corpus.notices:
        click.echo(notice, err=True)
    click.echo(describe_corpus(corpus, find_twins(corpus, bar=True)))
    return 3 if corpus.refused else 0
