"""Bodies: CNNs without their classifiers, as a sequence of blocks. Most are torchvision's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from visualsearch.embedding import efficientnet_lite
from visualsearch.embedding.side_by_side import side_by_side
from visualsearch.embedding.torchvision_models import models

MOBILENET_V2 = "mobilenet_v2"
EFFICIENTNET_LITE2 = "efficientnet_lite2"
MOBILENET_V2_BESIDE_LITE2 = "mobilenet_v2_beside_efficientnet_lite2"
_RESNET_PARTS = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")


@dataclass(frozen=True)
class Body:
    """How to build a body, and the channels of its last feature maps.

    `parts` names the blocks if they are not numbered; `rename` converts weights with other names than torchvision's.
    """

    build: Callable[[], nn.Sequential]
    channels: int
    parts: tuple[str, ...] = ()
    rename: Callable[[Mapping[str, Tensor]], dict[str, Tensor]] | None = None

    def state(self, classifier: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the body's part of a classifier's state dict, with numbered blocks."""
        if self.rename:
            return self.rename(classifier)
        if not self.parts:
            return {n.removeprefix("features."): v for n, v in classifier.items() if n.startswith("features.")}
        named = ((name.partition("."), value) for name, value in classifier.items())
        return {f"{self.parts.index(part)}.{rest}": v for (part, _, rest), v in named if part in self.parts}


def _features(name: str) -> Callable[[], nn.Sequential]:
    return lambda: models.get_model(name).features


def _resnet(name: str) -> Callable[[], nn.Sequential]:
    def build() -> nn.Sequential:
        whole = models.get_model(name)
        return nn.Sequential(*(getattr(whole, part) for part in _RESNET_PARTS))

    return build


def _vgg16() -> nn.Sequential:
    # Building the whole classifier would allocate half a gigabyte for layers that are not needed.
    layers: nn.Sequential = models.vgg.make_layers(models.vgg.cfgs["D"], batch_norm=False)
    return layers


# Stages after which both have maps of the same size: blocks of MobileNetV2, blocks of Lite2, MobileNetV2's channels.
_STAGES = [
    (range(1), range(1), 0),
    (range(1, 2), range(1, 2), 32),
    (range(2, 4), range(2, 5), 16),
    (range(4, 7), range(5, 8), 24),
    (range(7, 14), range(8, 16), 32),
    (range(14, 17), range(16, 21), 96),
    (range(17, 19), range(21, 23), 160),
]


def mobilenet_v2_beside_lite2(
    mobilenet: nn.Sequential | None = None, lite: nn.Sequential | None = None
) -> nn.Sequential:
    """Return the two bodies side by side; bodies passed in keep their weights."""
    return side_by_side(mobilenet or BODIES[MOBILENET_V2].build(), lite or efficientnet_lite.build(), _STAGES)


BODIES = {
    MOBILENET_V2: Body(_features("mobilenet_v2"), 1280),
    "mobilenet_v3_large": Body(_features("mobilenet_v3_large"), 960),
    "mobilenet_v3_small": Body(_features("mobilenet_v3_small"), 576),
    "resnet18": Body(_resnet("resnet18"), 512, _RESNET_PARTS),
    "resnet50": Body(_resnet("resnet50"), 2048, _RESNET_PARTS),
    "vgg16": Body(_vgg16, 512),
    "efficientnet_b0": Body(_features("efficientnet_b0"), 1280),
    "convnext_tiny": Body(_features("convnext_tiny"), 768),
    EFFICIENTNET_LITE2: Body(efficientnet_lite.build, efficientnet_lite.CHANNELS, rename=efficientnet_lite.state),
    MOBILENET_V2_BESIDE_LITE2: Body(mobilenet_v2_beside_lite2, 2560),
}


def find_body(name: str) -> Body:
    """Return the body with this name. Raises ValueError with the valid names."""
    if name not in BODIES:
        raise ValueError(f"There is no body {name!r}. Use one of {', '.join(BODIES)}.")
    return BODIES[name]
