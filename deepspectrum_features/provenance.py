"""By what, when and with which software a number was made."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from deepspectrum_features import __version__
from deepspectrum_features.terminal import showable

#: What every feature file's numbers depend on, besides what its worker names.
READING = ("numpy", "soundfile", "libsndfile", "av", "soxr", "h5py", "hdf5")


def this_command() -> dict[str, str]:
    """Return the attributes that differ from run to run."""
    return {
        "command": showable(shlex.join(sys.argv)),
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def software_versions(packages: Iterable[str] = READING) -> dict[str, str]:
    """Return our version, Python's, and those of the packages named that are installed.

    Parameters
    ----------
    packages : iterable of str
        Names of distributions; ``libsndfile`` and ``hdf5`` are the libraries below soundfile and
        h5py.

    Examples
    --------
    >>> list(software_versions(["numpy", "no-such-package"]))
    ['deepspectrum_features', 'python', 'numpy']
    """
    found = {
        "deepspectrum_features": __version__,
        "python": ".".join(map(str, sys.version_info[:3])),
    }
    for name in packages:
        if known := _version(name):
            found[name] = known
    return found


def _version(name: str) -> str:
    """Return one version; empty where it is not installed."""
    if name == "libsndfile":
        import soundfile

        return str(soundfile.__libsndfile_version__)
    if name == "hdf5":
        import h5py

        return str(h5py.version.hdf5_version)
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
