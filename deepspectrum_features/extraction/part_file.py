"""The file of a finished part: its rows, and what merging asks of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.hdf5 import Progress
from deepspectrum_features.features.hdf5_columns import fixed_text, shared_text_of, text_of
from deepspectrum_features.features.store import attribute_text

_GROUP = "part"


@dataclass
class PartFile(FeatureFile):
    """A feature file of one part, with what else is known of it in the group ``/part``.

    Attributes
    ----------
    digests : dict of str to str
        Content digest by recording, of those whose first utterance lies in this part.
    key, stamp : str
        Of the `Part`, when it was computed.
    """

    digests: dict[str, str] = field(default_factory=dict)
    key: str = ""
    stamp: str = ""

    def _write_to(self, store: h5py.File, progress: Progress) -> None:
        super()._write_to(store, progress)
        group = store.create_group(_GROUP)
        # text of fixed length, as in the table: less for HDF5 to keep while a disk is full
        group.attrs["key"] = np.bytes_(self.key)
        group.attrs["stamp"] = np.bytes_(self.stamp)
        group["file"] = fixed_text([*self.digests])
        group["content"] = fixed_text([*self.digests.values()])

    @classmethod
    def _read_from(cls, store: h5py.File, path: Path, lazy: bool) -> dict[str, Any]:
        fields = super()._read_from(store, path, lazy)
        group = store[_GROUP]
        files = shared_text_of(group["file"], fields["file"])
        fields["digests"] = dict(zip(files, text_of(group["content"]), strict=True))
        fields["key"] = attribute_text(group.attrs["key"])
        fields["stamp"] = attribute_text(group.attrs["stamp"])
        return fields
