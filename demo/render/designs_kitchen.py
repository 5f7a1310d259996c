"""Shapes and surfaces of everything for the kitchen."""

from demo.render.design import Design
from demo.render.finish import Finish as F

HALDEN = {"height": 0.95, "base": 0.38, "top": 0.43, "belly": 0.44, "handle": "ear"}
BRISK = {"height": 0.88, "base": 0.43, "top": 0.43, "straight": True, "handle": "square", "handle_thick": 0.065}
FLASK = {"profile": "flask", "stopper": "cork"}
CORK = F("matte", "tan", "sand", ("speckles", 18.0, 0.4, 0.6))
ROUND_POT = {"profile": "round", "handle": "ear"}

KITCHEN: list[Design] = [
    Design("halden-mug-blue", "mug", HALDEN, {"body": F("stoneware", "blue"), "inside": F("glaze", "cream")}),
    Design("halden-mug-oatmeal", "mug", HALDEN, {"body": F("stoneware", "oatmeal"), "inside": F("glaze", "cream")}),
    Design("halden-mug-moss", "mug", HALDEN, {"body": F("stoneware", "moss"), "inside": F("glaze", "cream")}),
    Design("brisk-mug-red-stripe", "mug", BRISK,
           {"body": F("glaze", "white", "red", ("bands", 5.0, 0.62)), "inside": F("glaze", "white"), "handle": F("glaze", "white")}),
    Design("brisk-mug-navy-stripe", "mug", BRISK,
           {"body": F("glaze", "white", "navy", ("bands", 5.0, 0.62)), "inside": F("glaze", "white"), "handle": F("glaze", "white")}),
    Design("tarn-tumbler-charcoal", "mug", {"height": 0.78, "base": 0.3, "top": 0.42, "belly": 0.38, "handle": "none"},
           {"body": F("matte", "charcoal", "blush", ("dip", 0.56, 0.05)), "inside": F("glaze", "blush")}),
    Design("fen-mug-speckled", "mug", {"height": 0.86, "base": 0.42, "top": 0.38, "belly": 0.52, "footed": True, "handle": "ring", "grip": (0.36, 0.82)},
           {"body": F("stoneware", "white", fleck="navy"), "inside": F("glaze", "white"), "handle": F("glaze", "white")}),
    Design("larch-mug-enamel", "mug", {"height": 0.8, "base": 0.46, "top": 0.47, "straight": True, "handle": "ear", "wall": 0.03, "handle_thick": 0.05},
           {"body": F("enamel", "navy", "white", ("dip", 0.955, 0.0)), "inside": F("enamel", "white"), "handle": F("enamel", "white")}),
    Design("sora-bowl-cobalt", "bowl", {"profile": "round", "scale": 0.9},
           {"body": F("glaze", "cobalt", "white", ("bands", 5.0, 0.5)), "inside": F("glaze", "white")}),
    Design("sora-bowl-coral", "bowl", {"profile": "round", "scale": 0.9},
           {"body": F("glaze", "coral", "white", ("bands", 5.0, 0.5)), "inside": F("glaze", "white")}),
    Design("dune-pasta-bowl", "bowl", {"profile": "shallow"}, {"body": F("stoneware", "sand"), "inside": F("stoneware", "sand")}),
    Design("orchard-fruit-bowl", "bowl", {"profile": "footed", "scale": 1.25}, {"body": F("glaze", "sage")}),
    Design("alder-salad-bowl", "bowl", {"profile": "straight", "scale": 1.35, "deep": 1.1, "wall": 0.09}, {"body": F("wood", "walnut", grain="x")}),
    Design("petal-bowl-celadon", "bowl", {"profile": "flared", "flutes": (18, 0.07), "flute_range": (0.14, 9.0)}, {"body": F("glaze", "aqua")}),
    Design("harbour-teapot-teal", "teapot", ROUND_POT, {"body": F("glaze", "teal")}),
    Design("harbour-teapot-mustard", "teapot", ROUND_POT, {"body": F("glaze", "mustard")}),
    Design("pepper-teapot-dotted", "teapot", {"profile": "tall", "handle": "square", "knob": "cone", "spout_reach": 0.5},
           {"body": F("glaze", "red", "white", ("dots", 14.0, 9.0, 0.2, 1.5)), "lid": F("glaze", "white"), "handle": F("glaze", "white"), "knob": F("glaze", "red")}),
    Design("kiso-teapot-iron", "teapot", {"profile": "squat", "handle": "bail", "knob": "flat", "bail": 0.8, "flutes": (40, 0.035), "flute_range": (0.1, 0.55), "spout_reach": 0.42},
           {"body": F("metal", "iron"), "knob": F("metal", "brass"), "handle": F("metal", "iron")}),
    Design("coast-bottle-aqua", "bottle", FLASK, {"body": F("glass", "aqua"), "stopper": CORK}),
    Design("coast-bottle-amber", "bottle", FLASK, {"body": F("glass", "amber"), "stopper": CORK}),
    Design("clara-carafe", "bottle", {"profile": "carafe"}, {"body": F("glass", "clear")}),
    Design("grove-decanter-green", "bottle", {"profile": "wine", "stopper": "ball"}, {"body": F("glass", "bottle"), "stopper": F("glass", "bottle")}),
    Design("dairy-bottle-blue", "bottle", {"profile": "milk"}, {"body": F("stoneware", "sky"), "inside": F("glaze", "white")}),
    Design("sol-tray-brass", "tray", {"radius": 1.9, "rim": 0.22, "flare": 0.06}, {"body": F("metal", "brass", rough=0.16)}),
    Design("pebble-tray-terrazzo", "tray", {"radius": 1.7, "rim": 0.24}, {"body": F("terrazzo", "blush", "teal")}),
    Design("fjord-tray-walnut", "tray", {"shape": "rect", "grips": True}, {"body": F("wood", "walnut", grain="x"), "rim": F("wood", "walnut", grain="x"), "grip": F("metal", "brass")}),
    Design("baker-board-oak", "tray", {"shape": "board"}, {"body": F("wood", "oak", grain="x"), "trim": F("leather", "chocolate")}),
]
