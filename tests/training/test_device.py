"""What TensorFlow computes on; the machine of the tests may have no GPU."""

from types import SimpleNamespace

import pytest
import tensorflow as tf

from covnets.training import device

GPUS = [SimpleNamespace(name=name) for name in ("first", "second", "third")]


@pytest.fixture
def three_gpus(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[SimpleNamespace]]:
    """Let TensorFlow see three GPUs, and note what is asked of it."""
    noted: dict[str, list[SimpleNamespace]] = {"visible": [], "growing": []}
    config = tf.config
    monkeypatch.setattr(config, "list_physical_devices", lambda kind: GPUS)
    monkeypatch.setattr(config, "get_visible_devices", lambda kind: noted["visible"])
    monkeypatch.setattr(
        config, "set_visible_devices", lambda own, kind: noted["visible"].extend(own)
    )
    monkeypatch.setattr(
        config.experimental,
        "set_memory_growth",
        lambda own, grows: noted["growing"].append(own) if grows else None,
    )
    monkeypatch.setattr(
        config.experimental,
        "get_device_details",
        lambda own: {"device_name": own.name},
    )
    return noted


@pytest.mark.parametrize(
    ("gpu", "own", "name"), [(1, GPUS[1:2], "second"), (3, [], device.processor_name())]
)
def test_worker_uses_its_own_gpu_or_none_and_only_the_memory_it_needs(three_gpus, gpu, own, name):
    facts = device.set_up(threads=device.num_threads(), gpu=gpu)
    assert three_gpus == {"visible": own, "growing": own}
    assert (facts["gpus"], facts["device"]) == (3, name)
