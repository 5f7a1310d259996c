"""All pieces in catalogue order."""

from demo.render.piece import Product
from demo.render.pieces_bottles import BOTTLES
from demo.render.pieces_candles import CANDLELIGHT
from demo.render.pieces_cups import MUGS
from demo.render.pieces_cushions import SOFT
from demo.render.pieces_garden import PLANTED
from demo.render.pieces_glasses import GLASSES, TUMBLERS
from demo.render.pieces_lamps import LAMPS
from demo.render.pieces_pantry import PANTRY
from demo.render.pieces_pendants import PENDANTS
from demo.render.pieces_pouring import POURING
from demo.render.pieces_seats import SEATS
from demo.render.pieces_side_tables import TABLES
from demo.render.pieces_storage import STORED
from demo.render.pieces_table import TABLEWARE
from demo.render.pieces_vases import VASES
from demo.render.pieces_wall import WALL

KITCHEN: list[Product] = [*MUGS, *TUMBLERS, *GLASSES, *TABLEWARE, *POURING, *BOTTLES, *PANTRY]
LIVING: list[Product] = [*VASES, *CANDLELIGHT, *WALL, *LAMPS, *PENDANTS, *SOFT, *SEATS, *TABLES]
PIECES: list[Product] = [*KITCHEN, *LIVING, *STORED, *PLANTED]
