"""The cards of ResNet."""

from __future__ import annotations

from covnets.models import Sketch
from covnets.papers.card import (
    TEXTBOOK,
    Claim,
    convolutions,
    giga,
    num_filters,
    preset,
    printed_errors,
    size,
)
from covnets.papers.figures import (
    ENSEMBLE_TOP_5,
    FIGURES,
    GOOGLENET_ENSEMBLE_TOP_5,
    GOOGLENET_TOP_5,
    KERAS_RESNET50_PARAMS,
    PLAIN_ERRORS,
    PREACTIVATION,
    PREACTIVATION_PAPER,
    RESIDUAL_ERRORS,
    RESNET152_TOP_5,
    RESNET_PAPER,
    TORCHVISION_PARAMS,
    TORCHVISION_RESNET50_GMACS,
)


def deeper_yet_cheaper() -> Claim:
    """ResNet-152 is eight times as deep as VGG-19, and less work."""
    deep = preset("resnet152")
    ladders = {"VGG-16": preset("vgg16"), "VGG-19": preset("vgg19")}
    beside = "; ".join(
        f"{name}: {drawn.depth}, {drawn.num_params:,}, {giga(drawn.macs)}"
        for name, drawn in ladders.items()
    )
    return Claim(
        title="Deeper, yet cheaper",
        claim='ResNet has "152 layers", and costs less than VGG.',
        printed=f"152 weight layers, {FIGURES['resnet152'].printed.macs} multiply-adds",
        counted=(f"ResNet-152: {deep.depth} weight layers, {size(deep)}. {beside}."),
        verdict="holds",
        explanation=(
            f"It is {deep.depth / ladders['VGG-19'].depth:.0f} times as deep as VGG-19. It is "
            "cheaper, because its stem leaves only a quarter of height and width, because each "
            "block squeezes the channels before its 3x3, and because one dense layer reads "
            "averages instead of cells. The depth is that of the longest path; projections beside "
            "it are not added."
        ),
        source=f"{TEXTBOOK}; {RESNET_PAPER}, table 1",
    )


def shortcuts_are_free() -> Claim:
    """A plain network and its residual twin differ in nothing but additions."""
    residual = preset("cifar_resnet56", shortcut="identity")
    plain = preset("cifar_resnet56", shortcut="none")
    additions = sum(node.kind == "Add" for node in residual.nodes)
    return Claim(
        title="Shortcuts are free",
        claim="Shortcuts without parameters (option A) leave the number of parameters as it is.",
        printed=f"{FIGURES['cifar_resnet56'].printed.params} for ResNet-56",
        counted=(
            f"ResNet-56 {residual.num_params:,} parameters, its plain twin "
            f"{plain.num_params:,}; multiply-adds {residual.macs:,} and {plain.macs:,}."
        ),
        verdict="holds",
        explanation=(
            f"All that {additions} shortcuts add are {additions} sums. So if the twin with "
            "shortcuts learns better, it is not because it is larger. To train a plain twin "
            "of your own, set the shortcut to none."
        ),
        source=f"{RESNET_PAPER}, section 4.2",
    )


def under_3_6_percent() -> Claim:
    """The famous figure is not one network's."""
    drawn = preset("resnet152")
    return Claim(
        title="The winning error rate",
        claim='ResNet\'s top-5 error is "under 3.6 %".',
        printed=(
            f"{ENSEMBLE_TOP_5} %: six networks together; {RESNET152_TOP_5} %: ResNet-152 alone, "
            "on the validation images"
        ),
        counted=f"One ResNet-152: {size(drawn)}.",
        verdict="measured",
        explanation=(
            "The figure is right for an ensemble of six networks. One network "
            "alone does not reach it. That is usual in competitions: GoogLeNet's "
            f"{GOOGLENET_ENSEMBLE_TOP_5} % are seven models and 144 crops; one model and one crop "
            f"reach {GOOGLENET_TOP_5} %."
        ),
        source=f"{TEXTBOOK}; {RESNET_PAPER}",
    )


def errors_of_option_a() -> Claim:
    """Two well-known errors belong to other shortcuts than the well-known sizes."""
    sizes = {
        depth: [
            preset(f"resnet{depth}", shortcut=shortcut).num_params
            for shortcut in ("identity", "projection")
        ]
        for depth in (18, 34)
    }
    return Claim(
        title="Which shortcuts an error belongs to",
        claim=(
            f"ResNet-18 and ResNet-34 have top-1 errors of {RESIDUAL_ERRORS[18]} % and "
            f"{RESIDUAL_ERRORS[34]} %."
        ),
        printed=printed_errors({f"ResNet-{depth}": f"resnet{depth}" for depth in sizes}),
        counted="; ".join(
            f"ResNet-{depth}: {option_a:,} parameters with option A, {option_b:,} with option B"
            for depth, (option_a, option_b) in sizes.items()
        )
        + ".",
        verdict="nearly",
        explanation=(
            "These errors were measured with option A, shortcuts without parameters. The networks "
            "that are known by these names, and the ones counted elsewhere on this page, project "
            "where the shape changes (option B). For ResNet-34 the paper gives all three options; "
            "the differences are small."
        ),
        source=RESNET_PAPER,
    )


