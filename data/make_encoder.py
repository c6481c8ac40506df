"""Make the encoder ``spectral-functionals``: deep spectrum functionals, nothing in it trained.

Run ``python data/make_encoder.py [FILE.onnx]``; without a name it replaces the bundled file. Two
runs with the same versions of PyTorch and onnx write identical files.
"""

import sys
from pathlib import Path

from deepspectrum_features.encoder import Encoder
from deepspectrum_features.recipe import DEFAULT_TABLE
from deepspectrum_features.training import to_onnx
from deepspectrum_features.training.metadata import untrained_metadata

NAME = "spectral-functionals"
BUNDLED = Path(__file__).parents[1] / "deepspectrum_features" / "encoders" / f"{NAME}.onnx"


def make_encoder(path: Path) -> Encoder:
    """Write the encoder."""
    return to_onnx(None, path, untrained_metadata(NAME, "MIT", DEFAULT_TABLE))


if __name__ == "__main__":
    print(make_encoder(Path(sys.argv[1]) if len(sys.argv) > 1 else BUNDLED))
