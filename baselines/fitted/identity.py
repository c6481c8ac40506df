"""Which features those of a file are, and whether a classifier takes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.fitted.card import FeatureIdentity
from deepspectrum_features.baselines.stored_features import sample_rate_of
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.errors import EncoderError, FeatureFileError
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.terminal import first_few


def identity_of(
    stored: FeatureFile, columns: Sequence[str], encoder: str | Path | None
) -> FeatureIdentity:
    """Say which features a classifier takes that is fitted on some columns of a file.

    Parameters
    ----------
    stored : FeatureFile
    columns : sequence of str
    encoder : str, Path or None
        The encoder that made them, to be noted; the name of a bundled one, or a file.

    Raises
    ------
    EncoderError
        If another encoder made them.
    """
    known = stored.attributes
    recipe, options = _object(known, "recipe"), _object(known, "options")
    feature_set = str(recipe.get("feature_set", ""))
    opened = None if encoder is None else Encoder.open(encoder)
    identity = FeatureIdentity(
        encoder=known.get("encoder", "unknown"),
        encoder_sha256=known.get("encoder_sha256", ""),
        level=known.get("level", "embedding") if "encoder_sha256" in known else "",
        feature_set=feature_set,
        opensmile=_opensmile(stored) if feature_set else "",
        licence=known.get("licence", ""),
        sample_rate=sample_rate_of(stored),
        channel=options.get("channel"),
        chunk_seconds=float(known.get("chunk_seconds", 0)),
        recipe=recipe,
        columns=[*columns],
        encoder_file="" if opened is None else str(opened.path.absolute()),
    )
    if opened is not None:
        check_encoder(opened, identity)
    return identity


def check_encoder(encoder: Encoder, needed: FeatureIdentity) -> Encoder:
    """Return an encoder; refuse one that did not make the features.

    Raises
    ------
    EncoderError
        Naming both.
    """
    if encoder.sha256 != needed.encoder_sha256:
        raise EncoderError(
            f"{encoder.path}: sha256 {encoder.sha256[:12]}..., the features are of "
            f"{needed.encoder} ({needed.encoder_sha256[:12] or 'no encoder'}...), need the same "
            "(--encoder FILE)"
        )
    return encoder


def columns_for(
    needed: FeatureIdentity, stored: FeatureFile, path: Path, where: Path
) -> NDArray[np.float32]:
    """Return the columns of a feature file that a classifier takes, (rows, columns).

    Parameters
    ----------
    needed : FeatureIdentity
    stored : FeatureFile
    path : Path
        Its file, for messages.
    where : Path
        The classifier's file, likewise.

    Raises
    ------
    FeatureFileError
        If they are of something else, or lack a column.
    """
    found = identity_of(stored, stored.feature_name, None)
    if (told := _maker(found)) != (wanted := _maker(needed)):
        raise FeatureFileError(f"{path}: features of {told}, {where} takes those of {wanted}")
    places = {name: place for place, name in enumerate(stored.feature_name)}
    if missing := [name for name in needed.columns if name not in places]:
        level = f" (level {found.level or 'unknown'}, need {needed.level})" * bool(needed.level)
        raise FeatureFileError(
            f"{path}: no column {first_few(missing)}{level}, {where} takes "
            f"{len(needed.columns)} columns, {len(missing)} of them are not there"
        )
    return stored.features[:, [places[name] for name in needed.columns]]


def differences(needed: FeatureIdentity, stored: FeatureFile, path: Path) -> list[str]:
    """Say in what features differ that a classifier takes all the same."""
    found = identity_of(stored, (), None)
    lines = []
    if needed.opensmile != found.opensmile:
        lines.append(
            f"{path}: features by opensmile {found.opensmile or 'of unknown version'}, the "
            f"classifier was fitted on those of {needed.opensmile or 'an unknown one'}: numbers "
            "may differ"
        )
    if needed.chunk_seconds != found.chunk_seconds:
        lines.append(
            f"{path}: rows of {_length(found)}, the classifier was fitted on {_length(needed)}"
        )
    return lines


def _maker(identity: FeatureIdentity) -> str:
    """Name what made features, so that equal names mean equal features."""
    if identity.encoder_sha256:
        return f"{identity.encoder} (sha256 {identity.encoder_sha256[:12]})"
    return identity.encoder


def _length(identity: FeatureIdentity) -> str:
    return f"{identity.chunk_seconds:g} s each" if identity.chunk_seconds else "whole utterances"


def _opensmile(stored: FeatureFile) -> str:
    return str(_object(stored.attributes, "versions").get("opensmile", ""))


def _object(attributes: dict[str, str], name: str) -> dict[str, Any]:
    """Return an attribute that is a JSON object; an empty one where it is damaged."""
    try:
        return dict(json.loads(attributes.get(name, "{}")))
    except (ValueError, TypeError):
        return {}
