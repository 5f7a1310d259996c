"""The pictures that a feed names, found in one folder and nowhere else."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.feed.entries import ProductEntry
from catalog.feed.records import OnProblem
from catalog.feed.rows import InvalidRow
from catalog.locks import lock_products
from catalog.models import Product, ProductImage
from catalog.pictures.checking import PictureRefused, strip_metadata
from catalog.pictures.services import add_picture, restore_picture
from catalog.text.cleaning import clean_text

TOGETHER = 50  # products whose pictures land in one transaction


@dataclass
class PictureFolder:
    """The folder of the pictures; None where there is none."""

    path: Path | None
    spellings: dict[Path, dict[str, str]] = field(default_factory=dict)

    def land(self, landed: list[tuple[int, ProductEntry]], on_problem: OnProblem) -> int:
        """Give each product (its id and its entry) the pictures that its row names. Returns how many were new.

        A product whose row names pictures has exactly those afterwards, unless one of them was refused.
        """
        wanted = [(pk, entry) for pk, entry in landed if entry.pictures]
        added = 0
        for start in range(0, len(wanted), TOGETHER):
            with transaction.atomic():  # what listens for new pictures hears of them together
                added += self._give_some(wanted[start : start + TOGETHER], on_problem)
        return added

    def _give_some(self, wanted: list[tuple[int, ProductEntry]], on_problem: OnProblem) -> int:
        """Give these products their pictures. Nobody else gives them any meanwhile; deleted ones are passed over."""
        locked = set(lock_products(Product.objects.filter(pk__in=[pk for pk, _entry in wanted])))
        present: dict[int, list[ProductImage]] = defaultdict(list)
        for image in ProductImage.objects.filter(product__in=locked):
            present[image.product_id].append(image)
        return sum(self._give(pk, entry, present[pk], on_problem) for pk, entry in wanted if pk in locked)

    def _give(self, product: int, entry: ProductEntry, present: list[ProductImage], on_problem: OnProblem) -> int:
        is_complete, added = True, 0
        for position, (name, alt) in enumerate(entry.pictures):
            try:
                same = self._exported(name, present)
                if same is None:
                    data = self._read(name)
                    clean = strip_metadata(data)
                    sha256 = hashlib.sha256(clean).hexdigest()
                    same = next((image for image in present if image.sha256 == sha256), None)
                    if same is None:
                        add_picture(Product(pk=product), data, alt, position)
                        added += 1
                        continue
                    added += restore_picture(same, clean)
            except (InvalidRow, PictureRefused) as refused:
                on_problem(entry.line, _("Picture “%(name)s”: %(reason)s") % {"name": name, "reason": refused})
                is_complete = False
                continue
            present.remove(same)
            if (same.alt, same.position) != (alt, position):
                same.alt, same.position = alt, position
                same.save(update_fields=["alt", "position"])
        if is_complete:
            for image in present:
                image.delete()
        return added

    def _exported(self, name: str, present: list[ProductImage]) -> ProductImage | None:
        """Return the product's picture that an export named by its place in the storage, where no folder is given."""
        if self.path is not None:
            return None
        return next((image for image in present if image.file.name == name), None)

    def _place(self, folder: Path, name: str) -> Path:
        """Where the file lies whose name reads like this one; systems and archives spell it in different ways."""
        place = folder / name
        if place.exists():
            return place
        place = folder
        for part in Path(name).parts:
            place /= self._spellings(place).get(clean_text(part), part) if place.is_relative_to(folder) else part
        return place

    def _spellings(self, folder: Path) -> dict[str, str]:
        """The files of a folder as they are called, by their clean names."""
        if folder not in self.spellings:
            found = folder.iterdir() if folder.is_dir() and not folder.is_symlink() else []
            self.spellings[folder] = {clean_text(file.name): file.name for file in sorted(found)}
        return self.spellings[folder]

    def _read(self, name: str) -> bytes:
        if self.path is None:
            raise InvalidRow(_("no folder of pictures was named; use --images."))
        folder = self.path.resolve()
        try:
            file = self._place(folder, name).resolve()
            if not file.is_relative_to(folder):
                raise InvalidRow(_("this path leads out of the folder of pictures."))
            if not file.is_file():
                raise InvalidRow(_("there is no such file in the folder of pictures."))
            if file.stat().st_size > settings.PICTURE_MAX_BYTES:
                raise InvalidRow(_("the file is larger than a picture may be."))
            return file.read_bytes()
        except OSError as error:
            raise InvalidRow(str(error.strerror)) from error
