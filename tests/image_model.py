"""EfficientNet-Lite0 (Apache License 2.0, 1,280 numbers an image) as an ONNX file, from a package that ships its weights."""

import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)  # of its sixteen blocks
EPSILON = 1e-3
PREPARATION = {
    "size": {"height": 224, "width": 224},
    "resample": 3,
    "image_mean": [127 / 255] * 3,
    "image_std": [128 / 255] * 3,
}


class Network:
    """Nodes of a graph, made of convolutions whose batch norms are folded into their weights."""

    def __init__(self, weights):
        self.weights, self.nodes = weights, []
        self.constants = [numpy_helper.from_array(np.float32(value), f"{value}") for value in (0, 6)]

    def __call__(self, operator, *inputs, out=None, **attributes):
        name = out or f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def convolution(self, x, name, norm, *, stride=1, group=1, relu=True):
        of = {key: self.weights[f"{norm}.{key}"] for key in ("weight", "bias", "running_mean", "running_var")}
        scale = of["weight"] / np.sqrt(of["running_var"] + EPSILON)
        kernel = self.weights[f"{name}.weight"] * scale[:, None, None, None]
        held = (kernel, of["bias"] - of["running_mean"] * scale)
        names = [f"{name}.{part}" for part in ("kernel", "shift")]
        self.constants += [
            numpy_helper.from_array(np.float32(v), n) for v, n in zip(held, names, strict=True)
        ]
        settings = {"auto_pad": "SAME_UPPER", "strides": [stride] * 2, "group": group}
        x = self("Conv", x, *names, kernel_shape=kernel.shape[2:], **settings)
        return self("Clip", x, "0", "6") if relu else x

    def block(self, x, number, stride):
        at = f"_blocks.{number}."
        inner = x if number == 0 else self.convolution(x, f"{at}_expand_conv", f"{at}_bn0")
        depth = f"{at}_depthwise_conv"
        width = len(self.weights[f"{depth}.weight"])
        inner = self.convolution(inner, depth, f"{at}_bn1", stride=stride, group=width)
        out = self.convolution(inner, f"{at}_project_conv", f"{at}_bn2", relu=False)
        if number == 0 or stride > 1:
            return out
        sides = (self.weights[f"{at}{name}.weight"].shape for name in ("_project_conv", "_expand_conv"))
        return self("Add", out, x) if len({next(sides)[0], next(sides)[1]}) == 1 else out


def write_model(path, nodes, constants, shape, out, inputs=()):
    """Write a graph with the input `pixel_values` and an output (name and shape)."""
    info = helper.make_tensor_value_info
    given = [info("pixel_values", TensorProto.FLOAT, shape), *inputs]
    graph = helper.make_graph(nodes, "images", given, [info(out[0], TensorProto.FLOAT, out[1])], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def write_efficientnet(weights, folder):
    """Write model.onnx, which ends before the layer of ImageNet's classes, and preprocessor_config.json to a folder."""
    import torch  # noqa: PLC0415  # it alone reads such a file of weights

    network = Network({name: each.numpy() for name, each in torch.load(weights, weights_only=True).items()})
    x = network.convolution("pixel_values", "_conv_stem", "_bn0", stride=2)
    for number, stride in enumerate(STRIDES):
        x = network.block(x, number, stride)
    x = network("GlobalAveragePool", network.convolution(x, "_conv_head", "_bn1"))
    network("Flatten", x, out="vectors")
    shape, out = ["n", 3, 224, 224], ("vectors", ["n", 1280])
    write_model(folder / "model.onnx", network.nodes, network.constants, shape, out)
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPARATION), encoding="utf-8")
