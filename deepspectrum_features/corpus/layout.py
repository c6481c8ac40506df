"""Known corpora: how a path gives label and speaker, one declarative TOML file each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from deepspectrum_features.corpus.utterance import SPLITS, Utterance
from deepspectrum_features.errors import CorpusError, near_miss

_REQUIRED = ("name", "title", "path", "example", "licence", "citation")
_OPTIONAL = ("labels", "expected")
_COUNTS = ["utterances", "speakers", "labels"]
_GROUPS = ["label", "speaker", "split"]


@dataclass(frozen=True)
class Layout:
    """One corpus layout.

    Attributes
    ----------
    name, title, licence, citation, example : str
        ``example`` is a path that fits.
    path : re.Pattern
        Matches the end of a path without its suffix; its named groups ``label``, ``speaker`` and
        ``split`` are what the path says.
    labels : dict
        What each label code means; empty where the path says it in words.
    expected : dict
        Counts of the full corpus: ``utterances``, ``speakers``, ``labels``.
    """

    name: str
    title: str
    path: re.Pattern[str]
    example: str
    licence: str
    citation: str
    labels: dict[str, str]
    expected: dict[str, int]

    def describe(self, file: str) -> Utterance:
        """Read label and speaker off one path.

        Raises
        ------
        CorpusError
            If the path does not fit.
        """
        match = self.path.search(Path(file).with_suffix("").as_posix())
        if match is None:
            raise CorpusError(f"does not fit layout {self.name}, need a name like {self.example}")
        found = match.groupdict(default="")
        label = found.get("label", "")
        if self.labels and label not in self.labels:
            raise CorpusError(f"label code {label!r}, need one of {', '.join(self.labels)}")
        if found.get("split", "") not in SPLITS:
            raise CorpusError(f"split {found['split']!r}, need train, dev or test")
        return Utterance(
            file,
            label=self.labels.get(label, label),
            speaker=found.get("speaker", ""),
            split=found.get("split", ""),
        )

    def unexpected(self, utterances: Sequence[Utterance]) -> Iterator[str]:
        """Yield one notice for every count that differs from the full corpus."""
        found = {
            "utterances": len(utterances),
            "speakers": len({one.speaker for one in utterances}),
            "labels": len({one.label for one in utterances}),
        }
        for what, expected in self.expected.items():
            if found[what] != expected:
                yield f"{self.name}: {found[what]} {what}, the full corpus has {expected}"


def layout_names() -> list[str]:
    """Names of the layouts that come with the package."""
    folder = resources.files("deepspectrum_features") / "layouts"
    return sorted(Path(str(file)).stem for file in folder.iterdir() if file.name.endswith(".toml"))


def load_layout(name: str) -> Layout:
    """Load a bundled layout by name, or any by the path of its ``.toml`` file.

    Raises
    ------
    CorpusError
        If there is none of that name, or the file is not a layout.

    Examples
    --------
    >>> load_layout("nemo").describe("SM0_anger_77.wav")
    Utterance(file='SM0_anger_77.wav', start=0.0, end=None, label='anger', speaker='SM0', split='')
    """
    path = Path(name)
    if path.suffix == ".toml":
        try:
            return _parse(name, path.read_text(encoding="utf-8"))
        except OSError:
            raise CorpusError(f"{name}: no such layout file") from None
        except UnicodeDecodeError:
            raise CorpusError(f"{name}: not UTF-8, need a TOML file in UTF-8") from None
    names = layout_names()
    if name not in names:
        raise CorpusError(
            f"--layout {name}: unknown, need one of {', '.join(names)}, or a .toml file"
            f"{near_miss(name, names)}"
        )
    file = resources.files("deepspectrum_features") / "layouts" / f"{name}.toml"
    return _parse(f"{name}.toml", file.read_text(encoding="utf-8"))


def _parse(where: str, text: str) -> Layout:
    """Build a layout from TOML text, naming everything that is wrong with it."""
    try:
        values: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of 5000 digits, 1000 open brackets
        raise CorpusError(f"{where}: not TOML ({error})") from None
    problems = [f"no {key!r}" for key in _REQUIRED if key not in values]
    known = [*_REQUIRED, *_OPTIONAL]
    problems += [f"unknown {key!r}{near_miss(key, known)}" for key in values if key not in known]
    problems += [
        f"{key} is {values[key]!r}, need text"
        for key in _REQUIRED
        if not isinstance(values.get(key, ""), str)
    ]
    problems += _table_problems(values, "labels", str)
    problems += _table_problems(values, "expected", int)
    unknown = [key for key in values.get("expected", ()) if key not in _COUNTS]
    problems += [f"unknown 'expected.{key}'{near_miss(key, _COUNTS)}" for key in unknown]
    if problems:
        raise CorpusError(f"{where}: {'; '.join(problems)}")
    try:
        values["path"] = re.compile(f"(?:^|/)(?:{values['path']})$")
    except (re.error, OverflowError, RecursionError) as error:
        raise CorpusError(f"{where}: path is not a regular expression ({error})") from None
    strange = [group for group in values["path"].groupindex if group not in _GROUPS]
    if strange:
        named = ", ".join(f"{group!r}{near_miss(group, _GROUPS)}" for group in strange)
        raise CorpusError(f"{where}: path names group {named}, need label, speaker or split")
    return Layout(**{"labels": {}, "expected": {}} | values)


def _table_problems(values: dict[str, Any], key: str, kind: type) -> list[str]:
    """Say what keeps an optional entry from being a table of one kind of value."""
    table = values.get(key, {})
    if not isinstance(table, dict):
        values[key] = {}
        return [f"{key} is {table!r}, need a table"]
    wrong = {name: value for name, value in table.items() if type(value) is not kind}
    return [f"{key}.{name} is {value!r}, need {kind.__name__}" for name, value in wrong.items()]
