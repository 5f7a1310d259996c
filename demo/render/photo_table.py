"""Compact rows that describe photos. A seed fills in omitted values, away from the catalogue views."""

import hashlib
from typing import Any

import numpy as np

from demo.render.catalogue import BY_SLUG
from demo.render.families import VIEWS
from demo.render.photo import Photo, Second

# camera elevations: down at a floor or lawn, across at a shelf or sill
LOOK_DOWN: dict[str, tuple[float, float]] = {
    "bookcase": (4, 16),
    "mantelpiece": (3, 16),
    "window sill": (6, 26),
    "hallway": (-20, 24),
    "bathroom": (8, 28),
    "stairs": (12, 30),
    "sofa": (16, 40),
    "bedside": (14, 38),
    "corner": (24, 50),
    "rug": (22, 50),
    "lawn": (18, 50),
    "patio": (20, 46),
    "balcony": (14, 42),
    "doorstep": (16, 42),
    "pendant": (-26, 24),
}
TONES: dict[str, tuple[str, ...]] = {
    "dining table": ("oak", "walnut", "ash", "beech", "ebony"),
    "worktop": ("marble", "oak", "stone", "beech", "walnut"),
    "desk": ("beech", "walnut", "ash", "ebony"),
    "sofa": ("stone", "teal", "charcoal", "sage", "oatmeal", "blush"),
    "bookcase": ("oak", "walnut", "ash", "ebony"),
    "bathroom": ("marble", "oak", "bamboo"),
    "bedside": ("oak", "walnut", "ash"),
    "corner": ("oak", "carpet", "walnut", "tiles", "ash"),
    "rug": ("oatmeal", "cream", "sage", "rust"),
    "mantelpiece": ("marble", "oak", "walnut"),
    "stairs": ("oak", "walnut", "ash"),
    "café table": ("walnut", "marble", "oak"),
    "garden table": ("ash", "walnut", "oak"),
    "lawn": ("grass", "blanket"),
    "patio": ("stone", "sand", "grey"),
    "balcony": ("ash", "walnut", "oak"),
    "doorstep": ("stone", "grey"),
    "window sill": ("white", "oak", "white"),
    "hallway": ("oak", "walnut", "ash"),
}
WALLS: dict[str, tuple[str, ...]] = {
    "worktop": ("white", "aqua", "cream", "sage", "sky"),
    "bathroom": ("aqua", "white", "sage", "sky", "charcoal"),
    "lawn": ("red", "sky", "forest", "mustard"),
    "patio": ("rust", "cream", "terracotta", "white", "sand"),
    "balcony": ("none", "white", "terracotta", "cream"),
    "doorstep": ("forest", "navy", "red", "teal", "mustard"),
    "garden table": ("white", "forest", "sky", "charcoal"),
}
ROOM_WALLS = ("white", "cream", "sage", "stone", "sky", "blush", "sand", "navy", "oatmeal", "forest", "terracotta")
OUTDOORS = ("garden table", "lawn", "patio", "balcony", "doorstep")
# with the back to a wall: the camera moves around them
BACKED = {"wall clock", "mirror", "bookends"}
BACKS = {
    "hallway": 0.0,
    "mantelpiece": 1.75,
    "bookcase": 2.1,
    "corner": 9.6,
    "bathroom": 2.4,
    "desk": 6.1,
    "bedside": 3.3,
}
# The maximum rotation of a subject from its front, in degrees. Other families may face any way.
REACH = {
    **dict.fromkeys(("wall clock", "mirror", "bookends", "clock", "cushion", "floor cushion"), 66),
    **dict.fromkeys(("box", "domed chest", "lantern"), 84),
    "chair": 130,
}
LONG = 900


def _away(family: str, rng: np.random.Generator) -> float:
    """Return a rotation at least 26 degrees from both catalogue views, with the front in sight."""
    views = VIEWS[family]
    reach = REACH.get(family, 180)
    catalogue_angles = [azimuth for azimuth, _ in views]
    for _ in range(200):
        azimuth = float(rng.uniform(-reach, reach))
        handle_hidden = family in ("mug", "jug") and abs(azimuth + 90) < 38
        if not handle_hidden and all(abs((azimuth - other + 180) % 360 - 180) >= 26 for other in catalogue_angles):
            return azimuth
    return reach


def _height(family: str, place: str, rng: np.random.Generator) -> float:
    low, high = LOOK_DOWN.get(place, (14, 48))
    levels = [elevation for _, elevation in VIEWS[family]]
    for _ in range(60):
        elevation = float(rng.uniform(low, high))
        if all(abs(elevation - other) >= 4 for other in levels):
            return elevation
    return high


def _backed(family: str, place: str) -> dict[str, Any]:
    """Hang clocks and mirrors in the hallway and lean them elsewhere; let bookends stand free."""
    if family == "bookends":
        return {"filling": ("books", 1.1, 2.1)}
    upright = {"laid": (7.0, 0.0, 0.0)} if place == "hallway" else {}
    return {"against": BACKS.get(place, 1.7), **upright}


