"""The script of a network builds the network, where nothing but Keras is known."""

import ast
import json
import re
import subprocess
import sys

import keras
import numpy as np
import pytest

from covnets.config import (
    AlexNetConfig,
    InceptionConfig,
    NetworkConfig,
    ResNetConfig,
    VGGConfig,
)
from covnets.models import PRESETS, TITLES, build, sketch
from covnets.models.script import DEEP, LINE_LENGTH, script
from tests.models.elsewhere import run_elsewhere
from tests.models.sane_networks import SANE

NETWORKS: dict[str, NetworkConfig] = {
    **SANE,
    "auxiliary heads, one branch": SANE["googlenet's stem and heads"].replace(
        branches=("3x3",), module_filters=(), local_response=False
    ),
    "pooling only": InceptionConfig(branches=("pool",), num_stages=1),
    "resnet with leaky relu": ResNetConfig(num_stages=2, activation="leaky_relu"),
    **{
        f"resnet preactivation, {shortcut}": ResNetConfig(
            shortcut=shortcut, preactivation=True, num_stages=2, num_blocks=2
        )
        for shortcut in ("projection", "none")
    },
}
TEXTS = {"AlexNet": PRESETS["alexnet"], "GoogLeNet": PRESETS["googlenet_aux"], **NETWORKS}


def run(text: str) -> keras.Model:
    """The model that a script leaves behind."""
    keras.backend.clear_session()
    names: dict[str, object] = {"__name__": "network"}
    exec(compile(text, "network.py", "exec"), names)
    return names["model"]


def parts(model: keras.Model) -> list[tuple[object, ...]]:
    """Every operation of a model in order: name, kind, arguments, weights, and what it reads."""
    return [
        (
            part.name,
            type(part),
            part.get_config() if isinstance(part, keras.Layer) else None,
            [tuple(weight.shape) for weight in getattr(part, "weights", ())],
            [parent.operation.name for parent in part._inbound_nodes[0].parent_nodes],
        )
        for part in model.operations
    ]


@pytest.mark.parametrize("config", NETWORKS.values(), ids=NETWORKS)
def test_the_script_builds_the_network_layer_by_layer(config):
    keras.backend.clear_session()
    built = build(config)
    scripted = run(script(config))
    assert parts(scripted) == parts(built)
    assert scripted.name == built.name
    assert scripted.output_names == built.output_names


@pytest.mark.parametrize("name", ["googlenet's stem and heads", "alexnet as printed", "resnet"])
def test_with_the_same_weights_the_script_s_network_says_the_same(name):
    config = NETWORKS[name]
    built = build(config)
    scripted = run(script(config))
    scripted.set_weights(built.get_weights())
    images = np.random.default_rng(0).random((2, *config.input_shape), np.float32)
    answers = [keras.tree.flatten(model(images)) for model in (built, scripted)]
    for expected, found in zip(*answers, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_script_of_every_preset_is_python_with_a_call_for_each_layer(preset):
    text = script(PRESETS[preset])
    compile(text, f"{preset}.py", "exec")
    for node in sketch(PRESETS[preset]).nodes:
        assert text.count(f'name="{node.name}"') == 1
    assert text.startswith(f'"""{TITLES[preset]} in plain Keras')


RUN_ELSEWHERE = """
import json
import runpy
import keras

assert keras.config.image_data_format() == "channels_first"
assert keras.config.floatx() == "float16"
for path in sys.argv[1:]:
    model = runpy.run_path(path, run_name="__main__")["model"]
    print("layers:", json.dumps([layer.get_config() for layer in model.layers]))
"""


def test_run_where_only_keras_is_and_has_other_settings_it_builds_and_sums_up_the_same(
    tmp_path, other_keras_settings
):
    # Every kind of layer.
    names = ("googlenet's stem and heads", "alexnet as printed", "resnet for large images")
    paths = {name: tmp_path / f"{number}.py" for number, name in enumerate(names)}
    for name, path in paths.items():
        path.write_text(script(NETWORKS[name]), encoding="utf-8")
    printed = run_elsewhere(RUN_ELSEWHERE, *paths.values(), environment=other_keras_settings)
    assert 'Model: "alexnet"' in printed
    lines = re.findall(r"^layers: (.*)$", printed, re.MULTILINE)
    for name, line in zip(names, lines, strict=True):
        keras.backend.clear_session()
        built = [layer.get_config() for layer in build(NETWORKS[name]).layers]
        assert without_ids(json.loads(line)) == without_ids(json.loads(json.dumps(built))), name


def without_ids(value):
    """Without the numbers by which Keras tells objects apart."""
    if isinstance(value, list):
        return [without_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: without_ids(item) for name, item in value.items() if name != "shared_object_id"}


def header(config: NetworkConfig) -> str:
    """What a script says of itself."""
    return ast.get_docstring(ast.parse(script(config)))


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 48, 3)])
def test_the_header_tells_the_images_and_their_pixels(shape):
    said = header(VGGConfig(input_shape=shape))
    assert f"Takes images of shape (batch, {str(shape)[1:-1]}), channels last, as" in said
    assert "floats from 0 to 1:\ndivide the pixels of image files by 255." in said


def test_the_header_tells_what_is_not_the_default_and_what_it_costs():
    said = header(VGGConfig(filters=8, activation="elu"))
    assert '    activation = "elu"\n    filters = 8\n\n' in said
    assert re.search(r"\d trainable parameters; [\d,]+ MACs", said)


@pytest.mark.parametrize("config", TEXTS.values(), ids=TEXTS)
def test_a_formatter_leaves_the_script_as_it_is(config, tmp_path):
    text = script(config)
    assert max(map(len, text.splitlines())) <= LINE_LENGTH
    command = [sys.executable, "-m", "ruff", "format", "--isolated"]
    command += ["--line-length", str(LINE_LENGTH), "--diff", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_header_of_a_miniature_lists_no_hyperparameters():
    said = header(ResNetConfig())
    assert said.startswith("Miniature ResNet")
    assert "Hyperparameters" not in said


def test_arguments_that_keras_has_by_itself_are_left_out():
    text = script(VGGConfig(num_stages=1, batchnorm=False))
    assert 'x = layers.MaxPooling2D(name="stage1_pool")(x)' in text
    assert "use_bias" not in text
    assert "strides" not in text


@pytest.mark.parametrize(("local_response", "times"), [(False, 0), (True, 1)])
def test_local_response_is_written_out_only_where_it_is_needed(local_response, times):
    text = script(AlexNetConfig(local_response=local_response))
    assert text.count("def local_response(") == times
    assert ("ops" in text) == local_response


def test_only_a_very_deep_network_raises_the_recursion_limit():
    for preset, config in PRESETS.items():
        deep = len(sketch(config).nodes) > DEEP
        assert ("sys.setrecursionlimit" in script(config)) == deep, preset
    assert "sys.setrecursionlimit" in script(PRESETS["resnet152"])


def test_variables_are_named_after_branches_and_shortcuts():
    inception = script(InceptionConfig(num_stages=1))
    assert "[branch_1x1, branch_3x3, branch_5x5, branch_pool]" in inception
    resnet = script(ResNetConfig())
    assert resnet.count("shortcut = x\n") == 3
    assert 'x = layers.Add(name="stage1_block1_add")([x, shortcut])' in resnet
    assert "\nshortcut = " not in script(ResNetConfig(shortcut="none"))
