"""Figures as bytes for the browser."""

import base64
import json

import numpy as np

from covnets.charts.page import figure_bytes


def test_bytes_carry_the_numbers_packed_in_types_that_plotly_can_read():
    figure = {
        "data": [
            {
                "x": np.arange(3, dtype=np.int32),
                "y": np.arange(3),
                "z": np.ones((2, 3), np.float32),
                "ids": np.array([]),
                "text": np.array(["a"]),
            }
        ]
    }
    (data,) = json.loads(figure_bytes(figure))["data"]
    assert data["x"]["dtype"] == "i4"
    assert np.frombuffer(base64.b64decode(data["x"]["bdata"]), "<i4").tolist() == [0, 1, 2]
    assert data["y"]["dtype"] == "f8"
    assert (data["z"]["dtype"], data["z"]["shape"]) == ("f4", "2,3")
    assert (data["ids"], data["text"]) == ([], ["a"])
