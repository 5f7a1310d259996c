"""Shapes and surfaces of boxes, baskets and planters."""

from demo.render.design import Design
from demo.render.finish import Finish

CABIN = {"width": 2.6, "depth": 1.7, "height": 1.0, "lid": 0.36, "clasp": True}
MARKET = {"base": 1.25, "top": 1.6, "height": 1.7, "handles": "ears"}
SILO = {"profile": "cylinder", "legs": 0.9}

STORAGE: list[Design] = [
    Design(
        "cabin-box-walnut",
        "box",
        CABIN,
        {"body": Finish("wood", "walnut", grain="x"), "trim": Finish("metal", "brass")},
    ),
    Design(
        "cabin-box-ash", "box", CABIN, {"body": Finish("wood", "ash", grain="x"), "trim": Finish("metal", "brass")}
    ),
    Design(
        "milliner-hat-box",
        "box",
        {"shape": "round", "width": 3.0, "height": 1.5, "lid": 0.5, "dome": 0.5},
        {"body": Finish("matte", "black", "cream", ("stripes", 28.0, 0.5)), "lid": Finish("matte", "black")},
    ),
    Design(
        "pantry-tin-green",
        "box",
        {"shape": "round", "width": 1.5, "height": 1.9, "lid": 0.35, "dome": 0.75, "knob": True, "overhang": 0.03},
        {"body": Finish("enamel", "green"), "lid": Finish("enamel", "cream"), "trim": Finish("metal", "brass")},
    ),
    Design(
        "voyager-trunk",
        "box",
        {"width": 3.4, "depth": 1.9, "height": 1.3, "lid": 0.6, "strap": True, "corners": True, "soft": 0.08},
        {"body": Finish("leather", "forest"), "trim": Finish("leather", "tan")},
    ),
    Design(
        "market-basket-natural",
        "basket",
        MARKET,
        {"body": Finish("wicker", "straw"), "lining": Finish("cloth", "cream")},
    ),
    Design(
        "market-basket-dark",
        "basket",
        MARKET,
        {"body": Finish("wicker", "chocolate"), "lining": Finish("cloth", "cream")},
    ),
    Design(
        "laundry-basket-lidded",
        "basket",
        {"base": 1.4, "top": 1.5, "height": 3.6, "belly": 0.25, "rows": 38, "lid": True},
        {"body": Finish("wicker", "tan"), "grip": Finish("wood", "oak")},
    ),
    Design(
        "garden-trug-hoop",
        "basket",
        {"base": 1.1, "top": 1.7, "height": 1.1, "rows": 13, "handles": "hoop", "hoop": 1.5},
        {
            "body": Finish("wicker", "straw", "teal", ("dip", 0.5, 0.0)),
            "rim": Finish("wicker", "straw"),
            "lining": Finish("wicker", "straw"),
        },
    ),
]

GARDEN: list[Design] = [
    Design(
        "cotta-pot-classic",
        "planter",
        {"profile": "classic", "saucer": True},
        {"body": Finish("terracotta", "terracotta")},
    ),
    Design(
        "cotta-pot-whitewash",
        "planter",
        {"profile": "classic", "saucer": True},
        {"body": Finish("terracotta", "terracotta", "ivory", ("dip", 0.72, 0.05))},
    ),
    Design("silo-planter-sage", "planter", SILO, {"body": Finish("matte", "sage"), "legs": Finish("wood", "oak")}),
    Design(
        "silo-planter-charcoal",
        "planter",
        SILO,
        {"body": Finish("matte", "charcoal"), "legs": Finish("wood", "walnut")},
    ),
    Design(
        "pola-planter-dotted",
        "planter",
        {"profile": "cone"},
        {"body": Finish("glaze", "lemon", "blue", ("dots", 12.0, 6.0, 0.24, 1.3)), "inside": Finish("glaze", "blue")},
    ),
]
