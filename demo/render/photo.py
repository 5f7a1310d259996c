"""A customer photo as plain data."""

from dataclasses import dataclass, field

Spot = tuple[str, float, float]


@dataclass(frozen=True)
class Second:
    """Another product in the picture: beside the first (``side`` -1 left, 1 right) or, with side 0, standing on it.

    ``gap`` is the space between the two, ``back`` the extra distance from the camera, ``lift`` the height over the
    surface.
    """

    subject: str
    side: int = 1
    turn: float = 0.0
    gap: float = 0.5
    back: float = 0.3
    lift: float = 0.0


@dataclass(frozen=True)
class Photo:
    """A customer photo of ``subject``: a product slug, or something that is not sold if ``sold`` is false.

    ``turn`` rotates the subject (degrees), ``view`` is the camera's azimuth and elevation in the room, ``margin`` the
    space around the subject, ``shift`` moves it out of the middle, ``filling`` puts leaves or flowers into it. Things
    ``around`` it have fixed positions, ``clutter`` is placed at random, ``served`` lies on the subject (name, height,
    size). ``stops`` brightens or darkens. ``laid`` tilts the subject (degrees), ``raised`` lifts it off the surface,
    ``against`` pushes its back to a wall at that distance.
    """

    subject: str
    room: tuple[str, str, str]
    light: str
    turn: float
    view: tuple[float, float]
    margin: float = 1.45
    shift: tuple[float, float] = (0.0, 0.0)
    roll: float = 0.0
    around: tuple[Spot, ...] = ()
    filling: tuple[str, float, float] | None = None
    effects: tuple[str, ...] = ()
    quality: int = 86
    upright: bool = False
    sold: bool = True
    notes: str = field(default="")
    second: Second | None = None
    clutter: tuple[str, ...] = ()
    lens: float = 34.0
    stops: float = 0.0
    size: tuple[int, int] = (640, 480)
    laid: tuple[float, float, float] = (0.0, 0.0, 0.0)
    raised: float = 0.0
    against: float | None = None
    served: tuple[str, float, float] | None = None
