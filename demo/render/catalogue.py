"""All designs of the demo shop, in catalogue order."""

from demo.render.design import Design
from demo.render.designs_kitchen import KITCHEN
from demo.render.designs_living import LIVING
from demo.render.designs_storage import GARDEN, STORAGE
from demo.render.pieces import PIECES

DESIGNS: list[Design] = [*KITCHEN, *LIVING, *STORAGE, *GARDEN, *(piece.design for piece in PIECES)]
BY_SLUG: dict[str, Design] = {design.slug: design for design in DESIGNS}
