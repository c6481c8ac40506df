"""Write encoder files, complete in themselves and checked against the networks they came from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
from safetensors import SafetensorError
from safetensors.torch import load_file

from deepspectrum_features import arguments
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.encoder.encoder_file import METADATA_KEY, front_end_of
from deepspectrum_features.errors import EncoderError, first_line
from deepspectrum_features.extras import naming_extras
from deepspectrum_features.files import check_file, whole_file
from deepspectrum_features.networks import Network, build_network
from deepspectrum_features.recipe import DEFAULT_TABLE, Recipe
from deepspectrum_features.recipe.document import build
from deepspectrum_features.training.checking import parity_problems, structure_problems
from deepspectrum_features.training.graphs import level_graphs, write_graphs
from deepspectrum_features.training.metadata import encoder_metadata, with_functionals


@dataclass(frozen=True, kw_only=True)
class _Run:
    """What training.json holds."""

    recipe: Recipe
    classes: list[str]
    training: dict[str, Any]
    scores: dict[str, Any]


def weights_digest(run: Path) -> str:
    """Return the sha256 of the weights that a run has kept; empty where there are none."""
    path = run / "network.safetensors"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


@naming_extras()
def export(
    run: str | Path,
    path: str | Path,
    *,
    name: str | None = None,
    licence: str = "unknown",
    functionals: bool = False,
) -> Encoder:
    """Export a finished training run.

    Parameters
    ----------
    run : str or Path
        Folder that `deepspectrum_features.training.run.train` filled.
    path : str or Path
        The ``.onnx`` file to write.
    name : str, optional
        Default the file's stem.
    licence : str, optional
        Licence of the weights (SPDX); weights inherit the terms of their training data.
    functionals : bool, optional
        Whether the encoder gives deep spectrum functionals too.

    Raises
    ------
    EncoderError
        If the run is not finished, or a check of the written file fails.
    """
    run, path = arguments.path("run", run), arguments.path("path", path)
    network, result = _read(run)
    metadata = encoder_metadata(
        network,
        result.recipe,
        name=name or path.stem,
        licence=licence,
        classes=result.classes,
        training=result.training,
        scores=result.scores,
    )
    metadata["weights_sha256"] = weights_digest(run)
    if functionals:
        metadata = with_functionals(metadata, DEFAULT_TABLE)
    return to_onnx(network, path, metadata)


def _read(run: Path) -> tuple[Network, _Run]:
    """Return the network of a finished run, and what is known of it."""
    try:
        values = json.loads((run / "training.json").read_text(encoding="utf-8"))
        weights = load_file(run / "network.safetensors")
        result = build(_Run, values, where=f"{run}/training.json", error=EncoderError)
        network = build_network(result.recipe, len(result.classes))
        network.load_state_dict(weights)
    except OSError:
        raise EncoderError(f"{run}: not finished, need a completed run of dsf train") from None
    except (ValueError, RuntimeError, SafetensorError) as error:
        reason = first_line(error)
        raise EncoderError(f"{run}: damaged ({reason}), need a finished training run") from None
    return network, result


def to_onnx(network: Network | None, path: Path, metadata: dict[str, Any]) -> Encoder:
    """Write an encoder file and check it against the networks it came from.

    Parameters
    ----------
    network : torch.nn.Module or None
        One of `deepspectrum_features.networks`, trained; None for an encoder that gives functionals
        alone.
    path : Path
        Written only once every check has passed.
    metadata : dict
        What docs/encoder-file.md lists; stored as one JSON string. Its front end gives the width of
        the input, and the frames that the file is checked with; with ``functionals`` in it, the
        file gives them.

    Returns
    -------
    Encoder
        The file, opened.

    Raises
    ------
    EncoderError
        If the file disagrees with the networks, depends on padding, pins an axis, refers to other
        files or uses operators outside the standard domain.
    """
    check_file(path, EncoderError)
    graphs = level_graphs(network, path, metadata)
    with whole_file(path) as draft:
        model = write_graphs(graphs, draft)
        entry = model.metadata_props.add()
        entry.key, entry.value = METADATA_KEY, json.dumps(metadata, ensure_ascii=False)
        onnx.save(model, str(draft))
        front_end = front_end_of(path, metadata["front_end"])
        problems = [*structure_problems(draft), *parity_problems(draft, graphs, front_end)]
        if problems:
            raise EncoderError(f"{path}: not exported: " + "; ".join(problems))
    return Encoder(path)
