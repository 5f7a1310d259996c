"""Shapes and surfaces of boxes and baskets, and of the pots for plants."""

from demo.render.design import Design
from demo.render.finish import Finish as F

CABIN = {"width": 2.6, "depth": 1.7, "height": 1.0, "lid": 0.36, "clasp": True}
MARKET = {"base": 1.25, "top": 1.6, "height": 1.7, "handles": "ears"}
SILO = {"profile": "cylinder", "legs": 0.9}

STORAGE: list[Design] = [
    Design("cabin-box-walnut", "box", CABIN, {"body": F("wood", "walnut", grain="x"), "trim": F("metal", "brass")}),
    Design("cabin-box-ash", "box", CABIN, {"body": F("wood", "ash", grain="x"), "trim": F("metal", "brass")}),
    Design("milliner-hat-box", "box", {"shape": "round", "width": 3.0, "height": 1.5, "lid": 0.5, "dome": 0.5}, {"body": F("matte", "black", "cream", ("stripes", 28.0, 0.5)), "lid": F("matte", "black")}),
    Design("pantry-tin-green", "box", {"shape": "round", "width": 1.5, "height": 1.9, "lid": 0.35, "dome": 0.75, "knob": True, "overhang": 0.03}, {"body": F("enamel", "green"), "lid": F("enamel", "cream"), "trim": F("metal", "brass")}),
    Design("apothecary-drawers", "box", {"width": 3.2, "depth": 1.5, "height": 2.1, "lid": 0.12, "overhang": 0.14, "drawers": (3, 3), "soft": 0.03}, {"body": F("wood", "oak", grain="x"), "front": F("wood", "oak", grain="x"), "trim": F("metal", "brass")}),
    Design("voyager-trunk", "box", {"width": 3.4, "depth": 1.9, "height": 1.3, "lid": 0.6, "strap": True, "corners": True, "soft": 0.08}, {"body": F("leather", "forest"), "trim": F("leather", "tan")}),
    Design("market-basket-natural", "basket", MARKET, {"body": F("wicker", "straw"), "lining": F("cloth", "cream")}),
    Design("market-basket-dark", "basket", MARKET, {"body": F("wicker", "chocolate"), "lining": F("cloth", "cream")}),
    Design("laundry-basket-lidded", "basket", {"base": 1.4, "top": 1.5, "height": 3.6, "belly": 0.25, "rows": 38, "lid": True}, {"body": F("wicker", "tan"), "grip": F("wood", "oak")}),
    Design("garden-trug-hoop", "basket", {"base": 1.1, "top": 1.7, "height": 1.1, "rows": 13, "handles": "hoop", "hoop": 1.5}, {"body": F("wicker", "straw", "teal", ("dip", 0.5, 0.0)), "rim": F("wicker", "straw"), "lining": F("wicker", "straw")}),
]

GARDEN: list[Design] = [
    Design("cotta-pot-classic", "planter", {"profile": "classic", "saucer": True}, {"body": F("terracotta", "terracotta")}),
    Design("cotta-pot-whitewash", "planter", {"profile": "classic", "saucer": True}, {"body": F("terracotta", "terracotta", "ivory", ("dip", 0.72, 0.05))}),
    Design("silo-planter-sage", "planter", SILO, {"body": F("matte", "sage"), "legs": F("wood", "oak")}),
    Design("silo-planter-charcoal", "planter", SILO, {"body": F("matte", "charcoal"), "legs": F("wood", "walnut")}),
    Design("basin-planter-concrete", "planter", {"profile": "bowl"}, {"body": F("concrete", "stone")}),
    Design("ovo-planter-cream", "planter", {"profile": "egg"}, {"body": F("stoneware", "cream", fleck="rust")}),
    Design("pola-planter-dotted", "planter", {"profile": "cone"}, {"body": F("glaze", "lemon", "blue", ("dots", 12.0, 6.0, 0.24, 1.3)), "inside": F("glaze", "blue")}),
]
