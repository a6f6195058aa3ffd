"""The papers' networks counted by hand: rows of kernel sizes and channels from their tables.

Nothing here uses the code that draws the networks.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple


class Counted(NamedTuple):
    """What one counts of a network."""

    depth: int
    params: int
    macs: int
    receptive_field: int


@dataclass
class Ledger:
    """A count by hand, layer by layer."""

    depth: int = 0
    params: int = 0
    macs: int = 0
    field: int = 1
    jump: int = 1

    def conv(self, kernel, channels, filters, side, per_filter=1, on_path=True):
        """Each filter has `per_filter` numbers besides its weights: a bias, or BatchNorm's two."""
        weights = kernel * kernel * channels * filters
        self.params += weights + per_filter * filters
        self.macs += weights * side * side
        self.depth += on_path

    def see(self, kernel, stride=1):
        self.field += (kernel - 1) * self.jump
        self.jump *= stride

    def dense(self, *units, on_path=True):
        for inputs, outputs in pairwise(units):
            self.params += inputs * outputs + outputs
            self.macs += inputs * outputs
            self.depth += on_path

    def counted(self):
        return Counted(self.depth, self.params, self.macs, self.field)


def vgg_by_hand(stages: str) -> Counted:
    """Kernel sizes of each stage, as in "3 3 33 33 33" for A."""
    ledger, channels, side = Ledger(), 3, 224
    for kernels, filters in zip(stages.split(), (64, 128, 256, 512, 512), strict=True):
        for kernel in map(int, kernels):
            ledger.conv(kernel, channels, filters, side)
            ledger.see(kernel)
            channels = filters
        ledger.see(2, stride=2)
        side //= 2
    ledger.dense(7 * 7 * 512, 4096, 4096, 1000)
    return ledger.counted()


# Side, channels read; then 1x1, 3x3 reducer, 3x3, 5x5 reducer, 5x5, pooling projection.
MODULES = {
    "3a": (28, 192, 64, 96, 128, 16, 32, 32),
    "3b": (28, 256, 128, 128, 192, 32, 96, 64),
    "4a": (14, 480, 192, 96, 208, 16, 48, 64),
    "4b": (14, 512, 160, 112, 224, 24, 64, 64),
    "4c": (14, 512, 128, 128, 256, 24, 64, 64),
    "4d": (14, 512, 112, 144, 288, 32, 64, 64),
    "4e": (14, 528, 256, 160, 320, 32, 128, 128),
    "5a": (7, 832, 256, 160, 320, 32, 128, 128),
    "5b": (7, 832, 384, 192, 384, 48, 128, 128),
}


def module_by_hand(name: str, ledger: Ledger, per_filter: int) -> None:
    side, channels, one, reduce_3, three, reduce_5, five, pool = MODULES[name]
    for kernel, read, filters, on_path in [
        (1, channels, one, False),
        (1, channels, reduce_3, False),
        (3, reduce_3, three, False),
        (1, channels, reduce_5, True),
        (5, reduce_5, five, True),
        (1, channels, pool, False),
    ]:
        ledger.conv(kernel, read, filters, side, per_filter, on_path)
    ledger.see(5)


def googlenet_by_hand(auxiliary_channels: tuple[int, ...] = ()) -> Counted:
    ledger = Ledger()
    ledger.conv(7, 3, 64, 112)
    ledger.conv(1, 64, 64, 56)
    ledger.conv(3, 64, 192, 56)
    for kernel, stride in [(7, 2), (3, 2), (3, 1), (3, 2)]:
        ledger.see(kernel, stride)
    for name in MODULES:
        if name in ("4a", "5a"):
            ledger.see(3, stride=2)
        module_by_hand(name, ledger, per_filter=1)
    ledger.dense(1024, 1000)
    for channels in auxiliary_channels:
        ledger.conv(1, channels, 128, 4, on_path=False)
        ledger.dense(4 * 4 * 128, 1024, 1000, on_path=False)
    return ledger.counted()


def resnet_by_hand(num_blocks, bottleneck=False, cifar=False, late_stride=False) -> Counted:
    ledger = Ledger()
    width, side = (16, 32) if cifar else (64, 56)
    if cifar:
        ledger.conv(3, 3, 16, 32, 2)
        ledger.see(3)
    else:
        ledger.conv(7, 3, 64, 112, 2)
        ledger.see(7, stride=2)
        ledger.see(3, stride=2)
    channels = width
    for stage, number in enumerate(num_blocks):
        filters = width * 2**stage
        for block in range(number):
            stride = 2 if stage and not block else 1
            side //= stride
            out = 4 * filters if bottleneck else filters
            if channels != out and not cifar:
                ledger.conv(1, channels, out, side, 2, on_path=False)
            # Where a bottleneck strides late, its first 1x1 still sees the larger side.
            strides = (1, stride, 1) if late_stride else (stride, 1, 1)
            before = side * stride
            for (kernel, read, made), step in zip(
                [(1, channels, filters), (3, filters, filters), (1, filters, out)]
                if bottleneck
                else [(3, channels, filters), (3, filters, filters)],
                strides,
                strict=False,
            ):
                before //= step
                ledger.conv(kernel, read, made, before, 2)
                ledger.see(kernel, step)
            channels = out
    ledger.dense(channels, 10 if cifar else 1000)
    return ledger.counted()


def alexnet_by_hand() -> Counted:
    ledger = Ledger()
    # In the grouped ones a filter reads half of the channels before it.
    for kernel, channels, filters, side in [
        (11, 3, 96, 55),
        (5, 48, 256, 27),
        (3, 256, 384, 13),
        (3, 192, 384, 13),
        (3, 192, 256, 13),
    ]:
        ledger.conv(kernel, channels, filters, side)
    for kernel, stride in [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]:
        ledger.see(kernel, stride)
    ledger.dense(6 * 6 * 256, 4096, 4096, 1000)
    return ledger.counted()


BY_HAND = {
    "vgg11": vgg_by_hand("3 3 33 33 33"),
    "vgg11_lrn": vgg_by_hand("3 3 33 33 33"),
    "vgg13": vgg_by_hand("33 33 33 33 33"),
    "vgg16_1x1": vgg_by_hand("33 33 331 331 331"),
    "vgg16": vgg_by_hand("33 33 333 333 333"),
    "vgg19": vgg_by_hand("33 33 3333 3333 3333"),
    "googlenet": googlenet_by_hand(),
    "googlenet_aux": googlenet_by_hand(auxiliary_channels=(512, 528)),
    "resnet18": resnet_by_hand((2, 2, 2, 2)),
    "resnet34": resnet_by_hand((3, 4, 6, 3)),
    "resnet50": resnet_by_hand((3, 4, 6, 3), bottleneck=True),
    "resnet50_3x3": resnet_by_hand((3, 4, 6, 3), bottleneck=True, late_stride=True),
    "resnet101": resnet_by_hand((3, 4, 23, 3), bottleneck=True),
    "resnet152": resnet_by_hand((3, 8, 36, 3), bottleneck=True),
    **{
        f"cifar_resnet{6 * n + 2}": resnet_by_hand((n, n, n), cifar=True)
        for n in (3, 5, 7, 9, 18, 200)
    },
    "alexnet": alexnet_by_hand(),
}
