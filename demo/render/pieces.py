"""All pieces that are written down in one place, in catalogue order."""

from demo.render.piece import Product
from demo.render.pieces_candles import CANDLELIGHT
from demo.render.pieces_cups import CUPS
from demo.render.pieces_lamps import LAMPS
from demo.render.pieces_pouring import POURING
from demo.render.pieces_table import TABLEWARE
from demo.render.pieces_vases import VASES
from demo.render.pieces_wall import WALL

PIECES: list[Product] = [*CUPS, *TABLEWARE, *POURING, *LAMPS, *VASES, *CANDLELIGHT, *WALL]
