"""The only door to onnxruntime: what it would report to its makers is switched off first."""

from __future__ import annotations

import os
from typing import Any


def load_onnxruntime() -> Any:
    """Import onnxruntime without its telemetry.

    Since version 1.29 it counts what it runs in the user's cache folder and sends that over the
    network, unless this variable is set before its first import.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # 0.2 s, wanted only where an encoder is opened

    return onnxruntime
