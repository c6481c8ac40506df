"""The command line: one file per command, loaded only when it is called."""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from typing import Any

import click

from deepspectrum_features import __version__
from deepspectrum_features.cli.options import examples
from deepspectrum_features.errors import DsfError

_TRAINING_PACKAGES = frozenset(
    ("torch", "pytorch_lightning", "librosa", "onnx", "safetensors", "matplotlib")
)
_COMMANDS = ("extract", "info", "encoders", "corpus", "train", "export")


class _Commands(click.Group):
    """Commands by the name of their module."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name}").command
        return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["--help"], "max_content_width": 100},
    epilog=examples("dsf extract corpus/ out.h5", "dsf info out.h5", "dsf extract --help"),
)
@click.version_option(__version__, prog_name="dsf")
def dsf() -> None:
    """Deep spectrum features of speech: a folder of recordings in, an HDF5 table out."""


def main() -> None:
    """Run ``dsf``; the one place where an error becomes a line and an exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code: Any = dsf(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except DsfError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
    except ModuleNotFoundError as error:
        if error.name not in _TRAINING_PACKAGES:
            raise
        needed = "pip install 'deepspectrum-features[train]'"
        click.echo(f"error: {error.name} is not installed, needed to train ({needed})", err=True)
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted: what is finished is kept, the same command continues", err=True)
        sys.exit(130)
    except OSError as error:
        click.echo(f"error: {error.filename or 'system'}: {error.strerror or error}", err=True)
        sys.exit(1)


def _terminate(number: int, _: Any) -> None:
    click.echo("terminated: what is finished is kept, the same command continues", err=True)
    sys.exit(128 + number)
