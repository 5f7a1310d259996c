"""One customer photo as plain data."""

from dataclasses import dataclass, field

Spot = tuple[str, float, float]


@dataclass(frozen=True)
class Photo:
    """``subject`` is a product slug, or the name of something the shop does not sell where ``sold`` is false.

    ``turn`` rotates the subject (degrees), ``view`` is the camera's azimuth and elevation in the room, ``margin`` the
    air around the subject, ``shift`` moves it out of the middle, ``filling`` puts leaves or flowers into it.
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
