"""Any valid network of a family, for tests over properties."""

from hypothesis import strategies as st

from covnets.config import (
    AlexNetConfig,
    InceptionConfig,
    NetworkConfig,
    ResNetConfig,
    VGGConfig,
)
from covnets.errors import ConfigError

ACTIVATIONS = ["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid"]
BRANCHES = ["1x1", "3x3", "5x5", "pool"]


@st.composite
def common(draw: st.DrawFn, most_stages: int, padded: bool = True) -> dict[str, object]:
    """Fields that all families have; images just large enough for the stages, or a bit larger."""
    num_stages = draw(st.integers(1, most_stages))
    smallest = 1 if padded else 2**num_stages
    side = st.integers(smallest, smallest + 2 ** (num_stages + 1))
    return {
        "num_stages": num_stages,
        "input_shape": (draw(side), draw(side), draw(st.integers(1, 3))),
        "num_classes": draw(st.integers(2, 5)),
        "activation": draw(st.sampled_from(ACTIVATIONS)),
        "batchnorm": draw(st.booleans()),
        "filters": draw(st.integers(4, 6)),
        "max_filters": draw(st.integers(4, 16)),
    }


def counts(draw: st.DrawFn, fields: dict[str, object], most: int) -> tuple[int, ...]:
    num_stages = fields["num_stages"]
    return tuple(draw(st.lists(st.integers(1, most), min_size=num_stages, max_size=num_stages)))


@st.composite
def vggs(draw: st.DrawFn, most_stages: int) -> VGGConfig:
    fields = draw(common(most_stages, padded=False))
    return VGGConfig(
        **fields,
        num_convs=counts(draw, fields, most=3),
        kernel_size=draw(st.sampled_from([1, 2, 3, 5, 7])),
        third_conv_1x1=draw(st.booleans()),
        local_response=draw(st.booleans()),
        units=draw(st.integers(1, 8)),
        dropout=draw(st.sampled_from([0.0, 0.5])),
    )


@st.composite
def inceptions(draw: st.DrawFn, most_stages: int) -> InceptionConfig:
    fields = draw(common(most_stages))
    num_modules = counts(draw, fields, most=2)
    auxiliary_heads = draw(st.booleans())
    if auxiliary_heads:
        fields["input_shape"] = (draw(st.integers(1, 70)), draw(st.integers(1, 70)), 2)
    rows = st.lists(
        st.lists(st.integers(1, 6), min_size=6, max_size=6),
        min_size=sum(num_modules),
        max_size=sum(num_modules),
    )
    own = dict(
        **fields,
        num_modules=num_modules,
        module_filters=draw(st.one_of(st.just(()), rows)),
        stem=draw(st.sampled_from(["3x3", "7x7"])),
        local_response=draw(st.booleans()),
        auxiliary_units=draw(st.integers(1, 8)),
        stem_filters=draw(st.integers(1, 5)),
        reducers=draw(st.booleans()),
        branches=draw(st.lists(st.sampled_from(BRANCHES), min_size=1, unique=True)),
        head=draw(st.sampled_from(["average_pooling", "dense"])),
        units=draw(st.integers(1, 8)),
    )
    try:
        return InceptionConfig(auxiliary_heads=auxiliary_heads, **own)
    except ConfigError:  # the images are too small for the heads
        return InceptionConfig(**own)


@st.composite
def alexnets(draw: st.DrawFn, most_stages: int) -> AlexNetConfig:
    kernel_size, strides = draw(st.integers(1, 5)), draw(st.integers(1, 2))
    side = st.integers(kernel_size + 14 * strides, 40)
    return AlexNetConfig(
        input_shape=(draw(side), draw(side), 2),
        stem_kernel_size=kernel_size,
        stem_strides=strides,
        filters=draw(st.sampled_from([6, 12])),
        groups=draw(st.integers(1, 2)),
        local_response=draw(st.booleans()),
        batchnorm=draw(st.booleans()),
        units=draw(st.integers(1, 8)),
    )


@st.composite
def resnets(draw: st.DrawFn, most_stages: int) -> ResNetConfig:
    fields = draw(common(most_stages))
    return ResNetConfig(
        **fields,
        stem=draw(st.sampled_from(["3x3", "7x7"])),
        num_blocks=counts(draw, fields, most=2),
        block=draw(st.sampled_from(["basic", "bottleneck"])),
        shortcut=draw(st.sampled_from(["identity", "projection", "none"])),
        stride_in=draw(st.sampled_from(["1x1", "3x3"])),
        preactivation=draw(st.booleans()),
    )


FAMILIES = {"vgg": vggs, "inception": inceptions, "resnet": resnets, "alexnet": alexnets}


def any_network(family: str, most_stages: int = 3) -> st.SearchStrategy[NetworkConfig]:
    """Any small network of a family that is valid."""
    return FAMILIES[family](most_stages)
