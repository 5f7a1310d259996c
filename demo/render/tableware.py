"""Tableware and kitchen storage: plates, jugs, glasses, jars, mills and watering cans."""

import math

import numpy as np

from demo.render.finish import Finish
from demo.render.geometry import Point, Vec, hollow_profile, lathe, smooth, sweep
from demo.render.materials import make
from demo.render.outlines import CANS, JARS, JUGS, MILLS, PLATES, STEMS, TUMBLERS
from demo.render.vessels import Finishes, Objects, Params, Warp, ear, lid, pick, radius_at, scaled, vessel, warp_of


def plate(params: Params, finishes: Finishes) -> Objects:
    """Build a plate; patterns run from the rim inwards. ``stand`` lifts it on a foot of that height."""
    outer = [(float(r), float(z)) for r, z in smooth(scaled(PLATES[params["profile"]], params), 8)]
    profile, split = hollow_profile(outer, params.get("wall", 0.06), 0.09)
    steps = np.hypot(*np.diff(np.array(profile), axis=0).T)
    run = np.concatenate([[0.0], np.cumsum(steps)])
    rim = run[split]
    inwards = np.where(run < rim, 1 - run / rim, (run - rim) / (run[-1] - rim))
    dish = lathe(
        "plate",
        profile,
        [pick(finishes, "back", "body"), pick(finishes, "body")],
        inner_from=split,
        warp=warp_of(params),
        segments=192,
        v_values=inwards,
    )
    lift = params.get("stand", 0.0)
    if not lift:
        return [dish]
    dish.location.z = lift - 0.02
    foot: list[Point] = [(0.0, 0.0), (0.62, 0.0), (0.62, 0.0), (0.6, 0.05), (0.22, 0.16), (0.13, lift * 0.5)]
    foot += [(0.2, lift - 0.12), (0.5, lift), (0.5, lift), (0.0, lift)]
    return [dish, lathe("foot", smooth(foot, 8), [pick(finishes, "foot", "back", "body")])]


def pouring_lip(high: float, pull: float, spread: float) -> Warp:
    """Pull the rim out on the -x side."""

    def warp(theta: np.ndarray, z: np.ndarray) -> np.ndarray:
        rise = np.clip((z / high - 0.7) / 0.3, 0, 1) ** 2
        return 1 + pull * np.exp(-(((theta - math.pi) / spread) ** 2)) * rise

    return warp


def jug(params: Params, finishes: Finishes) -> Objects:
    outline = scaled(JUGS[params["profile"]], params)
    high = outline[-1][1]
    lip, around = pouring_lip(high, params.get("lip", 0.32), params.get("spread", 0.42)), warp_of(params)

    def warp(theta: np.ndarray, z: np.ndarray) -> np.ndarray:
        return lip(theta, z) * (around(theta, z) if around else 1.0)

    body = vessel("jug", outline, params, finishes, 0.055, 0.1, warp)
    low, top = params.get("grip", (0.3, 0.88))
    grip = ear(outline, high * low, high * top, params.get("reach", 0.42), params, pick(finishes, "handle"))
    return [body, grip]


def tumbler(params: Params, finishes: Finishes) -> Objects:
    outline = scaled(TUMBLERS[params["profile"]], params)
    floor = 0.3 if params["profile"] == "footed" else 0.1
    return [vessel("glass", outline, {"wall": 0.035, **params}, finishes, 0.035, floor)]


def stemware(params: Params, finishes: Finishes) -> Objects:
    """Build a glass on a stem: the bowl may differ in colour from stem and foot."""
    bowl, tall = scaled(STEMS[params["profile"]], params), params.get("stem", 0.85)
    thin: float = params.get("thin", 0.045)
    foot, knot = params.get("foot", 0.36), params.get("knot", thin)
    stem: list[Point] = [(0.0, 0.0), (foot, 0.0), (foot, 0.0), (foot, 0.025), (0.12, 0.07), (thin, 0.2)]
    stem += [(knot, tall * 0.55), (thin, tall * 0.85), (bowl[0][0], tall), (0.0, tall)]
    outer = np.array([(r, z + tall) for r, z in smooth(bowl, 10)])
    inner = outer - [0.03, 0.0]
    inner = inner[(inner[:, 1] > tall + 0.06) & (inner[:, 0] > 0.02)][::-1]
    cup: list[Point] = [(0.0, tall - 0.005), *outer.tolist(), *inner.tolist(), (0.0, tall + 0.05)]
    return [
        lathe("bowl", cup, [pick(finishes, "body")], warp=warp_of(params), segments=192),
        lathe("stem", smooth(stem, 8), [pick(finishes, "stem", "body")], segments=96),
    ]


