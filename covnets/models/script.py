"""A network as a Python file of its own: Keras code that runs where only Keras is installed.

The code is written from the sketch, a call a layer, so that every shape and name in it is that of
the network on the page. Loops are unrolled: what the builders of this folder say in general terms
stands there with all its numbers.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, fields

from covnets.config import AnyNetworkConfig
from covnets.models import CALLS_PER_LAYER, FAMILIES, PRESETS, TITLES, sketch
from covnets.models.graph import InputLayer, Layer, Node, Sketch
from covnets.models.saved import MAX_PIXEL
from covnets.models.symbolic import LocalResponseNormalization

LINE_LENGTH = 100
INDENT = "    "

DEEP = 300
"""With more layers than this, Keras may call itself too often for Python's usual limit."""

# A layer's name tells its place: stage2_module1_3x3_reducer is in the 3x3 branch of a module.
UNIT_OF_NAME = re.compile(r"(?P<unit>stage\d+_[a-z]+\d+)_(?P<part>[^_]+)")
AUXILIARY = re.compile(r"stage\d+_(auxiliary\d+)_")

RECURSION = f"""\
# Keras walks a network from its output back to its input, and calls itself for every layer.
sys.setrecursionlimit(sys.getrecursionlimit() + {CALLS_PER_LAYER} * {{num_layers}})
"""

SETTINGS = """\
# Whatever a keras.json says: channels come last, and numbers are float32.
config.set_image_data_format("channels_last")
config.set_floatx("float32")
"""

# The same operations as in `covnets.models.response`.
LOCAL_RESPONSE = '''\
def local_response(x, name, depth_radius=2, bias=2.0, alpha=1e-4, beta=0.75):
    """AlexNet's normalization (2012, section 3.3), a layer that Keras lacks.

    A value is divided by (bias + alpha * the sum of the squares in the channels up to
    depth_radius away, its own among them) ** beta.
    """
    channels = x.shape[-1]
    squares = ops.square(ops.cast(x, "float32"))
    padded = ops.pad(squares, [(0, 0), (0, 0), (0, 0), (depth_radius, depth_radius)])
    sums = sum(padded[..., shift : shift + channels] for shift in range(2 * depth_radius + 1))
    scale = ops.cast(ops.power(bias + alpha * sums, -beta), x.dtype)
    return layers.Multiply(name=name)([x, scale])
'''


def script(config: AnyNetworkConfig) -> str:
    """Write a network as a stand-alone Python file.

    Args:
        config: the network's hyperparameters, for instance a `VGGConfig`.

    Returns:
        The file's text. It needs Keras alone, whatever its settings, and leaves `model`, a
        `keras.Model` with the layers, names and connections of `covnets.models.build`; run as a
        program it prints a summary.
    """
    drawn = sketch(config)
    responds = any(isinstance(node.layer, LocalResponseNormalization) for node in drawn.nodes)
    deep = len(drawn.nodes) > DEEP
    parts = [f'"""{_header(config, drawn)}"""\n\n']
    if deep:
        parts.append("import sys\n\n")
    parts.append(f"from keras import Model, config, layers{', ops' * responds}\n\n{SETTINGS}")
    if deep:
        parts.append("\n" + RECURSION.format(num_layers=len(drawn.nodes)))
    if responds:
        parts.append(f"\n\n{LOCAL_RESPONSE}\n")
    parts += [*_layers(drawn), '\nif __name__ == "__main__":\n    model.summary()\n']
    return "".join(parts)


def _header(config: AnyNetworkConfig, drawn: Sketch) -> str:
    """What the network is, how it differs from the miniature, and what it costs."""
    family = FAMILIES[config.family]
    named = (TITLES[name] for name, preset in PRESETS.items() if preset == config)
    changed = config.model_dump(exclude_defaults=True, exclude={"family"})
    hyperparameters = [
        textwrap.fill(
            f"{name} = {_literal(value)}",
            LINE_LENGTH,
            initial_indent=INDENT,
            subsequent_indent=2 * INDENT,
        )
        for name, value in changed.items()
    ]
    shape = ", ".join(map(str, ("batch", *config.input_shape)))
    lines = [
        f"{next(named, family.title)} in plain Keras, written by Miniature CovNets.",
        "",
        textwrap.fill(f"{family.paper}.", LINE_LENGTH),
        "",
        *(
            ["Hyperparameters that are not the defaults:", "", *hyperparameters, ""]
            if changed
            else []
        ),
        f"{drawn.num_params:,} trainable parameters; {drawn.macs:,} MACs (multiply-adds) an image.",
        "",
        f"Takes images of shape ({shape}), channels last, as floats from 0 to 1:",
        f"divide the pixels of image files by {MAX_PIXEL}.",
    ]
    return "\n".join(lines) + "\n"


def _layers(drawn: Sketch) -> Iterator[str]:
    """The calls, each in a line or wrapped, with a comment before every stage; then the model."""
    variables = _Variables(drawn)
    stage = unit = ""
    for node in drawn.nodes:
        if node.stage != stage:
            yield f"\n# {_title(node.stage)}\n"
        elif _unit(node) != unit:
            yield "\n"
        stage, unit = node.stage, _unit(node)
        for name in node.inputs:
            # The shortcut goes from here; what is on the block's own path is called x as before.
            if variables.parts_at(name, node):
                yield f"shortcut = {variables.of[name]}\n"
        yield _call(node, variables)
    outputs = [variables.of[name] for name in _outputs(drawn)]
    written = outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"
    yield f"\nmodel = Model(images, {written}, name={_literal(drawn.name)})\n"


