"""One page about one or several evaluations, the same numbers beside it, and what a paper takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.baselines.report.paper import check_paper, write_paper
    from deepspectrum_features.baselines.report.writing import check_page, report, written

__all__ = ["check_page", "check_paper", "report", "write_paper", "written"]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "check_page": "writing",
        "check_paper": "paper",
        "report": "writing",
        "write_paper": "paper",
        "written": "writing",
    },
)
