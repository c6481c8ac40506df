"""An array for every utterance of a corpus, kept in one file that is mapped into memory."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.utterance import Stretch
from deepspectrum_features.errors import AudioError
from deepspectrum_features.files import whole_file, write_text

Array = NDArray[np.float32]
#: Where an utterance's array lies and what is known of it, or why it has none.
Entry = dict[str, Any]

_INDEX = "index.json"
_ITEM_BYTES = 4


@dataclass(frozen=True)
class StoredArrays:
    """The arrays of all utterances behind each other in a file, and an index beside it.

    Attributes
    ----------
    path : Path
        The file, alone with its index in a folder.
    stamp : str
        Digest of what the arrays were made from.
    row : tuple of int
        Shape of one row: () for samples, (dim,) for frames.
    """

    path: Path
    stamp: str
    row: tuple[int, ...] = ()

    @property
    def index(self) -> dict[str, Any]:
        """What was written beside the arrays; their entries are its ``utterances``."""
        return _opened(self)[0]

    def entry(self, stretch: Stretch) -> Entry:
        """Return what the index says of an utterance."""
        found: Entry = self.index["utterances"][json.dumps(stretch)]
        return found

    def read(self, entry: Entry) -> Array:
        """Return an utterance's array, of which nothing is read before it is looked at.

        Raises
        ------
        AudioError
            If it has none.
        """
        if "reason" in entry:
            raise AudioError(entry["reason"], entry["stage"])
        return _opened(self)[1][entry["first"] : entry["first"] + entry["count"]]

    def is_whole(self) -> bool:
        """Whether the file holds the arrays that the stamp is of, all of them."""
        try:
            index = json.loads(self._index_path.read_text(encoding="utf-8"))
            bytes_there, bytes_a_row = self.path.stat().st_size, _ITEM_BYTES * math.prod(self.row)
            return (index["stamp"], index["rows"] * bytes_a_row) == (self.stamp, bytes_there)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def write(
        self, arrays: Iterable[tuple[Stretch, Array | AudioError, Entry]], **more: Any
    ) -> None:
        """Write every array with what is known of it; the index comes last.

        Only a whole file has an index. ``more`` stands in it when the last array is written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._index_path.unlink(missing_ok=True)
        found: dict[str, Entry] = {}
        first = 0
        with whole_file(self.path) as draft, draft.open("wb") as stream:
            for stretch, array, facts in arrays:
                key = json.dumps(stretch)
                if isinstance(array, AudioError):
                    found[key] = {"stage": array.stage, "reason": str(array)}
                    continue
                found[key] = {"first": first, "count": len(array), **facts}
                stream.write(array.data)  # tofile loses what a full disk refuses last
                first += len(array)
        document = {"stamp": self.stamp, "rows": first, **more, "utterances": found}
        write_text(self._index_path, json.dumps(document, ensure_ascii=False))

    @property
    def _index_path(self) -> Path:
        return self.path.with_name(_INDEX)


@lru_cache(maxsize=8)
def _opened(stored: StoredArrays) -> tuple[dict[str, Any], Array]:
    """Map the file into memory, and read its index.

    What somebody writes into an array stays in memory: torch takes none that is read-only.
    """
    index = json.loads(stored._index_path.read_text(encoding="utf-8"))
    shape = (index["rows"], *stored.row)
    if not index["rows"]:  # no utterance gave anything
        return index, np.zeros(shape, np.float32)
    return index, np.asarray(np.memmap(stored.path, np.float32, mode="c", shape=shape))
