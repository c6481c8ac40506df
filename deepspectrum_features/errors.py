"""Every error a user can cause, as one small family.

A message reads ``where: what was found, what is needed (what to do)``, for example
``data/a.wav: 120 samples, need at least 400 (25 ms at 16000 Hz)``.
"""

from pathlib import Path


class DsfError(Exception):
    """Root of the family; the command line turns it into one line and exit code 1."""


class AudioError(DsfError):
    """A recording that cannot be read, or gives nothing to work on."""

    def __init__(self, message: str, stage: str = "decode") -> None:
        super().__init__(message)
        self.stage = stage


class CorpusError(DsfError):
    """A folder, manifest, layout or label table that does not describe a corpus."""


class RecipeError(DsfError):
    """A recipe with unknown fields or impossible values."""


class EncoderError(DsfError):
    """An encoder file that is missing, damaged or not one of ours."""


class FeatureFileError(DsfError):
    """A feature file that is missing, damaged, or in the way."""


class TrainingError(DsfError):
    """A training run that cannot start or continue."""


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or its kind where it says nothing."""
    return (str(error) or type(error).__name__).splitlines()[0]


def near_miss(name: str, choices: list[str]) -> str:
    """Return `` (did you mean 'x'?)`` when a choice resembles the name, else nothing."""
    return _asked(closest(name, choices))


def near_path(path: Path) -> str:
    """Return the same for a path to nowhere, of what lies beside it, whatever the suffixes."""
    if path.exists():
        return ""
    beside = {one.stem: one.name for one in sorted(path.parent.glob("*"))}
    return _asked(beside.get(closest(path.stem, [*beside]), ""))


def closest(name: str, choices: list[str], cutoff: float = 0.75) -> str:
    """Return the choice that resembles the name most, or nothing; equals reach a cutoff of 1."""
    from difflib import get_close_matches  # 4 ms, seldom wanted

    return next(iter(get_close_matches(name, choices, n=1, cutoff=cutoff)), "")


def _asked(close: str) -> str:
    return f" (did you mean {close!r}?)" if close else ""
