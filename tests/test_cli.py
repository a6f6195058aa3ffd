"""`python -m covnets`: what it prints where, and its exit status."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from covnets import cli, system
from covnets.cli.train_command import _run_config
from covnets.config import RunConfig
from covnets.models import FAMILIES, PRESETS, sketch

TINY = "num_stages=1 num_convs=1 filters=4 units=8 epochs=2 num_train=100 batch_size=30 seed=3"
TINY += " precision=float32"


def start(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Begin a command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "covnets", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | variables,
        text=True,
    )


def refusal(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line with which a command refuses its input."""
    try:
        status = cli.main(arguments)
    except SystemExit as left:
        status = left.code
    out, err = capfd.readouterr()
    assert status == 2
    assert out == ""
    assert "Traceback" not in err
    return err.strip().splitlines()[-1]


@pytest.mark.parametrize("preset", PRESETS)
def test_sketch_prints_one_json_object_with_the_agreed_fields(preset, capfd):
    assert cli.main(["sketch", preset, "--json"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    (line,) = out.splitlines()
    printed, drawn = json.loads(line), sketch(PRESETS[preset])
    assert list(printed) == [
        *("preset", "num_params", "num_params_total", "macs", "receptive_field", "nodes")
    ]
    totals = [drawn.num_params, drawn.num_params_total, drawn.macs, drawn.receptive_field]
    assert list(printed.values())[:-1] == [preset, *totals]
    fields = ["name", "kind", "stage", "inputs", "output_shape", "num_params", "macs"]
    for told, node in zip(printed["nodes"], drawn.nodes, strict=True):
        assert list(told) == [*fields, "receptive_field"]
        assert told["name"] == node.name
        assert told["receptive_field"] == node.receptive_field
    assert told["output_shape"] == [PRESETS[preset].num_classes]
    assert told["receptive_field"] is None


def test_sketch_prints_a_table_with_every_layer_and_the_totals(capfd):
    assert cli.main(["sketch", "mini_vgg"]) == 0
    lines = capfd.readouterr().out.splitlines()
    drawn = sketch(PRESETS["mini_vgg"])
    assert lines[0].split() == ["layer", "kind", "reads", "output", "parameters", "MACs", "sees"]
    assert [line.split()[0] for line in lines[2:-2]] == [node.name for node in drawn.nodes]
    assert f"{drawn.num_params:,} parameters" in lines[-1]
    assert f"{drawn.macs:,} MACs" in lines[-1]
    assert lines[-1].endswith(f"the last spatial layer sees {drawn.receptive_field} pixels")
    assert [line.split()[0] for line in lines if line.endswith("  whole image")] == [
        *("head_dense1", "head_dropout1", "head_dense2", "head_dropout2", "head_output")
    ]


@pytest.mark.parametrize(
    ("preset", "settings", "changes"),
    [
        ("mini_vgg", ["num_convs=1,2"], {"num_convs": (1, 2), "num_stages": 2}),
        ("mini_vgg", ["input_shape=32x32x3"], {"input_shape": (32, 32, 3)}),
        ("mini_inception", ["branches=1x1,3x3"], {"branches": ("1x1", "3x3")}),
        ("mini_resnet", ["shortcut=none", "num_blocks=2"], {"shortcut": "none", "num_blocks": 2}),
        # It may be repeated, and the last one counts.
        ("mini_vgg", ["units=8", "filters=8", "--set", "filters=4"], {"units": 8, "filters": 4}),
    ],
)
def test_settings_change_the_network(preset, settings, changes, capfd):
    assert cli.main(["sketch", preset, "--json", "--set", *settings]) == 0
    printed = json.loads(capfd.readouterr().out)
    expected = sketch(PRESETS[preset].replace(**changes))
    assert [node["name"] for node in printed["nodes"]] == [node.name for node in expected.nodes]
    assert printed["num_params"] == expected.num_params


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("sketch mini_vg", "There is no preset 'mini_vg': did you mean mini_vgg?"),
        ("sketch mini_vgg --set Batch-Size=8", "There is no field 'Batch-Size': did you"),
        ("sketch mini_vgg --set zzz=8", "There is no field 'zzz': choose among input_shape"),
        ("sketch mini_vgg --set family=resnet", "family=resnet is not offered: choose 'vgg'."),
        ("sketch mini_vgg --set epochs=0", "epochs=0 is too small: choose at least 1."),
        ("sketch mini_vgg --set num_stages=5", "needs at least 32x32 pixels, the images are 28x28"),
        ("sketch mini_inception --set branches=", "No branch is left in the module"),
        ("sketch mini_vgg --set filters", "'filters' is not a setting: write field=value"),
        ("sketch --set filters=8 mini_vgg", "write field=value, and the preset before --set."),
        ("sketch mini_vgg --dataset fashion_mnist", "unrecognized arguments"),
        ("sketch", "the following arguments are required: PRESET"),
        ("", "the following arguments are required: COMMAND"),
        ("paint mini_vgg", "invalid choice: 'paint'"),
        ("train mini_vgg --dataset cats", "There is no dataset 'cats': choose among"),
        ("train mini_vgg --dataset Fashion-MNIST", "did you mean fashion_mnist?"),
        ("train mini_vgg --set input_shape=32,32,3", "set input_shape to 28x28x1"),
        ("train mini_vgg --set filters=2000 max_filters=8000", "use fewer filters"),
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_status_2(arguments, sentence, capfd):
    assert sentence in refusal(capfd, *arguments.split())


def test_training_without_tensorflow_is_refused_in_a_sentence(monkeypatch, capfd):
    monkeypatch.setattr(system, "find_spec", lambda name: None)
    assert "TensorFlow is not installed" in refusal(capfd, "train", "mini_vgg")


def test_the_dataset_shapes_a_network_that_was_made_for_other_images(monkeypatch):
    monkeypatch.setitem(
        PRESETS, "vgg_for_photos", PRESETS["mini_vgg"].replace(input_shape=(64, 64, 3))
    )
    config = _run_config("vgg_for_photos", {}, "fashion_mnist")
    assert config.network.input_shape == (28, 28, 1)
    given = _run_config("vgg_for_photos", {"input_shape": "64,64,3"}, None)
    assert given.network.input_shape == (64, 64, 3)


@pytest.mark.parametrize("preset", ["mini_vgg", "mini_inception", "mini_resnet"])
def test_training_uses_the_recipe_of_the_family(preset):
    network = PRESETS[preset]
    recipe = FAMILIES[network.family].train_defaults
    assert _run_config(preset, {}, None) == RunConfig(network=network, train=recipe)
    changed = _run_config(preset, {"seed": "7"}, None)
    assert changed.train == recipe.replace(seed=7)


@pytest.mark.parametrize("arguments", [["--help"], ["sketch", "--help"], ["train", "--help"]])
def test_help_is_printed(arguments, capfd):
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 0
    assert "usage: python -m covnets" in capfd.readouterr().out


OTHER_KERAS = {"image_data_format": "channels_first", "floatx": "float16", "epsilon": 1}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a run of somebody prints who has Keras set up for other work."""
    keras_home = tmp_path_factory.mktemp("keras")
    (keras_home / "keras.json").write_text(json.dumps(OTHER_KERAS), encoding="utf-8")
    variables = {"KERAS_HOME": str(keras_home), "KERAS_BACKEND": "jax", "KERAS_NNX_ENABLED": "1"}
    process = start("train", "mini_vgg", "--json", "--set", *TINY.split(), **variables)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def test_train_prints_its_events_and_nothing_else(trained):
    events = [json.loads(line) for line in trained.splitlines()]
    kinds = [event.get("split", event["event"]) for event in events]
    epoch = [*["train"] * 4, "train_eval", "validation"]
    assert kinds == ["started", *epoch, *epoch, "finished"]
    assert events[-1]["state"] == "finished"
    assert 0 <= events[-1]["test_accuracy"] <= 1


def test_another_process_draws_the_same_curve_whatever_its_user_told_keras(trained, capfd):
    assert cli.main(["train", "mini_vgg", "--json", "--set", *TINY.split()]) == 0

    def curve(text: str) -> list[tuple[object, ...]]:
        events = [json.loads(line) for line in text.splitlines()]
        return [(e["split"], e["step"], e["loss"], e["accuracy"]) for e in events[1:-1]]

    here = capfd.readouterr().out
    assert curve(here) == curve(trained)
    finished, there = (json.loads(t.splitlines()[-1]) for t in (here, trained))
    assert finished["test_accuracy"] == there["test_accuracy"]


def test_train_prints_one_line_an_epoch_and_the_test_accuracy(capfd):
    assert cli.main(["train", "mini_vgg", "--set", *TINY.split()]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith("mini_vgg: ")
    assert [line.split()[0] for line in lines[2:4]] == ["1/2", "2/2"]
    assert lines[4].startswith("finished: test accuracy ")
    assert len(lines) == 5


WILD = f"{TINY} num_stages=2 learning_rate=100 optimizer=sgd schedule=constant batchnorm=false"
WILD += " activation=leaky_relu"


def test_a_failing_run_says_so_in_an_event_and_ends_with_status_1(capfd):
    assert cli.main(["train", "mini_vgg", "--json", "--set", *WILD.split()]) == 1
    out, err = capfd.readouterr()
    last = json.loads(out.splitlines()[-1])
    assert list(last) == ["event", "reason"]
    assert last["event"] == "failed"
    assert "learning rate 100 is 2,000 times the default" in last["reason"]
    assert "Traceback" not in err


def test_an_unexpected_error_fails_the_run_in_one_line(monkeypatch, capfd):
    from covnets.training import loop

    def broken(self: object, *_: object) -> None:
        raise MemoryError("no room for a tensor\nallocator statistics")

    monkeypatch.setattr(loop.CompiledLoop, "train", broken)
    assert cli.main(["train", "mini_vgg", "--json", "--set", *TINY.split()]) == 1
    (line,) = capfd.readouterr().out.splitlines()
    assert json.loads(line)["reason"].endswith("unexpected MemoryError: no room for a tensor")


@pytest.fixture
def long_run() -> Iterator[subprocess.Popen[str]]:
    process = start("train", "mini_vgg", "--json", "--set", *TINY.split(), "epochs=10000")
    yield process
    process.kill()
    process.communicate()


def test_ctrl_c_cancels_the_run_and_keeps_its_validation_accuracy(long_run):
    for line in long_run.stdout:
        if '"metrics"' in line:
            break
    long_run.send_signal(signal.SIGINT)
    out, err = long_run.communicate(timeout=30)
    finished = json.loads(out.splitlines()[-1])
    assert (finished["event"], finished["state"]) == ("finished", "cancelled")
    assert finished["test_accuracy"] is None
    assert finished["validation_accuracy"] is not None
    assert long_run.returncode == 130
    assert "Traceback" not in err


def test_a_reader_that_leaves_early_is_no_error():
    process = start("sketch", "mini_vgg", "--json")
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=30) == 1
