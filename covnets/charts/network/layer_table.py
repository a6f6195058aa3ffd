"""The layer table: what each layer makes, and what it costs."""

from __future__ import annotations

import pandas as pd

from covnets.charts.network.captions import shape_text
from covnets.models import Sketch


def layer_table(sketch: Sketch) -> pd.DataFrame:
    """List a network's layers from the image to the classes.

    Args:
        sketch: the network.

    Returns:
        One row a layer: layer, kind (Keras' class name), stage, output shape, parameters
        (trainable ones), MACs (of one image), receptive field (side in pixels, missing where
        it is the whole image), and its shares of all parameters and all MACs, from 0 to 1.
    """
    nodes = sketch.nodes
    num_params, macs = sketch.num_params or 1, sketch.macs or 1
    return pd.DataFrame(
        {
            "layer": [node.name for node in nodes],
            "kind": [node.kind for node in nodes],
            "stage": [node.stage for node in nodes],
            "output shape": [shape_text(node.output_shape) for node in nodes],
            "parameters": [node.num_params for node in nodes],
            "MACs": [node.macs for node in nodes],
            # Whole numbers, although some are missing.
            "receptive field": pd.array([node.receptive_field for node in nodes], dtype="Int64"),
            "share of parameters": [node.num_params / num_params for node in nodes],
            "share of MACs": [node.macs / macs for node in nodes],
        }
    )
