"""Shapes and surfaces of kitchen products."""

from demo.render.design import Design
from demo.render.finish import Finish

HALDEN = {"height": 0.95, "base": 0.38, "top": 0.43, "belly": 0.44, "handle": "ear"}
BRISK = {"height": 0.88, "base": 0.43, "top": 0.43, "straight": True, "handle": "square", "handle_thick": 0.065}
FLASK = {"profile": "flask", "stopper": "cork"}
CORK = Finish("matte", "tan", "sand", ("speckles", 18.0, 0.4, 0.6))
ROUND_POT = {"profile": "round", "handle": "ear"}

KITCHEN: list[Design] = [
    Design(
        "halden-mug-blue", "mug", HALDEN, {"body": Finish("stoneware", "blue"), "inside": Finish("glaze", "cream")}
    ),
    Design(
        "halden-mug-oatmeal",
        "mug",
        HALDEN,
        {"body": Finish("stoneware", "oatmeal"), "inside": Finish("glaze", "cream")},
    ),
    Design(
        "halden-mug-moss", "mug", HALDEN, {"body": Finish("stoneware", "moss"), "inside": Finish("glaze", "cream")}
    ),
    Design(
        "brisk-mug-red-stripe",
        "mug",
        BRISK,
        {
            "body": Finish("glaze", "white", "red", ("bands", 5.0, 0.62)),
            "inside": Finish("glaze", "white"),
            "handle": Finish("glaze", "white"),
        },
    ),
    Design(
        "brisk-mug-navy-stripe",
        "mug",
        BRISK,
        {
            "body": Finish("glaze", "white", "navy", ("bands", 5.0, 0.62)),
            "inside": Finish("glaze", "white"),
            "handle": Finish("glaze", "white"),
        },
    ),
    Design(
        "fen-mug-speckled",
        "mug",
        {
            "height": 0.86,
            "base": 0.42,
            "top": 0.38,
            "belly": 0.52,
            "footed": True,
            "handle": "ring",
            "grip": (0.36, 0.82),
        },
        {
            "body": Finish("stoneware", "white", fleck="navy"),
            "inside": Finish("glaze", "white"),
            "handle": Finish("glaze", "white"),
        },
    ),
    Design(
        "sora-bowl-cobalt",
        "bowl",
        {"profile": "round", "scale": 0.9},
        {"body": Finish("glaze", "cobalt", "white", ("bands", 5.0, 0.5)), "inside": Finish("glaze", "white")},
    ),
    Design(
        "sora-bowl-coral",
        "bowl",
        {"profile": "round", "scale": 0.9},
        {"body": Finish("glaze", "coral", "white", ("bands", 5.0, 0.5)), "inside": Finish("glaze", "white")},
    ),
    Design(
        "dune-pasta-bowl",
        "bowl",
        {"profile": "shallow"},
        {"body": Finish("stoneware", "sand"), "inside": Finish("stoneware", "sand")},
    ),
    Design("orchard-fruit-bowl", "bowl", {"profile": "footed", "scale": 1.25}, {"body": Finish("glaze", "sage")}),
    Design(
        "alder-salad-bowl",
        "bowl",
        {"profile": "straight", "scale": 1.35, "deep": 1.1, "wall": 0.09},
        {"body": Finish("wood", "walnut", grain="x")},
    ),
    Design(
        "petal-bowl-celadon",
        "bowl",
        {"profile": "flared", "flutes": (18, 0.07), "flute_range": (0.14, 9.0)},
        {"body": Finish("glaze", "aqua")},
    ),
    Design("harbour-teapot-teal", "teapot", ROUND_POT, {"body": Finish("glaze", "teal")}),
    Design("harbour-teapot-mustard", "teapot", ROUND_POT, {"body": Finish("glaze", "mustard")}),
    Design(
        "pepper-teapot-dotted",
        "teapot",
        {"profile": "tall", "handle": "square", "knob": "cone", "spout_reach": 0.5},
        {
            "body": Finish("glaze", "red", "white", ("dots", 14.0, 9.0, 0.2, 1.5)),
            "lid": Finish("glaze", "white"),
            "handle": Finish("glaze", "white"),
            "knob": Finish("glaze", "red"),
        },
    ),
    Design(
        "kiso-teapot-iron",
        "teapot",
        {
            "profile": "squat",
            "handle": "bail",
            "knob": "flat",
            "bail": 0.8,
            "flutes": (40, 0.035),
            "flute_range": (0.1, 0.55),
            "spout_reach": 0.42,
        },
        {"body": Finish("metal", "iron"), "knob": Finish("metal", "brass"), "handle": Finish("metal", "iron")},
    ),
    Design("coast-bottle-aqua", "bottle", FLASK, {"body": Finish("glass", "aqua"), "stopper": CORK}),
    Design("coast-bottle-amber", "bottle", FLASK, {"body": Finish("glass", "amber"), "stopper": CORK}),
    Design("clara-carafe", "bottle", {"profile": "carafe"}, {"body": Finish("glass", "clear")}),
    Design(
        "grove-decanter-green",
        "bottle",
        {"profile": "wine", "stopper": "ball"},
        {"body": Finish("glass", "bottle"), "stopper": Finish("glass", "bottle")},
    ),
    Design(
        "dairy-bottle-blue",
        "bottle",
        {"profile": "milk"},
        {"body": Finish("stoneware", "sky"), "inside": Finish("glaze", "white")},
    ),
    Design(
        "sol-tray-brass",
        "tray",
        {"radius": 1.9, "rim": 0.22, "flare": 0.06},
        {"body": Finish("metal", "brass", rough=0.16)},
    ),
    Design(
        "pebble-tray-terrazzo", "tray", {"radius": 1.7, "rim": 0.24}, {"body": Finish("terrazzo", "blush", "teal")}
    ),
    Design(
        "fjord-tray-walnut",
        "tray",
        {"shape": "rect", "grips": True},
        {
            "body": Finish("wood", "walnut", grain="x"),
            "rim": Finish("wood", "walnut", grain="x"),
            "grip": Finish("metal", "brass"),
        },
    ),
    Design(
        "baker-board-oak",
        "board",
        {"shape": "board"},
        {"body": Finish("wood", "oak", grain="x"), "trim": Finish("leather", "chocolate")},
    ),
]
