"""What a feature file says of itself: provenance and licence first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from deepspectrum_features.corpus.columns import TOLD, target_columns
from deepspectrum_features.terminal import counted, counts, duration, ends, spread

if TYPE_CHECKING:
    from deepspectrum_features.features.feature_file import FeatureFile


def describe_features(table: FeatureFile) -> list[tuple[str, str]]:
    """Name what describes a feature file: where it is from, what is in it, what was refused."""
    known = table.attributes
    sha256 = known.get("encoder_sha256", "")[:12]
    made_by = known.get("encoder", "unknown") + (f" (sha256 {sha256})" if sha256 else "")
    ours = _our_version(known.get("versions", "{}"))
    rows = [
        ("encoder", made_by),
        *([("device", _device_line(known))] if "device" in known else []),
        ("licence", known.get("licence", "unknown")),
        ("corpus", known.get("corpus", "unknown")),
        ("made", f"{known.get('created', 'unknown')} by deepspectrum_features {ours}"),
        (
            "rows",
            f"{counted(len(table.file), 'utterance')}, "
            f"{duration(float((table.end - table.start).sum()))}",
        ),
        ("columns", f"{len(table.feature_name)}: {ends(table.feature_name)}"),
    ]
    if len(set(table.families)) > 1 or table.feature_family:
        rows.append(("families", counts(table.families)))
    if "shard" in known:
        rows.insert(3, ("shard", f"{known['shard']}, to be joined by dsf merge"))
    for column in TOLD:
        if not column.always and len(values := getattr(table, column.name)):
            rows.append((column.name, counts(str(value or "") for value in values)))
    for column in target_columns([table]):
        rows.append(("target", f"{column.name} {spread(column.of(table))}"))
    for level, what in ((1, "speakers"), (2, "recordings")):
        if count := int((table.seen == level).sum()):
            rows.append(("seen", f"{counted(count, 'row')}: their {what} trained the encoder"))
    lines = known.get("notices", "").splitlines()
    rows += [("notice" if first == 0 else "", line) for first, line in enumerate(lines)]
    rows.append(("refused", counted(len(table.refused), "input") if table.refused else "nothing"))
    return [*rows, *(("", str(one)) for one in table.refused[:10])]


def _device_line(known: dict[str, str]) -> str:
    """Say what ran the encoder where it was not the processor."""
    return f"{known['device']}, batches of {known.get('batch_frames', 'unknown')} frames"


def _our_version(versions: str) -> str:
    """Read our own version from the JSON of all; a damaged file has none."""
    try:
        return str(json.loads(versions)["deepspectrum_features"])
    except (ValueError, KeyError, TypeError):
        return "unknown"
