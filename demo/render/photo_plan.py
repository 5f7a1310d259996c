"""All customer photos in the order of their numbers."""

from demo.render.photo import Photo
from demo.render.photos_home import PHOTOS_HOME
from demo.render.photos_kitchen import PHOTOS_KITCHEN

PHOTOS: list[Photo] = [*PHOTOS_KITCHEN, *PHOTOS_HOME]


def photo_name(index: int) -> str:
    return f"{index + 1:02d}.jpg"
