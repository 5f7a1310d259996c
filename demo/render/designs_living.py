"""Shapes and surfaces of living-room products."""

from demo.render.design import Design
from demo.render.finish import Finish

AMPHORA = {"profile": "amphora", "handles": 2, "grip": (0.62, 0.9), "reach": 0.12, "handle_thick": 0.06}
BUD = {"profile": "bud"}
TURNED = {"style": "turned"}
ALARM = {"radius": 1.0, "deep": 0.55, "bells": True, "feet": 0.12}
LINEN = {"width": 4.5, "height": 4.5}
PERCH = {"height": 4.4, "radius": 1.5, "legs": 3, "splay": 1.0, "ring": 0.4}

VASES: list[Design] = [
    Design("delphi-vase-terracotta", "vase", AMPHORA, {"body": Finish("terracotta", "terracotta")}),
    Design("delphi-vase-charcoal", "vase", AMPHORA, {"body": Finish("matte", "charcoal")}),
    Design(
        "ribe-vase-white",
        "vase",
        {"profile": "cylinder", "flutes": (28, 0.06), "flute_range": (0.1, 1.95)},
        {"body": Finish("matte", "white")},
    ),
    Design(
        "sunna-vase-ochre",
        "vase",
        {"profile": "bulb"},
        {"body": Finish("glaze", "ochre", "chocolate", ("fade", 0.45, 0.95))},
    ),
    Design(
        "twin-gourd-vase-blue",
        "vase",
        {"profile": "gourd"},
        {"body": Finish("glaze", "sky", "cobalt", ("fade", 0.2, 0.8))},
    ),
    Design("liv-vase-rose-glass", "vase", {"profile": "trumpet", "wall": 0.045}, {"body": Finish("glass", "rose")}),
    Design("wren-bud-vase-sage", "vase", BUD, {"body": Finish("matte", "sage")}),
    Design(
        "canton-jar-chevron",
        "vase",
        {"profile": "ginger"},
        {"body": Finish("glaze", "cobalt", "white", ("chevron", 12.0, 7.0, 1.0)), "inside": Finish("glaze", "white")},
    ),
]

CANDLES: list[Design] = [
    Design("vesper-candlestick-brass", "candle", TURNED, {"body": Finish("metal", "brass", rough=0.16)}),
    Design("vesper-candlestick-iron", "candle", TURNED, {"body": Finish("metal", "iron")}),
    Design(
        "bobbin-candlestick-coral", "candle", {"style": "balls", "candle": "ivory"}, {"body": Finish("glaze", "coral")}
    ),
    Design(
        "nook-chamberstick-green",
        "candle",
        {"style": "chamber", "candle": "cream"},
        {"body": Finish("enamel", "forest")},
    ),
    Design(
        "trio-candelabra-brass",
        "candle",
        {"style": "arms", "candle": "ivory"},
        {"body": Finish("metal", "brass", rough=0.2)},
    ),
    Design(
        "harbour-lantern-black", "lantern", {}, {"body": Finish("enamel", "black"), "trim": Finish("metal", "brass")}
    ),
]

CLOCKS: list[Design] = [
    Design(
        "rooster-alarm-clock-red",
        "clock",
        ALARM,
        {
            "body": Finish("enamel", "red"),
            "dial": Finish("matte", "white"),
            "hands": Finish("matte", "black"),
            "trim": Finish("metal", "brass"),
        },
    ),
    Design(
        "rooster-alarm-clock-mint",
        "clock",
        ALARM,
        {
            "body": Finish("enamel", "aqua"),
            "dial": Finish("matte", "white"),
            "hands": Finish("matte", "black"),
            "trim": Finish("metal", "steel"),
        },
    ),
    Design(
        "kvadrat-clock-oak",
        "clock",
        {"case": "block", "radius": 1.0, "deep": 0.7, "marks": "dots"},
        {
            "body": Finish("wood", "oak", grain="x"),
            "dial": Finish("matte", "cream"),
            "hands": Finish("matte", "charcoal"),
        },
    ),
    Design(
        "parlour-mantel-clock",
        "clock",
        {"case": "arch", "radius": 1.0, "deep": 0.8},
        {
            "body": Finish("wood", "walnut", grain="x"),
            "dial": Finish("matte", "ivory"),
            "hands": Finish("matte", "black"),
            "boss": Finish("metal", "brass"),
        },
    ),
]

