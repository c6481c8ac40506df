"""What happens to a process that decodes a certain recording, and what the ledger says of it."""

from __future__ import annotations

from dataclasses import dataclass

from deepspectrum_features.errors import AudioError

#: Stage of such a refusal.
STAGE = "crash"


@dataclass(frozen=True)
class Crash:
    """What happens to a process that decodes a recording.

    Attributes
    ----------
    signal : str
        Such as ``SIGSEGV``.
    opened : bool
        Whether its header can be read without it.
    """

    signal: str
    opened: bool

    @property
    def error(self) -> AudioError:
        """What stands in the ledger."""
        return AudioError(
            f"crashes the decoder ({self.signal}), need another copy (convert it)", stage=STAGE
        )
