"""A classifier as one ONNX graph: features in, decision scores, labels and probabilities out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from deepspectrum_features.baselines.fitted.model_file import INPUT, METADATA_KEY, OUTPUTS

_OPSET, _IR_VERSION = 17, 8


class Graph:
    """Nodes and constants in the order in which they are added, all numbers in float64.

    Examples
    --------
    >>> graph = Graph()
    >>> graph.add("Add", graph.input, graph.constant(np.ones(3)))
    'add_2'
    """

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self.input = self.add("Cast", INPUT, to=TensorProto.DOUBLE)

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node; return the name of what it gives."""
        name = f"{operator.lower()}_{len(self._nodes) + len(self._constants)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def constant(self, values: Any) -> str:
        """Add numbers; return their name."""
        name = f"constant_{len(self._nodes) + len(self._constants)}"
        array = np.array(values, np.float64, order="C")
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def z_norm(self, mean: NDArray[np.float64], scale: NDArray[np.float64]) -> str:
        """Add features less their means, times a scale; return the name of the result."""
        return self.add(
            "Mul", self.add("Sub", self.input, self.constant(mean)), self.constant(scale)
        )

    def affine(self, values: str, weight: NDArray[Any], bias: NDArray[Any]) -> str:
        """Add a product and a sum; return the name of the result."""
        return self.add(
            "Add", self.add("MatMul", values, self.constant(weight)), self.constant(bias)
        )

    def serialised(
        self, columns: int, classes: int, outputs: Mapping[str, str], metadata: str
    ) -> bytes:
        """Return the file's bytes.

        Parameters
        ----------
        columns, classes : int
        outputs : mapping of str to str
            For each of `OUTPUTS` the name of what it is.
        metadata : str
        """
        ends = [helper.make_node("Identity", [outputs[name]], [name]) for name in OUTPUTS]
        shapes = {"label": (TensorProto.INT64, ["rows"])}
        given = [
            helper.make_tensor_value_info(
                name, *shapes.get(name, (TensorProto.DOUBLE, ["rows", classes]))
            )
            for name in OUTPUTS
        ]
        taken = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["rows", columns])
        graph = helper.make_graph(
            [*self._nodes, *ends], "classifier", [taken], given, self._constants
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
        model.ir_version = _IR_VERSION
        helper.set_model_props(model, {METADATA_KEY: metadata})
        onnx.checker.check_model(model)
        content: bytes = model.SerializeToString()
        return content
