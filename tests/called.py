"""A command run in this process: what a user would see, without the seconds that a start takes."""

from __future__ import annotations

import contextlib
import io
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from unittest import mock

import click

from deepspectrum_features.cli import dsf, main

#: What Python is silent about unless it is asked.
_SILENT = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)


def call(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``dsf`` with arguments, from a folder; return its exit code and what it printed."""
    command = ["dsf", *map(str, arguments)]
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder or Path.cwd()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.object(sys, "argv", command),
        warnings.catch_warnings(),
    ):
        warnings.resetwarnings()
        for category in _SILENT:
            warnings.simplefilter("ignore", category)
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())


def parsed(command: click.Command, *arguments: str) -> click.Context:
    """Return what a command of ``dsf`` would run with.

    Click keeps the names of ``--help`` that a command has first: so they are those of ``dsf``.
    """
    return command.make_context(f"dsf {command.name}", [*arguments], **dsf.context_settings)
