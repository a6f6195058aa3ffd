"""Accuracy is real: the miniatures, as they come, learn Fashion-MNIST."""

import json
import os
import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["mini_vgg", "mini_inception", "mini_resnet"])
def test_a_miniature_reaches_85_percent_on_the_test_images(preset, tmp_path):
    process = subprocess.run(
        [sys.executable, "-m", "covnets", "train", preset, "--json"],
        env=os.environ | {"COVNETS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert process.returncode == 0, process.stderr
    finished = json.loads(process.stdout.splitlines()[-1])
    assert finished["state"] == "finished"
    assert finished["test_accuracy"] >= 0.85
