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
