"""One page about one or several evaluations, and the same numbers as Markdown, CSV and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.baselines.report.writing import check_page, report, written

__all__ = ["check_page", "report", "written"]

__getattr__, __dir__ = names_of(
    __name__, {"check_page": "writing", "report": "writing", "written": "writing"}
)
