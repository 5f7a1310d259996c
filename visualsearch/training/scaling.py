"""How pixels are scaled for a body: as those that trained it scaled them. The card keeps it."""

from typing import NamedTuple


class Scaling(NamedTuple):
    """Mean and standard deviation of red, green and blue, of values in [0, 1]."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


SYMMETRIC = Scaling((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))  # to [-1, 1]
IMAGENET = Scaling((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))  # torchvision's own weights
LITE = Scaling((127 / 255,) * 3, (128 / 255,) * 3)  # TensorFlow's EfficientNet-Lite: (x - 127) / 128
