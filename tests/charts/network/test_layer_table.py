"""The layer table says what the sketch says."""

import pytest

from covnets.charts.network.layer_table import layer_table
from covnets.config import ResNetConfig
from covnets.models import PRESETS, sketch


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_the_table_adds_up_to_the_sketch(preset):
    drawn = sketch(PRESETS[preset])
    table = layer_table(drawn)
    assert list(table["layer"]) == [node.name for node in drawn.nodes]
    assert table["parameters"].sum() == drawn.num_params
    assert table["MACs"].sum() == drawn.macs
    fields = table["receptive field"].astype(object).where(table["receptive field"].notna(), None)
    assert list(fields) == [node.receptive_field for node in drawn.nodes]
    assert table["share of parameters"].sum() == pytest.approx(1.0)
    assert table["share of MACs"].sum() == pytest.approx(1.0)


def test_a_row_tells_what_a_layer_makes_and_costs():
    table = layer_table(sketch(ResNetConfig())).set_index("layer")
    row = table.loc["stage2_block1_conv1"]
    assert row["kind"] == "Conv2D"
    assert row["stage"] == "stage2"
    assert row["output shape"] == "14 × 14 × 32"
    assert row["parameters"] == 3 * 3 * 16 * 32
    assert row["MACs"] == 3 * 3 * 16 * 32 * 14 * 14
    assert table.loc["head_output", "output shape"] == "10"
