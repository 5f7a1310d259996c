"""All pieces that are written down in one place, in catalogue order."""

from demo.render.piece import Product
from demo.render.pieces_cups import CUPS
from demo.render.pieces_pouring import POURING
from demo.render.pieces_table import TABLEWARE

PIECES: list[Product] = [*CUPS, *TABLEWARE, *POURING]