LIGHT_WORDS = {
    "window": "window light",
    "right": "window light",
    "soft": "soft daylight",
    "noon": "noon sun",
    "shade": "open shade",
    "late": "late at night",
    "tubes": "fluorescent tubes",
    "spots": "halogen spots",
}


def _words(place: str, light: str, photo: dict[str, Any]) -> str:
    """Describe the photo in words."""
    words = [place, LIGHT_WORDS.get(light, light)]
    words += [f"{name.partition('/')[0]} beside" for name in photo.get("clutter", ())[:2]]
    if len(photo.get("clutter", ())) > 3:
        words.append("cluttered")
    if photo.get("filling"):
        words.append({"leaves": "planted", "flowers": "flowers in it"}.get(photo["filling"][0], "books between"))
    if photo.get("served"):
        words.append(f"{photo['served'][0]} on it")
    x, y = photo.get("shift", (0.0, 0.0))
    if max(abs(x), abs(y)) >= 0.3:
        words.append("partly cut off")
    if abs(photo.get("roll", 0.0)) >= 4:
        words.append("tilted")
    stops = photo.get("stops", 0.0)
    words += ["overexposed"] if stops >= 0.7 else ["underexposed"] if stops <= -0.7 else []
    return ", ".join(
        [*words, *(effect for effect in photo.get("effects", ()) if effect not in ("auto exposure", "phone"))]
    )


def shot(
    slug: str, place: str, light: str, *clutter: str, sample: bool = False, tone: str = "", wall: str = "", **more: Any
) -> Photo:
    """Return a photo of one product. It is rendered once the catalogue has the product."""
    family = BY_SLUG[slug].family if slug in BY_SLUG else ""
    return _photo(slug, family, place, light, clutter, sample, tone, wall, more)


def distractor(name: str, place: str, light: str, *clutter: str, tone: str = "", wall: str = "", **more: Any) -> Photo:
    """Return a photo of something that the shop does not sell."""
    return _photo(name, "", place, light, clutter, False, tone, wall, {"sold": False, **more})


def _photo(
    subject: str,
    family: str,
    place: str,
    light: str,
    clutter: tuple[str, ...],
    sample: bool,
    tone: str,
    wall: str,
    more: dict[str, Any],
) -> Photo:
    rng = np.random.default_rng(int(hashlib.sha256(f"{subject}|{place}|{light}".encode()).hexdigest()[:8], 16))
    if family in BACKED:
        around, more = _away(family, rng), {"turn": 0.0, **_backed(family, place), **more}
        more.setdefault("view", (round(around, 1), round(_height(family, place, rng), 1)))
    if family == "pendant":
        more = {"raised": 4.5, "view": (0.0, round(_height(family, "pendant", rng), 1)), **more}
    azimuth = float(rng.uniform(-7, 7))
    turn = azimuth - _away(family, rng) if family else float(rng.uniform(-40, 40))
    level = _height(family, place, rng) if family else float(rng.uniform(*LOOK_DOWN.get(place, (16, 44))))
    upright, long = bool(rng.random() < 0.45), LONG
    short = round(long * (0.75 if rng.random() < 0.8 else 0.5625))
    chosen: dict[str, Any] = {
        "turn": round(turn, 1),
        "view": (round(azimuth, 1), round(level, 1)),
        "margin": round(float(rng.uniform(1.35, 1.75)), 2),
        "shift": (round(float(rng.uniform(-0.09, 0.09)), 3), round(float(rng.uniform(-0.06, 0.06)), 3)),
        "roll": round(float(rng.normal(0, 2.0)), 1),
        "lens": round(float(rng.uniform(28, 40)), 1),
        "upright": upright,
        "size": (long, short),
        "quality": 74,
        "clutter": clutter,
    }
    spot = (place, tone or str(rng.choice(TONES[place])), wall or str(rng.choice(WALLS.get(place, ROOM_WALLS))))
    chosen.update(more)
    metered = ("auto exposure", "phone") if abs(chosen.get("stops", 0.0)) < 0.6 else ("phone",)
    chosen["effects"] = (*metered, *chosen.get("effects", ()))
    words = _words(place, light, chosen)
    if not chosen.get("sold", True):
        words = f"not sold: {subject}; {words}"
    notes = f"sample; {words}" if sample else words
    return Photo(subject=subject, room=spot, light=light, notes=chosen.pop("notes", notes), **chosen)


def pair(
    first: str, second: str, place: str, light: str, *clutter: str, beside: dict[str, Any] | None = None, **more: Any
) -> Photo:
    """Return a photo of two products."""
    options = {"turn": 30.0, **(beside or {})}
    return shot(
        first, place, light, *clutter, second=Second(second, **options), **{"margin": 1.3, "upright": False, **more}
    )
