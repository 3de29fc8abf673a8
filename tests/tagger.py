"""A tiny tagger of the WD kind: an ONNX model that tells a picture's colours, and its list of tags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 16
"""Side in pixels of what it looks at."""

TAGS = [
    ("general", "9"),  # a rating: never said
    ("blue_sky", "0"),
    ("green_grass", "0"),
    ("red_dress", "0"),
    ("^_^", "0"),
    ("fox_(tale)", "4"),
]
"""Name and category; how sure it is of each follows from the means of blue, green and red."""

WEIGHTS = np.array([[0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0.5, 1]], np.float32) * 0.04
BIAS = np.array([9, -5, -5, -5, -2, -8], np.float32)


def save(place: Path, many: bool = True, tags: int = len(TAGS)) -> Path:
    """Write it to a folder; `many` is whether it takes several pictures at once, `tags` how many of them it names."""
    count = "N" if many else 1
    nodes = [
        helper.make_node("ReduceMean", ["pixels", "axes"], ["means"], keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["sums"]),
        helper.make_node("Add", ["sums", "bias"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["sure"]),
    ]
    held = {"axes": np.array([1, 2], np.int64), "weights": WEIGHTS, "bias": BIAS}
    graph = helper.make_graph(
        nodes,
        "tagger",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [count, SIDE, SIDE, 3])],
        [helper.make_tensor_value_info("sure", TensorProto.FLOAT, [count, len(TAGS)])],
        [numpy_helper.from_array(value, name) for name, value in held.items()],
    )
    place.mkdir(parents=True, exist_ok=True)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(made, str(place / "model.onnx"))
    rows = [f"{number},{name},{kind},{1000 - number}" for number, (name, kind) in enumerate(TAGS[:tags])]
    (place / "selected_tags.csv").write_text("\n".join(["tag_id,name,category,count", *rows]), encoding="utf-8")
    return place
