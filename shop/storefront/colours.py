"""The shop's colours: shades for light and dark pages, derived so that all text stays readable.

Contrasts are those of WCAG 2: text needs 4.5 to 1, borders 3 to 1.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterable
from functools import lru_cache

TEXT, EDGE = 4.5, 3.0
MIN_BACKGROUND = 9.0  # contrast with the ink, so that softer text fits too
STEP = 0.01  # of lightness
ACCENT, PAPER, INK = "#12453b", "#f6f7f4", "#16201d"
WHITE, DARK_INK = "#ffffff", "#e9eeeb"
LIGHT_TEXTS = {"ink-soft": "#4b5853", "sale": "#9c2f16", "few": "#7a4a00", "good": "#1c5f44"}
DARK_TEXTS = {"ink-soft": "#a9b5af", "sale": "#ff9f83", "few": "#f1c272", "good": "#8fd8ab"}
Shades = dict[str, str]


def is_colour(text: str) -> bool:
    """Return True for a colour such as #12453b."""
    return re.fullmatch(r"#[0-9a-fA-F]{6}", text) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, grounds: Iterable[str], *, on_dark: bool = False, least: float = TEXT) -> str:
    """Return the colour, darkened (or lightened on dark grounds) until it can be read on all grounds."""
    grounds = list(grounds)
    while min(contrast(colour, ground) for ground in grounds) < least:
        moved = _lightened(colour, STEP if on_dark else -STEP)
        if moved == colour:
            break  # white or black: nothing contrasts more
        colour = moved
    return colour


@lru_cache(maxsize=8)
def light_shades(accent: str, background: str) -> Shades:
    """Return the custom properties of light pages. Without a background, only those of the accent."""
    paper = background or PAPER
    sunken = _mixed(paper, INK, 0.06)
    soft = _mixed(paper, accent or ACCENT, 0.12)
    grounds = [WHITE, paper, sunken, soft]
    shades: Shades = {}
    if accent:
        text = readable(accent, grounds)
        shades |= {"accent": text, "accent-strong": _lightened(text, -0.08), "accent-soft": soft, "on-accent": WHITE}
    if background:
        shades |= {"paper": paper, "sunken": sunken, "line": _mixed(paper, INK, 0.13)}
        shades["line-strong"] = readable("#77837d", [WHITE, paper], least=EDGE)
        shades |= {name: readable(colour, grounds[:3]) for name, colour in LIGHT_TEXTS.items()}
        if not accent:
            shades["accent"] = readable(ACCENT, grounds)
    return shades


@lru_cache(maxsize=8)
def dark_shades(accent: str, background: str) -> Shades:
    """Return the custom properties of dark pages. Their background has the hue of the light one."""
    paper, surface, sunken = (_tinted(background, each) for each in (0.07, 0.11, 0.135))
    soft = _mixed(paper, accent or ACCENT, 0.2)
    grounds = [paper, surface, sunken, soft]
    shades: Shades = {}
    if accent:
        text = readable(_at_least(accent, 0.6), grounds, on_dark=True)
        ink = readable(_at_most(accent, 0.12), [text])
        shades |= {"accent": text, "accent-strong": _lightened(text, 0.08), "accent-soft": soft, "on-accent": ink}
    if background:
        shades |= {"paper": paper, "surface": surface, "sunken": sunken, "line": _mixed(paper, DARK_INK, 0.14)}
        shades["line-strong"] = readable("#76837d", [paper, surface], on_dark=True, least=EDGE)
        shades |= {name: readable(colour, grounds[:3], on_dark=True) for name, colour in DARK_TEXTS.items()}
    return shades


@lru_cache(maxsize=8)
def style_sheet(accent: str, background: str) -> str:
    """Return the custom properties that replace those of tokens.css."""
    light, dark = (_declared(shades(accent, background)) for shades in (light_shades, dark_shades))
    return f":root {{\n{light}}}\n@media (prefers-color-scheme: dark) {{\n:root {{\n{dark}}}\n}}\n"


def _declared(shades: Shades) -> str:
    return "".join(f"  --{name}: {colour};\n" for name, colour in shades.items())


def _luminance(colour: str) -> float:
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in _rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(min(max(each, 0), 1) * 255):02x}" for each in (red, green, blue))


def _mixed(one: str, other: str, share: float) -> str:
    """Return `one` with this share of `other`."""
    red, green, blue = ((1 - share) * a + share * b for a, b in zip(_rgb(one), _rgb(other), strict=True))
    return _hex(red, green, blue)


def _lightened(colour: str, by: float) -> str:
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    return _hex(*colorsys.hls_to_rgb(hue, min(max(lightness + by, 0), 1), saturation))


def _at_least(colour: str, lightness: float) -> str:
    return _lightened(colour, max(0, lightness - colorsys.rgb_to_hls(*_rgb(colour))[1]))


def _at_most(colour: str, lightness: float) -> str:
    return _lightened(colour, min(0, lightness - colorsys.rgb_to_hls(*_rgb(colour))[1]))


def _tinted(background: str, lightness: float) -> str:
    """Return a nearly neutral dark colour with the hue of the background."""
    hue, _, saturation = colorsys.rgb_to_hls(*_rgb(background or "#101413"))
    return _hex(*colorsys.hls_to_rgb(hue, lightness, min(saturation, 0.12)))
