"""One graph of two, of which only the level asked for is computed.

onnxruntime runs the whole of a graph whichever outputs are asked for, but of an ``If`` one branch.
"""

from __future__ import annotations

import copy

from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper
from onnx.compose import add_prefix_graph

from deepspectrum_features.encoder.signature import INPUTS, LEVELS_INPUT


def join(graphs: dict[str, ModelProto], widths: dict[str, int]) -> ModelProto:
    """Put the graphs of all levels into one, each into a branch.

    Parameters
    ----------
    graphs : dict of str to ModelProto
        By level; their inputs differ in the width of a frame alone.
    widths : dict of str to int
        How many of a frame's numbers each level reads, from the first on.

    Returns
    -------
    ModelProto
        Frames of any width in; a third input, ``levels``, that may be left out says which branches
        to compute. The outputs of one that is not wanted are empty.
    """
    (first, *_), count = graphs.values(), len(graphs)
    frames_in, frames = (copy.deepcopy(value) for value in first.graph.input)
    frames_in.type.tensor_type.shape.dim[2].dim_param = "dim"
    levels = helper.make_tensor_value_info(LEVELS_INPUT, TensorProto.BOOL, [count])
    constants = [helper.make_tensor(LEVELS_INPUT, TensorProto.BOOL, [count], [True] * count)]
    nodes, outputs = [], []
    for number, (level, model) in enumerate(graphs.items()):
        constants.append(helper.make_tensor(f"{level}/number", TensorProto.INT64, [], [number]))
        wanted = f"{level}/wanted"
        nodes.append(helper.make_node("Gather", [LEVELS_INPUT, constants[-1].name], [wanted]))
        nodes.append(_choice(wanted, level, model, widths[level]))
        outputs += model.graph.output
    graph = helper.make_graph(nodes, "levels", [frames_in, frames, levels], outputs, constants)
    opsets = list(first.opset_import)
    return helper.make_model(graph, opset_imports=opsets, ir_version=first.ir_version)


def _choice(wanted: str, level: str, model: ModelProto, width: int) -> NodeProto:
    """Return the node that computes a level's outputs, or gives empty ones."""
    return helper.make_node(
        "If",
        [wanted],
        [value.name for value in model.graph.output],
        name=level,
        then_branch=_branch(level, model, width),
        else_branch=_nothing(level, model),
    )


def _branch(level: str, model: ModelProto, width: int) -> GraphProto:
    """Return a level's graph as a branch, its names begun with the level's."""
    # onnx's own list of the weights comes too late for those that bodies of loops refer to
    weights = {one.name: f"{level}/{one.name}" for one in model.graph.initializer}
    graph = add_prefix_graph(model.graph, f"{level}/", name_map=weights)
    bounds = {f"{level}/from": 0, f"{level}/to": width, f"{level}/axis": 2}
    constants = [
        helper.make_tensor(name, TensorProto.INT64, [1], [at]) for name, at in bounds.items()
    ]
    frames_in, frames = (value.name for value in graph.input)
    nodes = [
        helper.make_node("Slice", [INPUTS[0], *bounds], [frames_in]),
        helper.make_node("Identity", [INPUTS[1]], [frames]),
        *graph.node,
    ]
    return helper.make_graph(nodes, level, [], graph.output, [*graph.initializer, *constants])


def _nothing(level: str, model: ModelProto) -> GraphProto:
    """Return a branch that gives empty arrays of the outputs' types."""
    outputs, nodes = [], []
    for value in model.graph.output:
        output = copy.deepcopy(value)
        output.name = f"{level}/no/{value.name}"
        outputs.append(output)
        nodes.append(helper.make_node("Constant", [], [output.name], value=_empty(output)))
    return helper.make_graph(nodes, f"no {level}", [], outputs)


def _empty(output: ValueInfoProto) -> TensorProto:
    """Return an array without elements, as wide as the output where that is fixed."""
    tensor = output.type.tensor_type
    shape = [axis.dim_value for axis in tensor.shape.dim]  # 0 where it is free
    return helper.make_tensor(output.name, tensor.elem_type, shape, [])
