"""``python -m deepspectrum_features.cli``."""

from deepspectrum_features.cli import main

main()
