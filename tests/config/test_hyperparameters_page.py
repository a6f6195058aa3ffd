"""docs/hyperparameters.md says what the config's tables say."""

import pytest

from covnets.config import TrainConfig
from covnets.models import FAMILIES
from scripts.write_hyperparameters import PAGE, page


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "Write it anew: python -m scripts.write_hyperparameters"
    )


@pytest.mark.parametrize(
    "table", [TrainConfig, *(family.config_class for family in FAMILIES.values())]
)
def test_the_page_lists_every_field(table):
    # The family is told by the preset, it cannot be set.
    names = table.model_fields.keys() - {"family"}
    assert [name for name in names if f"| `{name}` |" not in page()] == []


def test_bounds_and_choices_are_told():
    rows = {line.split(" | ")[0].strip("| `"): line for line in page().splitlines()}
    assert "| 28x28x1 | ≥ 1, ≤ 1024; ≥ 1, ≤ 1024; ≥ 1, ≤ 16 |" in rows["input_shape"]
    assert "| ≥ 1, ≤ 256 | 1 to 9 |" in rows["num_blocks"]
    assert "| ≥ 1, ≤ 65536 | 8, 16, 32, 64, 128, 256, 512 |" in rows["batch_size"]
    assert "| basic, bottleneck | all |" in rows["block"]
    assert "| true | true, false | all |" in rows["reducers"]
    assert "| 1x1,3x3,5x5,pool | 1x1, 3x3, 5x5, pool | all |" in rows["branches"]
