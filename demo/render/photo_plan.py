"""All customer photos in numerical order. Append new ones, so that existing numbers stay the same."""

from demo.render.photo import Photo
from demo.render.photos_distractors import PHOTOS_DISTRACTORS
from demo.render.photos_home import PHOTOS_HOME
from demo.render.photos_house import PHOTOS_HOUSE
from demo.render.photos_kitchen import PHOTOS_KITCHEN
from demo.render.photos_living import PHOTOS_LIVING
from demo.render.photos_pairs import PHOTOS_PAIRS
from demo.render.photos_rooms import PHOTOS_ROOMS
from demo.render.photos_table import PHOTOS_TABLE

PHOTOS: list[Photo] = [
    *PHOTOS_KITCHEN,
    *PHOTOS_HOME,
    *PHOTOS_ROOMS,
    *PHOTOS_PAIRS,
    *PHOTOS_DISTRACTORS,
    *PHOTOS_TABLE,
    *PHOTOS_LIVING,
    *PHOTOS_HOUSE,
]


def photo_name(index: int) -> str:
    return f"{index + 1:02d}.jpg"
