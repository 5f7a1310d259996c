"""The shape of one product: family, proportions and finishes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.render.finish import Finish


@dataclass(frozen=True)
class Design:
    """``slug`` names the product and its pictures; ``params`` and ``finishes`` go to the family's builder."""

    slug: str
    family: str
    params: dict[str, Any]
    finishes: dict[str, Finish]

    @property
    def pictures(self) -> tuple[str, str]:
        return f"{self.slug}-1.jpg", f"{self.slug}-2.jpg"

    def is_pictured(self, folder: Path) -> bool:
        """Return True if the folder has all its pictures."""
        return all((folder / name).exists() for name in self.pictures)
