"""The options of a command in a TOML file: read before it runs, written to run it again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from deepspectrum_features import __version__
from deepspectrum_features.errors import DsfError
from deepspectrum_features.files import write_text
from deepspectrum_features.recipe.document import build
from deepspectrum_features.recipe.limits import Limits
from deepspectrum_features.terminal import showable

#: What says how a command works, and changes nothing that it finds.
_HOW = ("fold", "jobs", "backend", "scheduler", "quiet")
#: What is the path of a file, or a name that we know.
_NAME_OR_FILE = ("against", "layout")


def config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--config``."""
    return click.option(
        "--config",
        type=click.Path(readable=False),
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        callback=_take,
        help="TOML file with options by their names here; the command line wins.",
    )(command)


def _take(context: click.Context, _: click.Parameter, path: str | None) -> None:
    """Let what a file says stand for what the command line does not."""
    if path is not None:
        context.default_map = read_options(context.command, Path(path))


def read_options(command: click.Command, path: Path) -> dict[str, Any]:
    """Read the options of a command that a file has.

    Returns
    -------
    dict of str to Any
        By the names that the command has for them.

    Raises
    ------
    DsfError
        If the file is not TOML, or holds what the command would not take.
    """
    from deepspectrum_features.corpus.sources.text import read_toml

    found: Any = build(_options_of(command), read_toml(path), where=str(path), error=DsfError)
    return {name: value for name, value in vars(found).items() if value is not None}


def write_options(context: click.Context, path: Path) -> None:
    """Write the options that a command runs with, but for those that change no number."""
    lines = [
        f"# {context.command_path} --config {path.name} repeats it "
        f"(deepspectrum_features {__version__})",
        *(f"{key} = {_toml(value)}" for key, value in _chosen(context)),
    ]
    write_text(path, showable("\n".join(lines)))


def _chosen(context: click.Context) -> Iterator[tuple[str, Any]]:
    """Yield key and value of the options that are there, paths as every folder finds them."""
    for one in _told(context.command):
        value = context.params.get(one.name or "")
        if one.name in _HOW or value in (None, ()):
            continue
        value = ",".join(value) if isinstance(value, list) else value
        several = isinstance(value, tuple)
        yield _key(one), [_placed(each, one) for each in value] if several else _placed(value, one)


def _placed(value: Any, option: click.Parameter) -> Any:
    """Return what is a path as an absolute one, everything else as it is."""
    is_path = isinstance(option.type, click.Path)
    if option.name in _NAME_OR_FILE:
        is_path = Path(value.partition(":")[0]).is_file()
    return str(Path(value).absolute()) if is_path else value


def _toml(value: Any) -> str:
    """Write text, a number, a truth value or a list of such: JSON is TOML but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _options_of(command: click.Command) -> type:
    """Return the dataclass of what a command may be told."""
    fields = [
        (
            str(one.name),
            list[str] | None if one.multiple else _kind(one.type) | None,
            dataclasses.field(default=None, metadata={"key": _key(one), "limits": _limits(one)}),
        )
        for one in _told(command)
    ]
    return dataclasses.make_dataclass("Options", fields)


def _told(command: click.Command) -> list[click.Parameter]:
    """Return the arguments and options that a file may hold: not the file itself."""
    return [one for one in command.params if one.expose_value]


def _key(option: click.Parameter) -> str:
    """Return the name of an option without its dashes, of an argument as the help has it."""
    if isinstance(option, click.Argument):
        return str(option.metavar).lower()
    return max(option.opts, key=len).removeprefix("--")


def _kind(given: click.ParamType[Any]) -> type:
    """Return the type of what an option takes."""
    if isinstance(given, click.types.BoolParamType):
        return bool
    return int if isinstance(given, click.types.IntParamType) else str


def _limits(option: click.Parameter) -> Limits:
    """Return which values an option takes."""
    if isinstance(option.type, click.Choice):
        return Limits(choices=tuple(option.type.choices))
    if isinstance(option.type, click.IntRange):
        return Limits(at_least=option.type.min, at_most=option.type.max)
    return Limits()