def degradation() -> Claim:
    """A deeper plain network is worse, and a deeper residual one better."""
    plain = preset("resnet34", shortcut="none")
    residual = preset("resnet34", shortcut="identity")
    return Claim(
        title="Degradation",
        claim="A deeper plain network is worse than a shallower one; with shortcuts it is better.",
        printed=(
            "Top-1 error, 18 and 34 layers: plain "
            f"{PLAIN_ERRORS[18]} and {PLAIN_ERRORS[34]} %, residual "
            f"{RESIDUAL_ERRORS[18]} and {RESIDUAL_ERRORS[34]} %"
        ),
        counted=(
            f"Plain-34 {plain.num_params:,} parameters, ResNet-34 with option A "
            f"{residual.num_params:,}."
        ),
        verdict="measured",
        explanation=(
            "The twins are equally large, so the shortcuts make the difference. It is not "
            "overfitting: on CIFAR-10 the deeper plain networks are worse on their training "
            "images too. The authors argue that vanishing gradients are unlikely to be the cause: "
            "BatchNorm was on, and they measured the gradients."
        ),
        source=RESNET_PAPER,
    )


def too_deep() -> Claim:
    """ResNet-1202 is no better than ResNet-110."""
    deep, deeper = preset("cifar_resnet110"), preset("cifar_resnet1202")
    return Claim(
        title="More than a thousand layers",
        claim="ResNet-1202 can be trained, and is worse than ResNet-110.",
        printed=printed_errors(
            {f"ResNet-{depth}": f"cifar_resnet{depth}" for depth in (110, 1202)}
        ),
        counted=(
            f"ResNet-1202 {deeper.num_params:,} parameters, ResNet-110 {deep.num_params:,}: "
            f"{deeper.num_params / deep.num_params:.1f} times as many."
        ),
        verdict="measured",
        explanation=(
            "Shortcuts let very deep networks learn; they do not make every one of them a good "
            "choice. For a data set as small as CIFAR-10 a network as large as this one may "
            "simply be too large."
        ),
        source=f"{RESNET_PAPER}, section 4.2",
    )


def preactivation() -> Claim:
    """BatchNorm and activation before the convolution help the deepest networks most."""
    usual = preset("cifar_resnet110")
    changed = preset("cifar_resnet110", preactivation=True)
    return Claim(
        title="Pre-activation",
        claim="Very deep networks are better with BatchNorm and activation before convolutions.",
        printed="; ".join(
            f"ResNet-{depth}: {before} % to {after} %"
            for depth, (before, after) in PREACTIVATION.items()
        ),
        counted=(
            f"ResNet-110: {usual.num_params:,} parameters, {changed.num_params:,} with "
            "pre-activation."
        ),
        verdict="measured",
        explanation=(
            "The errors are those on CIFAR-10's test images. The layers are the same but for their "
            "order, in which nothing stands in the way of what travels along the shortcuts. The "
            "deeper the network, the more it helps."
        ),
        source=PREACTIVATION_PAPER,
    )


def what_keras_prints() -> Claim:
    """Keras' own ResNet50 has biases that change nothing."""
    drawn = preset("resnet50")
    statistics = drawn.num_params_total - drawn.num_params
    biases = num_filters(convolutions(drawn))
    return Claim(
        title="What Keras prints",
        claim=f"Keras' own ResNet50 has {KERAS_RESNET50_PARAMS:,} parameters.",
        printed=f"{KERAS_RESNET50_PARAMS:,} (Keras)",
        counted=(
            f"{drawn.num_params:,} trainable weights; with {statistics:,} moving statistics of "
            f"BatchNorm and {biases:,} biases of convolutions: "
            f"{drawn.num_params + statistics + biases:,}."
        ),
        verdict="nearly",
        explanation=(
            "Both counts are right; they count different things. Keras also counts BatchNorm's "
            "moving mean and variance, which are kept but not trained. And its convolutions have "
            "biases, which change nothing here, because BatchNorm subtracts the mean right after."
        ),
        source=f"keras.applications; {RESNET_PAPER}, table 1",
    )


def stage_ends(drawn: Sketch) -> str:
    """Receptive field of the last layer of each stage."""
    fields = {node.stage: node.receptive_field for node in drawn.nodes}
    return ", ".join(str(field) for stage, field in fields.items() if stage.startswith("stage"))


def where_the_stride_is() -> Claim:
    """Two networks are called ResNet-50."""
    paper, libraries = preset("resnet50"), preset("resnet50_3x3")
    return Claim(
        title="Two networks called ResNet-50",
        claim=(
            f"ResNet-50 needs {FIGURES['resnet50'].printed.macs} multiply-adds, or "
            f"{TORCHVISION_RESNET50_GMACS}G."
        ),
        printed=(
            f"{FIGURES['resnet50'].printed.macs} (paper); {TORCHVISION_RESNET50_GMACS}G and "
            f"{TORCHVISION_PARAMS['resnet50']:,} parameters (torchvision)"
        ),
        counted=(
            f"Stride in the first 1x1: {paper.macs:,}, fields after the stages "
            f"{stage_ends(paper)}. In the 3x3: {libraries.macs:,}, fields {stage_ends(libraries)}. "
            f"Parameters: {paper.num_params:,} and {libraries.num_params:,}."
        ),
        verdict="holds",
        explanation=(
            "Both are right: the first block of a later stage can halve height and width in two "
            "places. Keras' ResNet50 does it in the first 1x1, and so does the network that the "
            "paper counts: this 1x1, and the projection beside it, skip three of four cells, which "
            "nothing reads. Torchvision, which calls it V1.5, and timm do it in the 3x3: it reads "
            f"every cell, at {100 * (libraries.macs / paper.macs - 1):.0f} % more work, and the "
            "network sees a little less far, because this 3x3 still slides over the finer cells."
        ),
        source=f"{RESNET_PAPER}, table 1; keras.applications; torchvision; timm",
    )


CARDS = (
    deeper_yet_cheaper,
    shortcuts_are_free,
    under_3_6_percent,
    errors_of_option_a,
    degradation,
    too_deep,
    preactivation,
    what_keras_prints,
    where_the_stride_is,
)
