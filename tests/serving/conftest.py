"""A registry with two models that read the same digit in everything, and a server of the first."""

import numpy as np
import pytest
from onnx import TensorProto, helper

from course_lib.serving.client import running
from course_lib.serving.registry import Registry


def always(digit):
    """An ONNX model that reads this digit in everything."""
    kernel, bias = np.zeros((64, 10), "float32"), 5 * np.eye(10, dtype="float32")[digit]
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w", "b"], ["logits"]),
    ]
    inside = [
        helper.make_tensor(name, TensorProto.FLOAT, a.shape, a.ravel()) for name, a in (("w", kernel), ("b", bias))
    ]
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 8, 8])]
    found = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 10])]
    graph = helper.make_graph(nodes, "always", given, found, inside)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def names(folder):
    registry = Registry(folder)
    return [registry.add(always(digit), {"digit": digit}, [], "", {"digit": digit}) for digit in (3, 7)]


@pytest.fixture(scope="module")
def client(folder, names):
    with running(folder, names[0]) as client:
        yield client
