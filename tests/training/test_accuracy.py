"""Accuracy is real: the miniatures learn Fashion-MNIST, even in half of their epochs."""

import json
import os
import subprocess
import sys

import pytest

from covnets.models import FAMILIES, MINIATURES


@pytest.mark.slow
@pytest.mark.parametrize(("family", "preset"), MINIATURES.items())
def test_a_miniature_reaches_85_percent_in_half_of_its_epochs(family, preset, tmp_path):
    epochs = FAMILIES[family].train_defaults.epochs // 2
    process = subprocess.run(
        [sys.executable, "-m", "covnets", "train", preset, "--json", "--set", f"epochs={epochs}"],
        env=os.environ | {"COVNETS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert process.returncode == 0, process.stderr
    finished = json.loads(process.stdout.splitlines()[-1])
    assert finished["state"] == "finished"
    assert finished["test_accuracy"] >= 0.85
