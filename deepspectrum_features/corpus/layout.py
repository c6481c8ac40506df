"""Known corpora: how a path gives label and speaker, one declarative TOML file each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from deepspectrum_features.corpus.columns import FACTS
from deepspectrum_features.corpus.utterance import SPLITS, Utterance
from deepspectrum_features.errors import CorpusError, near_miss
from deepspectrum_features.recipe.document import build
from deepspectrum_features.recipe.limits import limited
from deepspectrum_features.terminal import counted

_GROUPS = [column.name for column in FACTS]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What a full corpus holds; None where a layout does not say."""

    utterances: int | None = limited(None, at_least=1)
    speakers: int | None = limited(None, at_least=1)
    labels: int | None = limited(None, at_least=1)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One corpus layout, its fields as in the TOML file.

    Attributes
    ----------
    name, title, licence, citation, example : str
        ``example`` is a path that fits.
    path : str
        Regular expression for the end of a path without its suffix; its named groups, such as
        ``label`` and ``speaker``, are what the path says.
    labels : dict
        What each label code means; empty where the path says it in words.
    expected : Counts
        Of the full corpus.
    """

    name: str
    title: str
    path: str
    example: str
    licence: str
    citation: str
    labels: dict[str, str] = field(default_factory=dict)
    expected: Counts = field(default_factory=Counts)

    def problems(self) -> Iterator[str]:
        """Yield what keeps ``path`` from saying what paths mean."""
        try:
            groups = self.pattern.groupindex
        except (re.error, OverflowError, RecursionError) as error:
            yield f"path is not a regular expression ({error})"
            return
        if strange := [group for group in groups if group not in _GROUPS]:
            named = ", ".join(f"{group!r}{near_miss(group, _GROUPS)}" for group in strange)
            need = f"{', '.join(_GROUPS[:-1])} or {_GROUPS[-1]}"
            yield f"path names group {named}, need {need}"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression, from the start of a name to the end."""
        return re.compile(f"(?:^|/)(?:{self.path})$")

    def describe(self, file: str) -> Utterance:
        """Read label and speaker off one path.

        Raises
        ------
        CorpusError
            If the path does not fit.
        """
        match = self.pattern.search(Path(file).with_suffix("").as_posix())
        if match is None:
            raise CorpusError(f"does not fit layout {self.name}, need a name like {self.example}")
        found: dict[str, Any] = match.groupdict(default="")
        label = found.get("label", "")
        if self.labels and label not in self.labels:
            raise CorpusError(f"label code {label!r}, need one of {', '.join(self.labels)}")
        if found.get("split", "") not in SPLITS:
            raise CorpusError(f"split {found['split']!r}, need train, dev or test")
        return Utterance(file, **(found | {"label": self.labels.get(label, label)}))

    def unexpected(self, utterances: Sequence[Utterance]) -> Iterator[str]:
        """Yield one notice for every count that differs from the full corpus."""
        found = {
            "utterances": len(utterances),
            "speakers": len({one.speaker for one in utterances}),
            "labels": len({one.label for one in utterances}),
        }
        for what, expected in asdict(self.expected).items():
            if expected is not None and found[what] != expected:
                there = counted(found[what], what.removesuffix("s"))
                yield f"{self.name}: {there}, the full corpus has {expected}"


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
    >>> found = load_layout("nemo").describe("SM0_anger_77.wav")
    >>> found.label, found.speaker
    ('anger', 'SM0')
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


def fitting_layout(files: Sequence[str]) -> str | None:
    """Return the bundled layout that every path fits, if there is one.

    Examples
    --------
    >>> fitting_layout(["03a01Fa.wav", "16b10Tb.wav"]), fitting_layout(["03a01Fa.wav", "a.wav"])
    ('emodb', None)
    """
    names = layout_names() if files else []
    return next((name for name in names if _fits_all(load_layout(name), files)), None)


def _fits_all(layout: Layout, files: Sequence[str]) -> bool:
    """Whether the layout tells what every path means."""
    try:
        for file in files:
            layout.describe(file)
    except CorpusError:
        return False
    return True


def _parse(where: str, text: str) -> Layout:
    """Build a layout from TOML text, naming everything that is wrong with it."""
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of 5000 digits, 1000 open brackets
        raise CorpusError(f"{where}: not TOML ({error})") from None
    return build(Layout, values, where=where, error=CorpusError)