def _title(stage: str) -> str:
    return "The images" if stage == "input" else re.sub(r"(\d+)$", r" \1", stage).capitalize()


def _unit(node: Node) -> str:
    """The residual block, module or auxiliary head that a layer is in."""
    match = UNIT_OF_NAME.match(node.name)
    return match["unit"] if match and not match["unit"].startswith(f"{node.stage}_conv") else ""


def _outputs(drawn: Sketch) -> list[str]:
    """Names of the layers that nothing reads: the network's own output first."""
    read = {name for node in drawn.nodes for name in node.inputs}
    *others, last = [node.name for node in drawn.nodes if node.name not in read]
    return [last, *others]


class _Variables:
    """What each layer's output is called: x on the main path, or by its branch or shortcut.

    Attributes:
        of: the variable of each layer by the layer's name.
    """

    def __init__(self, drawn: Sketch) -> None:
        self._readers: dict[str, list[Node]] = {node.name: [] for node in drawn.nodes}
        for node in drawn.nodes:
            for name in node.inputs:
                self._readers[name].append(node)
        self._nodes = {node.name: node for node in drawn.nodes}
        self._on_shortcut, self._sources = self._shortcuts()
        self.of: dict[str, str] = {}
        for node in drawn.nodes:
            self.of[node.name] = self._variable(node)
        self.of[_outputs(drawn)[0]] = "outputs"

    def parts_at(self, name: str, reader: Node) -> bool:
        """Whether a shortcut leaves this layer, and `reader` is the first that reads it."""
        return name in self._sources and reader is self._readers[name][0]

    def read_by(self, node: Node) -> list[str]:
        """The variables that a layer reads."""
        names = [self.of[name] for name in node.inputs]
        if node.kind == "Add":
            return [names[0], *("shortcut" for _ in names[1:])]
        return ["shortcut"] if node.name in self._on_shortcut else names

    def _shortcuts(self) -> tuple[set[str], set[str]]:
        """The layers on shortcuts, and those where a shortcut leaves the block's own path.

        By convention a sum's first input is the block's own path, the second its shortcut.
        """
        ways, sources = set(), set()
        for node in self._nodes.values():
            for name in node.inputs[1:] if node.kind == "Add" else ():
                while len(self._readers[name]) == 1 and self._nodes[name].inputs:
                    ways.add(name)
                    name = self._nodes[name].inputs[0]
                sources.add(name)
        return ways, sources

    def _variable(self, node: Node) -> str:
        if not node.inputs:
            return node.name
        if node.name in self._on_shortcut:
            return "shortcut"
        if auxiliary := AUXILIARY.match(node.name):
            return auxiliary[1]
        if node.kind == "Concatenate":
            return "x"
        if self._is_branch(node):
            match = UNIT_OF_NAME.match(node.name)
            return f"branch_{match['part']}" if match else node.name
        before = self.of[node.inputs[0]]
        return before if self._nodes[node.inputs[0]].inputs else "x"

    def _is_branch(self, node: Node) -> bool:
        """Whether a layer is the first of one of several ways that end in a join."""
        return (
            sum(
                reader.name not in self._on_shortcut
                and reader.kind != "Add"
                and not AUXILIARY.match(reader.name)
                for reader in self._readers[node.inputs[0]]
            )
            > 1
        )


def _call(node: Node, variables: _Variables) -> str:
    """One layer's line of code, broken as a formatter breaks it."""
    layer, target = node.layer, variables.of[node.name]
    if isinstance(layer, InputLayer):
        return f"{target} = layers.Input({layer.shape!r}, name={_literal(layer.name)})\n"
    reads = variables.read_by(node)
    read = reads[0] if len(reads) == 1 else f"[{', '.join(reads)}]"
    arguments = list(_arguments(layer))
    if isinstance(layer, LocalResponseNormalization):
        return _broken(f"{target} = local_response", [read, *arguments], "")
    return _broken(f"{target} = layers.{node.kind}", arguments, read)


def _arguments(layer: Layer) -> Iterator[str]:
    """A layer's arguments as code, name last; those that Keras has by itself are left out."""
    for field in fields(layer):
        value = getattr(layer, field.name)
        if field.name == "name" or value == field.default:
            continue
        required = field.default is MISSING
        yield _literal(value) if required else f"{field.name}={_literal(value)}"
    yield f"name={_literal(layer.name)}"


def _broken(start: str, arguments: Sequence[str], read: str) -> str:
    """`start(arguments)(read)` in lines of at most 100 characters."""
    inside = ", ".join(arguments)
    after = f"({read})" if read else ""
    whole = f"{start}({inside}){after}"
    if len(whole) <= LINE_LENGTH:
        return f"{whole}\n"
    head = f"{start}({inside})("
    if read.startswith("[") and len(head) <= LINE_LENGTH:
        return f"{head}\n{INDENT}{read}\n)\n"
    # A formatter would rather break in the last pair of brackets, were there room for the first.
    compact = f"{INDENT}{inside}"
    if len(compact) <= LINE_LENGTH and (not read or len(head) > LINE_LENGTH):
        return f"{start}(\n{compact}\n){after}\n"
    every = "".join(f"{INDENT}{argument},\n" for argument in arguments)
    return f"{start}(\n{every}){after}\n"


def _literal(value: object) -> str:
    """A value as code, strings in double quotes."""
    return f'"{value}"' if isinstance(value, str) else repr(value)
