"""Which builder makes which family, and how its catalogue views are taken."""

from collections.abc import Callable

from demo.render import containers, furnishings, tableware, vessels
from demo.render.vessels import Finishes, Objects, Params

BUILDERS: dict[str, Callable[[Params, Finishes], Objects]] = {
    "mug": vessels.mug,
    "bowl": vessels.bowl,
    "teapot": vessels.teapot,
    "bottle": vessels.bottle,
    "vase": vessels.vase,
    "planter": vessels.planter,
    "lamp": furnishings.lamp,
    "stool": furnishings.stool,
    "cushion": furnishings.cushion,
    "floor cushion": furnishings.cushion,
    "clock": furnishings.clock,
    "box": containers.chest,
    "candle": containers.candle_holder,
    "lantern": containers.lantern,
    "tray": containers.tray,
    "board": containers.tray,
    "basket": containers.basket,
    "plate": tableware.plate,
    "cake stand": tableware.plate,
    "jug": tableware.jug,
    "tumbler": tableware.tumbler,
    "glass": tableware.stemware,
    "jar": tableware.jar,
    "mill": tableware.mill,
    "can": tableware.watering_can,
}

# azimuth and elevation in degrees of the two catalogue views; azimuth 0 looks at the front
VIEWS: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "mug": ((26, 16), (-38, 40)),
    "bowl": ((20, 20), (-40, 48)),
    "teapot": ((18, 16), (-48, 36)),
    "bottle": ((24, 8), (-40, 30)),
    "vase": ((22, 9), (-48, 32)),
    "planter": ((24, 14), (-40, 38)),
    "lamp": ((22, 5), (-42, 24)),
    "stool": ((24, 14), (-42, 36)),
    "cushion": ((14, 7), (-46, 18)),
    "floor cushion": ((16, 24), (-40, 44)),
    "clock": ((14, 6), (-40, 16)),
    "box": ((28, 22), (-46, 38)),
    "candle": ((24, 8), (-44, 30)),
    "lantern": ((28, 9), (-52, 26)),
    "tray": ((20, 34), (-48, 20)),
    "board": ((30, 46), (-58, 24)),
    "basket": ((24, 14), (-42, 38)),
    "plate": ((18, 52), (-36, 24)),
    "cake stand": ((18, 14), (-36, 40)),
    "jug": ((24, 12), (-44, 34)),
    "tumbler": ((20, 12), (-40, 36)),
    "glass": ((16, 8), (-44, 32)),
    "jar": ((22, 12), (-42, 34)),
    "mill": ((18, 8), (-44, 30)),
    "can": ((14, 14), (-42, 34)),
}


def build(family: str, params: Params, finishes: Finishes) -> Objects:
    return BUILDERS[family](params, finishes)
