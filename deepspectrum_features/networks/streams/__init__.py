"""The graph of deep spectrum functionals: frames in, one number a frame and stream out.

Each module here computes the streams of one idea, as a dictionary by name; `StreamNetwork` puts
those that a table names side by side. A new stream is a line in one of them (or a new module in
`StreamNetwork`) and its entry in `deepspectrum_features.recipe.streams`.
"""

from deepspectrum_features.networks.streams.network import StreamNetwork

__all__ = ["StreamNetwork"]
