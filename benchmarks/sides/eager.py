"""The same network in PyTorch, eager and channels-last, translated from a sketch's nodes.

It runs in the environment of `requirements-torch.txt`, where there is neither TensorFlow nor this
project's other packages: the network arrives as JSON. The order holds `nodes` (name, kind, inputs,
output_shape, layer: its arguments), `num_params`, `train` (the fields of a TrainConfig) and
`precision`; the answer is images/s after a first step that does not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from benchmarks.sides.serving import Answer, Order, serve
from covnets import data

Node = dict[str, Any]
Shape = list[int]

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    # In place, as torchvision's networks have it.
    "relu": lambda: nn.ReLU(inplace=True),
    # With Keras' slope.
    "leaky_relu": lambda: nn.LeakyReLU(0.2, inplace=True),
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    # The loss takes it upon itself.
    "softmax": nn.Identity,
}
FUNCTIONS: dict[str, Callable[..., torch.Tensor]] = {
    "Add": torch.add,
    "Concatenate": lambda *branches: torch.cat(branches, dim=1),
    # Channels last lie in memory as Keras has them: this copies nothing.
    "Flatten": lambda x: x.permute(0, 2, 3, 1).flatten(1),
    "GlobalAveragePooling2D": lambda x: x.mean((2, 3)),
}


class Network:
    """A sketch's layers in PyTorch.

    Args:
        nodes: in order, from the images to the class probabilities.
    """

    def __init__(self, nodes: list[Node]) -> None:
        shapes = {node["name"]: node["output_shape"] for node in nodes}
        self._steps: list[tuple[str, list[str], Callable[..., torch.Tensor]]] = []
        self.layers = nn.ModuleDict()
        self._images = nodes[0]["name"]
        for node in nodes[1:]:
            name, kind, inputs = node["name"], node["kind"], node["inputs"]
            if kind in FUNCTIONS:
                self._steps.append((name, inputs, FUNCTIONS[kind]))
                continue
            shape = shapes[inputs[0]]
            self.layers[name] = _module(kind, node["layer"], shape, node["output_shape"])
            self._steps.append((name, inputs, self.layers[name]))
        self.layers.to(memory_format=torch.channels_last)

    @property
    def num_params(self) -> int:
        """Trainable weights."""
        return sum(weight.numel() for weight in self.layers.parameters())

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Return the classes' logits, (batch, num_classes)."""
        outputs = {self._images: images}
        for name, inputs, function in self._steps:
            outputs[name] = function(*(outputs[other] for other in inputs))
        return outputs[name]


def answer(order: Order) -> Answer:
    """Train for some epochs and return the images/s."""
    train = order["train"]
    torch.manual_seed(train["seed"])
    network = Network(order["nodes"])
    if network.num_params != order["num_params"]:
        raise ValueError(
            f"In PyTorch the network has {network.num_params} parameters, not "
            f"{order['num_params']}: it is not the same."
        )
    images, labels = _tensors(train["dataset"], train["num_train"])
    step = _step(network, _optimizer(network, train), order["precision"] == "mixed_bfloat16")
    batch_size = train["batch_size"]
    step(images[:batch_size], labels[:batch_size])
    began = time.perf_counter()
    for _ in range(train["epochs"]):
        for batch in torch.randperm(len(images)).split(batch_size):
            step(images[batch], labels[batch])
    seconds = time.perf_counter() - began
    return {
        "images_per_second": train["epochs"] * len(images) / seconds,
        "num_params": network.num_params,
        "version": torch.__version__,
    }


