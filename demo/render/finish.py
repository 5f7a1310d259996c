"""Surface finishes as plain data. Does not import Blender, so that the catalogue can be read anywhere."""

from dataclasses import dataclass
from typing import Any

PALETTE = {
    "white": "#f1efea",
    "cream": "#ece0c8",
    "sand": "#cbb592",
    "oatmeal": "#d5c7ae",
    "clay": "#b98b63",
    "terracotta": "#ab6547",
    "rust": "#9c4524",
    "red": "#a82a22",
    "coral": "#dd7a62",
    "blush": "#dfb0a2",
    "ochre": "#c78f2b",
    "mustard": "#d1a02c",
    "lemon": "#e9cf59",
    "olive": "#6f7138",
    "sage": "#9bab8b",
    "moss": "#4f6236",
    "green": "#2f6b46",
    "forest": "#1f4630",
    "teal": "#1f6a6b",
    "aqua": "#86bdb8",
    "sky": "#8fb4cf",
    "blue": "#2e5f9e",
    "cobalt": "#1c3a8c",
    "navy": "#1d2b4d",
    "ink": "#20242e",
    "lilac": "#a997bd",
    "plum": "#5c2f4d",
    "grey": "#8d8f8e",
    "stone": "#b3ada1",
    "charcoal": "#37383a",
    "black": "#1a1a1b",
    "chocolate": "#4a2f22",
    "tan": "#a5723f",
    "straw": "#cda968",
    "amber": "#c9781a",
    "smoke": "#8b8f93",
    "clear": "#f4f8f6",
    "bottle": "#5f9a72",
    "rose": "#e3a5a5",
    "soil": "#2c2019",
    "leaf": "#3e6a35",
    "fern": "#5c8a44",
    "ivory": "#f3ead2",
    "gold": "#c69a45",
    "mint": "#b5d3bf",
    "slate": "#55616b",
    "denim": "#4a6484",
    "peach": "#e8b48c",
    "berry": "#8c2a4a",
    "lavender": "#b9aed2",
    "pistachio": "#c2cf9a",
    "emerald": "#1d7a5a",
    "pearl": "#dedbd2",
    "putty": "#bfb5a4",
    "cinnamon": "#8f5a3a",
    "honey": "#d9a650",
    "violet": "#6b5a9a",
    "haze": "#b9bec0",
    "iris": "#b39ad6",
}


@dataclass(frozen=True)
class Finish:
    """A material with its colours and pattern. ``pattern`` is (name, arguments...) from the patterns module."""

    maker: str
    colour: str = "white"
    second: str = "cream"
    pattern: tuple[Any, ...] | None = None
    fleck: str = "chocolate"
    grain: str = "z"
    rough: float = 0.0


def rgb(name: str) -> tuple[float, float, float]:
    """Return linear RGB for a palette name or a #rrggbb code."""
    code = PALETTE.get(name, name).lstrip("#")
    values = [int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return linear[0], linear[1], linear[2]


def finishes(text: str) -> dict[str, Finish]:
    """Parse the surfaces of a product: ``body: glaze white + red bands 5 0.6; handle: wood oak grain=x``."""
    parts = (part.split(": ") for part in text.split("; "))
    return {name: _finish(notation) for name, notation in parts}


def _finish(notation: str) -> Finish:
    """Parse ``maker colour`` and, after a plus, the second colour and the pattern with its numbers."""
    words: list[Any] = [word for word in notation.split() if "=" not in word]
    extras: dict[str, Any] = dict(word.split("=") for word in notation.split() if "=" in word)
    if "rough" in extras:
        extras["rough"] = float(extras["rough"])
    if "+" not in words:
        return Finish(*words, **extras)
    plus = words.index("+")
    second, *pattern = words[plus + 1 :]
    numbers = tuple(float(number) for number in pattern[1:])
    words[plus:] = [second, (pattern[0], *numbers) if pattern else None]
    return Finish(*words, **extras)
