"""The precision "auto" is what the device has instructions for."""

from types import SimpleNamespace

import pytest
import tensorflow as tf

from covnets import system
from covnets.training import device
from covnets.training.device import with_real_precision

BFLOAT16 = "mixed_bfloat16"


def automatic(run_config, begun_with=None):
    asked = run_config.replace(train=run_config.train.replace(precision="auto"))
    return with_real_precision(asked, begun_with).train.precision


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("fpu avx512_bf16 sse", BFLOAT16), ("amx_bf16", BFLOAT16), ("avx2", "float32")],
)
def test_a_processor_says_what_it_multiplies(run_config, monkeypatch, flags, expected):
    said = {"flags": flags, "model name": "avx512_bf16"}
    monkeypatch.setattr(system, "_cpuinfo", said.__getitem__)
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [])
    assert automatic(run_config) == expected


@pytest.mark.parametrize(
    ("capability", "expected"), [((8, 0), BFLOAT16), ((7, 5), "float32"), (None, "float32")]
)
def test_a_gpu_counts_instead_of_the_processor(run_config, monkeypatch, capability, expected):
    details = {"compute_capability": capability} if capability else {}
    monkeypatch.setattr(device, "processor_has_bfloat16", lambda: True)
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [SimpleNamespace()])
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: details)
    assert automatic(run_config) == expected


def test_a_run_goes_on_in_the_precision_that_it_began_with(run_config):
    assert automatic(run_config, "float32") == "float32"
    assert automatic(run_config, BFLOAT16) == BFLOAT16


def test_a_chosen_precision_stays(run_config):
    assert with_real_precision(run_config, BFLOAT16) is run_config
