"""Fitted SVMs and DNNs as nodes of a graph that gives their decision scores."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from deepspectrum_features.baselines.classifiers.dnn import DNN
    from deepspectrum_features.baselines.classifiers.svm import SVM
    from deepspectrum_features.baselines.classifiers.z_norm import ZNorm
    from deepspectrum_features.baselines.fitted.graph import Graph

Floats = NDArray[np.float64]


def add_machine(graph: Graph, model: SVM | DNN) -> str:
    """Add what scores every class as a fitted model does; return the name of the scores.

    They are those of ``decision_function``, ``(rows, classes)``; of two classes the second is it,
    and the first the same with the opposite sign.
    """
    return _add_networks(graph, model) if hasattr(model, "networks_") else _add_svm(graph, model)


def add_probabilities(graph: Graph, scores: str, slopes: Floats) -> str:
    """Add the softmax of what speaks for every class, as `calibration.evidence` has it."""
    summed = graph.add("Mul", scores, graph.constant(slopes[0]))
    if len(slopes) > 1:
        part = graph.add("Sub", scores, graph.add("Round", scores))
        share = graph.add("Mul", part, graph.constant(3.0))
        rest = graph.add("Sub", graph.constant(1.0), graph.add("Abs", share))
        margins = graph.add("Mul", graph.add("Div", share, rest), graph.constant(slopes[1]))
        summed = graph.add("Add", summed, margins)
    return graph.add("Softmax", summed, axis=1)


def hyperplanes(model: SVM) -> tuple[Floats, Floats]:
    """Return the machine of each pair of classes as weights of z-normed columns.

    Parameters
    ----------
    model : SVM
        Fitted, with a linear kernel.

    Returns
    -------
    weights : ndarray, (pairs, columns kept)
    thresholds : ndarray, (pairs,)
        The margin ``z @ weights + threshold`` is positive on the side of a pair's first class.
    """
    machine: Any = model.machine_
    rows = model.space_.rows
    dim = max(1, rows.shape[1])
    if model.primal_:
        return machine.coef_ / np.sqrt(dim), machine.intercept_
    vectors = rows[machine.support_].astype(np.float64)
    ends = np.cumsum([0, *machine.n_support_])
    of = [slice(*pair) for pair in pairwise(ends)]
    dual = machine.dual_coef_
    weights = [
        dual[second - 1, of[first]] @ vectors[of[first]]
        + dual[first, of[second]] @ vectors[of[second]]
        for first, second in combinations(range(len(of)), 2)
    ]
    sign = -1 if len(of) == 2 else 1  # of two classes scikit-learn turns margin and weights round
    return sign * np.array(weights) / dim, sign * machine.intercept_


def on_one_side(model: SVM | DNN, inputs: NDArray[np.float32], least: float) -> NDArray[np.bool_]:
    """Tell the rows that are no closer than ``least`` to where another class would be named."""
    if hasattr(model, "networks_"):
        scores = model.decision_function(inputs).reshape(len(inputs), -1)
        apart = np.abs(scores) if scores.shape[1] == 1 else np.diff(np.sort(scores)[:, -2:])
    else:
        rows = model.machines_.inputs(model.space_, inputs)
        apart = np.abs(model.machine_.decision_function(rows))
    far: NDArray[np.bool_] = apart.reshape(len(inputs), -1).min(axis=1) > least
    return far


def _add_svm(graph: Graph, model: Any) -> str:
    """Add hyperplanes, and votes of pairs as `pairs.class_scores` counts them."""
    weights, thresholds = hyperplanes(model)
    mean, scale = _whole(model.space_.z_norm)
    columns = np.zeros((len(mean), len(weights)))
    columns[model.space_.z_norm.kept] = weights.T
    margins = graph.affine(graph.z_norm(mean, scale), columns, thresholds)
    pairs = list(combinations(range(len(model.classes_)), 2))
    first, second = (np.eye(len(model.classes_))[[pair[side] for pair in pairs]] for side in (0, 1))
    sums = graph.add("MatMul", margins, graph.constant(first - second))
    if len(pairs) == 1:
        return sums
    won = graph.add("Cast", graph.add("Greater", margins, graph.constant(0.0)), to=_DOUBLE)
    votes = graph.affine(won, first - second, second.sum(axis=0))
    size = graph.add("Add", graph.add("Abs", sums), graph.constant(1.0))
    share = graph.add("Div", sums, graph.add("Mul", size, graph.constant(3.0)))
    return graph.add("Add", votes, share)


def _add_networks(graph: Graph, model: Any) -> str:
    """Add all networks side by side, and the logarithm of their mean probabilities."""
    networks = model.networks_
    means, scales = zip(*(_whole(one.z_norm) for one in networks), strict=True)
    values = graph.z_norm(np.stack(means)[:, None], np.stack(scales)[:, None])
    layers = [[*zip(one.parameters[::2], one.parameters[1::2], strict=True)] for one in networks]
    for number, layer in enumerate(zip(*layers, strict=True)):
        weights = [weight for weight, _ in layer]
        if number:
            values = graph.add("Relu", values)
        else:
            weights = [_spread(*one) for one in zip(weights, networks, strict=True)]
        values = graph.affine(
            values, np.stack(weights), np.stack([bias for _, bias in layer])[:, None]
        )
    told = graph.add("LogSoftmax", values, axis=2)
    total = graph.add("ReduceLogSumExp", told, axes=[0], keepdims=0)
    mean = graph.add("Sub", total, graph.constant(np.log(len(networks))))
    if len(model.classes_) > 2:
        return mean
    return graph.add("MatMul", mean, graph.constant([[1, -1], [-1, 1]]))


#: ONNX's number of float64.
_DOUBLE = 11


def _whole(z_norm: ZNorm) -> tuple[Floats, Floats]:
    """Return mean and scale of every column, 0 of those that were dropped."""
    mean, scale = np.zeros(len(z_norm.kept)), np.zeros(len(z_norm.kept))
    mean[z_norm.kept] = z_norm.mean
    scale[z_norm.kept] = z_norm.weight / z_norm.deviation
    return mean, scale


def _spread(weight: NDArray[Any], network: Any) -> Floats:
    """Return the weights of a first layer with a row for every column, 0 of those dropped."""
    whole = np.zeros((len(network.z_norm.kept), weight.shape[1]))
    whole[network.z_norm.kept] = weight
    return whole
