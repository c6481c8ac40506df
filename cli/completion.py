"""What a shell offers for a word that is begun, where Click does not know the names."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from deepspectrum_features.cli.commands import GROUPS


def command_names(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """Return the commands that begin as what is typed."""
    names = (name for group in GROUPS.values() for name in group)
    return [name for name in names if name.startswith(begun)]


def layouts(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the known layouts that begin as what is typed, or files where none does."""
    from deepspectrum_features.corpus.known_layouts import layout_names

    return _names_or_files(layout_names(), begun)


def encoders(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the bundled encoders that begin as what is typed, or files where none does."""
    from deepspectrum_features.encoder.bundled import BUNDLED

    return _names_or_files(BUNDLED, begun)


def _names_or_files(names: Iterable[str], begun: str) -> list[CompletionItem]:
    """Return names; where none fits, ask the shell for its files."""
    fitting = [CompletionItem(name) for name in names if name.startswith(begun)]
    return fitting or [CompletionItem(begun, type="file")]
