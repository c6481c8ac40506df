"""``python -m deepspectrum_features``: another name for ``dsf``."""

from deepspectrum_features.cli import main

main()