def jar(params: Params, finishes: Finishes) -> Objects:
    """Build a storage jar closed by a cork, a wooden disc, a screw cap or a domed lid."""
    outline = scaled(JARS[params["profile"]], params)
    r, h = outline[-1]
    body = vessel("jar", outline, params, finishes, params.get("wall", 0.05), 0.08)
    kind = params.get("lid", "disc")
    if kind == "dome":
        return [body, *lid(outline, params, finishes)]
    covers: dict[str, list[Point]] = {
        "cork": [(0, h - 0.12), (r - 0.06, h - 0.12), (r - 0.06, h - 0.12), (r - 0.01, h + 0.2), (0, h + 0.2)],
        "disc": [(0, h - 0.02), (r + 0.03, h - 0.02), (r + 0.03, h - 0.02), (r + 0.03, h + 0.12), (0, h + 0.12)],
        "cap": [
            (0, h),
            (r + 0.03, h - 0.16),
            (r + 0.03, h - 0.16),
            (r + 0.03, h + 0.06),
            (r, h + 0.08),
            (0, h + 0.08),
        ],
    }
    edge = covers[kind]
    edge = [*edge[:-1], edge[-2], edge[-1]] if kind != "cap" else edge
    parts = [body, lathe("lid", smooth(edge, 4), [pick(finishes, "lid")], warp=_milled(kind), segments=192)]
    if params.get("knob"):
        z = edge[-1][1]
        ball = [(0.05, z - 0.01), (0.05, z + 0.05), (0.11, z + 0.1), (0.11, z + 0.16), (0.05, z + 0.22), (0, z + 0.22)]
        parts.append(lathe("knob", smooth(ball, 6), [pick(finishes, "knob", "lid")], segments=48))
    return parts


def _milled(kind: str) -> Warp | None:
    return (lambda theta, z: 1 + 0.012 * np.sign(np.sin(theta * 48)) + 0 * z) if kind == "cap" else None


def mill(params: Params, finishes: Finishes) -> Objects:
    lower, upper = MILLS[params["profile"]]
    high = params.get("high", 1.0)
    top = upper[-1][1] * high
    around = warp_of(params)
    parts = [
        lathe("body", smooth(scaled(lower, params), 8), [pick(finishes, "body")], warp=around),
        lathe("head", smooth(scaled(upper, params), 8), [pick(finishes, "head", "body")], warp=around),
        lathe("axle", [(0.07, 0.1), (0.07, top)], [pick(finishes, "knob")], segments=32),
    ]
    ball = [(0.03, top - 0.01), (0.03, top + 0.03), (0.08, top + 0.08), (0.06, top + 0.14), (0, top + 0.16)]
    return [*parts, lathe("knob", smooth(ball, 6), [pick(finishes, "knob")], segments=48)]


def watering_can(params: Params, finishes: Finishes) -> Objects:
    outline = scaled(CANS[params["profile"]], params)
    h = outline[-1][1]
    body = pick(finishes, "body")
    parts = [vessel("can", outline, params, finishes, 0.045, 0.1)]
    start, reach = radius_at(outline, h * 0.25) - 0.06, params.get("reach", 1.25)
    tip: Vec = (-start - reach, 0, h * params.get("tip", 1.12))
    path = [(-start, 0, h * 0.25), (-start - reach * 0.4, 0, h * 0.5), tip]
    parts.append(sweep("spout", smooth(path, 10), [0.15, 0.09, 0.07], body, sides=28, domed=False))
    if params.get("rose"):
        head: list[Point] = [(0.06, -0.05), (0.2, 0.2), (0.22, 0.23), (0.2, 0.26), (0.0, 0.3)]
        rose = lathe("rose", smooth(head, 5), [pick(finishes, "trim")], segments=64)
        rose.location = tip
        rose.rotation_euler[1] = math.radians(-60)
        parts.append(rose)
    else:
        parts.append(
            sweep("mouth", [tip, (tip[0] - 0.012, 0, tip[2] + 0.006)], 0.055, make(Finish("matte", "charcoal")))
        )
    return [*parts, *_can_handle(outline, params, finishes)]


def _can_handle(outline: list[Point], params: Params, finishes: Finishes) -> Objects:
    """Build a hoop over the mouth, or a loop from the mouth down the back."""
    r, h = outline[-1]
    grip = pick(finishes, "handle")
    if params.get("handle") == "hoop":
        hoop: list[Vec] = [
            ((r - 0.02) * math.cos(a), 0, h - 0.03 + 0.75 * math.sin(a)) for a in np.linspace(0, math.pi, 36)
        ]
        return [sweep("hoop", hoop, 0.05, grip, section=(1.6, 0.8))]
    low = radius_at(outline, h * 0.3) - 0.02
    loop = [(-r + 0.04, 0, h - 0.02), (-r * 0.3, 0, h + 0.42), (r + 0.3, 0, h + 0.4), (r + 0.75, 0, h * 0.78)]
    loop += [(low + 0.4, 0, h * 0.4), (low, 0, h * 0.3)]
    return [sweep("loop", smooth(loop, 10), 0.05, grip, section=(1.6, 0.8))]
