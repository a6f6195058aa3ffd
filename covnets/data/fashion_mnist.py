"""Fashion-MNIST: small grey pictures of clothes, harder than digits and as quick to learn.

Han Xiao, Kashif Rasul, Roland Vollgraf: "Fashion-MNIST: a Novel Image Dataset for Benchmarking
Machine Learning Algorithms", arXiv:1708.07747. Bundled is a subset, made by
`scripts/pack_fashion_mnist.py`; its licence is in `fashion_mnist.LICENSE`.
"""

from pathlib import Path

from covnets.data.bundled import Bundle
from covnets.data.dataset import DatasetInfo

BUNDLE = Bundle(
    info=DatasetInfo(
        name="fashion_mnist",
        title="Fashion-MNIST",
        class_names=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        input_shape=(28, 28, 1),
        num_train=12_000,
        num_validation=2_000,
        num_test=2_000,
        licence="MIT, Copyright (c) 2017 Zalando SE, https://tech.zalando.com",
    ),
    path=Path(__file__).with_name("fashion_mnist.npz"),
    sha256="c352172e433f89eb47f32a3e5c8eae32f01f76af4e49df9f2d06ddd8888cce28",
)
