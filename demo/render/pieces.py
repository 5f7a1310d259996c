"""All pieces that are written down in one place, in catalogue order."""

from demo.render.piece import Product
from demo.render.pieces_cups import CUPS

PIECES: list[Product] = [*CUPS]
