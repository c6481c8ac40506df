"""The commands there are, in groups by what they are for, each loaded when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from deepspectrum_features.errors import near_miss

GROUPS = {
    "Features": ("extract", "functionals", "merge", "convert"),
    "Scores": (
        "evaluate", "report", "fit", "predict", "experiment", "ablate", "reproduce", "transfer",
    ),
    "Encoders": ("encoders", "train", "export", "attend"),
    "Corpora and files": ("corpus", "info", "verify", "diff"),
}  # fmt: skip
#: What commands that read recordings take in place of --labels.
_LABELS = (
    "a table of labels stands in place of {}, with --root for the folder of its recordings, or "
    "lies in that folder as corpus.csv"
)
_HELP = "help"  # no command of its own, so not in the list


class Commands(click.Group):
    """Commands by the name of their module."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names, group by group."""
        return [name for names in GROUPS.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, or return None."""
        if cmd_name not in (*self.list_commands(ctx), _HELP):
            return None
        command: click.Command = import_module(f"{__package__}.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called, or name the one that may be meant."""
        name, names = args[0], [*self.list_commands(ctx), _HELP]
        if name not in names and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"No such command {name!r}{near_miss(name, names)}.")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command; of --labels, which only others take, say what is in its place."""
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            near = error.possibilities or ()
            if error.ctx is None or error.option_name != "--labels" or "--labels-from" not in near:
                raise
            params = error.ctx.command.params
            source = next(one for one in params if one.name in ("source", "sources"))
            told = _LABELS.format(source.human_readable_name.removesuffix("..."))
            message = f"No such option '--labels': {told}."
            raise click.NoSuchOption("--labels", message, ctx=error.ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what every command does, group by group, in one column for all."""
        rows = {
            title: [(name, self._said_of(ctx, name)) for name in names]
            for title, names in GROUPS.items()
        }
        longest = max(len(name) for names in GROUPS.values() for name in names)
        for title, described in rows.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(longest), said) for name, said in described])

    def _said_of(self, ctx: click.Context, name: str) -> str:
        """Return the line that says what a command does."""
        command = self.get_command(ctx, name)
        return command.get_short_help_str(100) if command else ""