def _step(
    network: Network, optimizer: torch.optim.Optimizer, bfloat16: bool
) -> Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
    def step(images: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits = network(images)
        loss = functional.cross_entropy(logits.float(), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        # The other sides compute it, too.
        accuracy = (logits.detach().argmax(1) == labels).float().mean()
        return loss.detach(), accuracy

    return step


def _optimizer(network: Network, train: dict[str, Any]) -> torch.optim.Optimizer:
    weights = list(network.layers.parameters())
    groups = [
        {
            "params": [weight for weight in weights if weight.ndim > 1],
            "weight_decay": train["weight_decay"],
        },
        {"params": [weight for weight in weights if weight.ndim == 1], "weight_decay": 0.0},
    ]
    rate = train["learning_rate"]
    if train["optimizer"] == "sgd":
        return torch.optim.SGD(groups, rate, momentum=0.9, nesterov=True)
    optimizers = {"adam": torch.optim.AdamW, "rmsprop": torch.optim.RMSprop}
    return optimizers[train["optimizer"]](groups, rate)


def _tensors(dataset_name: str, num_train: int) -> tuple[torch.Tensor, torch.Tensor]:
    images, labels = data.load(dataset_name).training_subset(num_train)
    channels_first = torch.tensor(images).permute(0, 3, 1, 2).float() / 255
    return channels_first.contiguous(memory_format=torch.channels_last), torch.tensor(labels).long()


def _module(kind: str, layer: dict[str, Any], shape: Shape, output_shape: Shape) -> nn.Module:
    channels = shape[-1]
    if kind == "Conv2D":
        return _convolution(layer, shape, output_shape)
    if kind == "Dense":
        dense = nn.Linear(channels, layer["units"], bias=layer["use_bias"])
        return nn.Sequential(dense, *_activation(layer["activation"]))
    if kind == "MaxPooling2D":
        return _pooling(layer, shape, output_shape)
    if kind == "BatchNormalization":
        return nn.BatchNorm2d(channels, eps=1e-3, momentum=1 - layer["momentum"])
    if kind == "ZeroPadding2D":
        return _padding(layer)
    if kind == "Dropout":
        return nn.Dropout(layer["rate"])
    if kind == "Activation":
        return ACTIVATIONS[layer["activation"]]()
    raise ValueError(f"There is no translation of {kind} to PyTorch: write one.")


def _activation(name: str | None) -> list[nn.Module]:
    return [ACTIVATIONS[name]()] if name else []


def _convolution(layer: dict[str, Any], shape: Shape, output_shape: Shape) -> nn.Module:
    kernel, strides, bias = layer["kernel_size"], layer["strides"], layer["use_bias"]
    before, after = _around(layer, kernel, strides, shape, output_shape)
    how = {"stride": strides, "bias": bias, "padding": before if before == after else 0}
    convolution = nn.Conv2d(shape[-1], layer["filters"], kernel, **how)
    uneven = [] if before == after else [nn.ZeroPad2d((before, after, before, after))]
    return nn.Sequential(*uneven, convolution, *_activation(layer["activation"]))


def _pooling(layer: dict[str, Any], shape: Shape, output_shape: Shape) -> nn.Module:
    size = layer["pool_size"]
    strides = layer["strides"] or size
    before, after = _around(layer, size, strides, shape, output_shape)
    if before == after:
        return nn.MaxPool2d(size, strides, padding=before)
    if before == 0:
        # The last window hangs over: the same, without a copy.
        return nn.MaxPool2d(size, strides, ceil_mode=True)
    pad = nn.ConstantPad2d((before, after, before, after), -torch.inf)
    return nn.Sequential(pad, nn.MaxPool2d(size, strides))


def _padding(layer: dict[str, Any]) -> nn.Module:
    padding = layer["padding"]
    if isinstance(padding, int):
        return nn.ZeroPad2d(padding)
    rows, columns = padding
    if layer["data_format"] == "channels_first":
        # Of images that lie channels last these are the columns and the channels.
        return nn.ConstantPad3d((0, 0, *rows, *columns), 0.0)
    return nn.ZeroPad2d((*columns, *rows))


def _around(
    layer: dict[str, Any], size: int, strides: int, shape: Shape, output_shape: Shape
) -> tuple[int, int]:
    """Cells that `same` padding adds before and after, as TensorFlow has it; images are square."""
    if layer["padding"] == "valid":
        return 0, 0
    missing = max(0, (output_shape[0] - 1) * strides + size - shape[0])
    return missing // 2, missing - missing // 2


if __name__ == "__main__":
    serve(answer, torch.set_num_threads)
