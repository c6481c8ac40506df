"""The command line: one file per command, loaded only when it is called."""

from __future__ import annotations

import io
import os
import signal
import sys
import warnings
from types import FrameType
from typing import Any

import click

from deepspectrum_features import __version__
from deepspectrum_features.cli.commands import Commands
from deepspectrum_features.cli.options import examples
from deepspectrum_features.errors import DsfError
from deepspectrum_features.extras import naming_extras
from deepspectrum_features.terminal import printable, shortened


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples("dsf corpus corpus/", "dsf extract corpus/ out.h5", "dsf help extract"),
)
@click.version_option(__version__, prog_name="dsf")
def dsf() -> None:
    """Deep spectrum features of speech: a folder of recordings in, an HDF5 table out."""


def main() -> None:
    """Run ``dsf``; the one place where an error becomes a line and an exit code."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    warnings.showwarning = lambda message, *_: click.echo(
        f"warning: {shortened(str(message))}", err=True
    )
    try:
        with naming_extras():
            code: Any = dsf(prog_name="dsf", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        told = io.StringIO()
        error.show(told)
        click.echo(shortened(told.getvalue()), nl=False, err=True)
        sys.exit(error.exit_code)
    except DsfError as error:
        click.echo(f"error: {shortened(printable(str(error)))}", err=True)
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(_say_stopped(signal.SIGINT))
    except OSError as error:
        click.echo(f"error: {error.filename or 'system'}: {error.strerror or error}", err=True)
        sys.exit(1)


def _leave(number: int, frame: FrameType | None) -> None:
    """End on Ctrl-C or SIGTERM: by an exception, or at once where that could be lost.

    Libraries that are being imported may swallow an exception, or answer it with another one.
    """
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            os._exit(_say_stopped(number))
        frame = frame.f_back
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(_say_stopped(number))


def _say_stopped(number: int) -> int:
    """Say what remains; return the exit code of a process that a signal ends."""
    what = "interrupted" if number == signal.SIGINT else "terminated"
    click.echo(f"{what}: what is finished is kept, the same command continues", err=True)
    return 128 + number
