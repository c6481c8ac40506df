"""Files that a table spells otherwise: Windows and macOS take ``A.WAV`` for ``a.wav``."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from deepspectrum_features.corpus.names import composed


class Spellings:
    """Names in the folders under a root, told apart as the systems do that a table may come from.

    Parameters
    ----------
    root : Path
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders: dict[str, defaultdict[str, list[str]]] = {}

    def find(self, place: str) -> str | None:
        """Return the file that is meant by a path to nowhere, but for case and normalisation.

        Parameters
        ----------
        place : str
            Relative to the root, as `place_of` says.

        Returns
        -------
        str or None
            None where the path itself is there, or not one alone is spelled like it.
        """
        if not place or os.path.lexists(self._root / place):
            return None
        found = ""
        for part in place.split("/"):
            names = self._names(found)[_plain(part)]
            if len(names) != 1 and part not in names:
                return None
            found = f"{found}/{part if part in names else names[0]}".lstrip("/")
        return found

    def _names(self, folder: str) -> defaultdict[str, list[str]]:
        """Return the names in a folder by what they have in common; none where there is none."""
        if folder not in self._folders:
            names = self._folders[folder] = defaultdict(list)
            with suppress(OSError):  # missing, no folder, or closed
                for path in (self._root / folder).iterdir():
                    names[_plain(path.name)].append(path.name)
        return self._folders[folder]


def _plain(name: str) -> str:
    return composed(composed(name).casefold())
