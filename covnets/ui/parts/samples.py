"""Images with captions under them, small enough to stand in a row."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from covnets import data

PIXELS = 48


def sample_images(dataset_name: str) -> None:
    """Show one training image of each class with the class' name."""
    dataset = data.load(dataset_name)
    images, labels = data.sample_per_class(dataset)
    captions = [dataset.class_names[label] for label in labels]
    image_row(images, captions)


def image_row(images: NDArray[np.uint8], captions: Sequence[str], pixels: int = PIXELS) -> None:
    """Show images side by side, wrapped where the page is narrow.

    Args:
        images: uint8 (images, height, width, channels), grey or colour.
        captions: one text an image.
        pixels: shown width of each.
    """
    with st.container(horizontal=True, gap="small"):
        for image, caption in zip(images, captions, strict=True):
            # Enlarged here, with whole pixels: the browser would blur such small images.
            factor = max(1, 2 * pixels // image.shape[1])
            enlarged = image.repeat(factor, axis=0).repeat(factor, axis=1)
            st.image(enlarged.squeeze(), caption=caption, width=pixels, output_format="PNG")