LAMPS: list[Design] = [
    Design(
        "gourd-lamp-blue",
        "lamp",
        {"foot": "gourd", "shade": "drum"},
        {"body": Finish("glaze", "cobalt"), "shade": Finish("shade", "cream")},
    ),
    Design(
        "gourd-lamp-green",
        "lamp",
        {"foot": "gourd", "shade": "drum"},
        {"body": Finish("glaze", "moss"), "shade": Finish("shade", "cream")},
    ),
    Design(
        "study-lamp-brass",
        "lamp",
        {"foot": "stem", "shade": "wide", "glow": 16.0},
        {"body": Finish("metal", "brass"), "shade": Finish("shade", "green"), "trim": Finish("metal", "brass")},
    ),
    Design(
        "trivet-lamp-oak",
        "lamp",
        {"foot": "tripod", "shade": "drum"},
        {"body": Finish("wood", "oak"), "shade": Finish("shade", "white")},
    ),
    Design(
        "plinth-lamp-concrete",
        "lamp",
        {"foot": "block", "shade": "tall"},
        {"body": Finish("concrete", "stone"), "shade": Finish("shade", "oatmeal")},
    ),
]

CUSHIONS: list[Design] = [
    Design(
        "flax-cushion-rust", "cushion", LINEN, {"body": Finish("cloth", "rust"), "piping": Finish("cloth", "rust")}
    ),
    Design(
        "flax-cushion-sage", "cushion", LINEN, {"body": Finish("cloth", "sage"), "piping": Finish("cloth", "sage")}
    ),
    Design(
        "deck-cushion-navy",
        "cushion",
        {"width": 4.5, "height": 4.5, "seed": 4},
        {"body": Finish("cloth", "navy", "cream", ("stripes", 9.0, 0.5)), "piping": Finish("cloth", "navy")},
    ),
    Design(
        "picnic-cushion-gingham",
        "cushion",
        {"width": 4.5, "height": 4.5, "seed": 6},
        {"body": Finish("cloth", "cream", "green", ("gingham", 9.0, 9.0)), "piping": Finish("cloth", "cream")},
    ),
    Design(
        "nomad-cushion-chevron",
        "cushion",
        {"width": 5.6, "height": 3.4, "tassels": True, "seed": 3},
        {
            "body": Finish("cloth", "charcoal", "cream", ("chevron", 7.0, 5.0, 1.0)),
            "piping": Finish("cloth", "mustard"),
        },
    ),
    Design(
        "opera-cushion-plum",
        "floor cushion",
        {"shape": "round", "width": 4.6, "thick": 1.5},
        {"body": Finish("velvet", "plum"), "piping": Finish("velvet", "gold")},
    ),
]

STOOLS: list[Design] = [
    Design(
        "perch-stool-oak", "stool", PERCH, {"seat": Finish("wood", "oak", grain="x"), "legs": Finish("wood", "oak")}
    ),
    Design(
        "perch-stool-blue",
        "stool",
        PERCH,
        {"seat": Finish("wood", "oak", grain="x"), "legs": Finish("enamel", "blue", rough=0.4)},
    ),
    Design(
        "atelier-stool-tall",
        "stool",
        {
            "height": 6.4,
            "radius": 1.45,
            "legs": 4,
            "splay": 1.05,
            "ring": 0.36,
            "hoop": True,
            "leg": 0.1,
            "leg_taper": 1.0,
            "soft": 0.16,
            "thick": 0.42,
        },
        {"seat": Finish("leather", "tan"), "legs": Finish("metal", "iron")},
    ),
    Design(
        "cottage-stool-square",
        "stool",
        {
            "height": 4.3,
            "radius": 1.6,
            "legs": 4,
            "seat": "square",
            "splay": 0.75,
            "ring": 0.35,
            "thick": 0.4,
            "soft": 0.16,
        },
        {"seat": Finish("cloth", "straw", "sand", ("checks", 6.0, 6.0), rough=60.0), "legs": Finish("wood", "walnut")},
    ),
    Design(
        "pagoda-garden-stool",
        "stool",
        {"height": 4.5, "radius": 1.5, "drum": 1.18, "soft": 0.12},
        {"seat": Finish("glaze", "white"), "legs": Finish("glaze", "cobalt", "white", ("lines", 18.0, 9.0, 0.14))},
    ),
]

LIVING: list[Design] = [*VASES, *CANDLES, *CLOCKS, *LAMPS, *CUSHIONS, *STOOLS]
