"""Import the pictures named in a feed from one folder."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.feed.entries import ProductEntry
from catalog.feed.records import OnProblem
from catalog.feed.rows import InvalidRow
from catalog.locks import lock_products
from catalog.models import PictureSource, Product, ProductImage
from catalog.pictures.checking import PictureRefused, cleaned_picture
from catalog.pictures.services import add_cleaned, restore_picture
from catalog.pictures.sources import is_address, plan_pictures
from catalog.text.cleaning import clean_text

BATCH = 50  # products per transaction


@dataclass
class PictureFolder:
    """The folder given to the import, if any."""

    path: Path | None
    now: datetime
    spellings: dict[Path, dict[str, str]] = field(default_factory=dict)
    waiting: int = 0  # pictures that will be fetched
    fetched: set[int] = field(default_factory=set)  # pictures of the current batch that came from an address

    def import_pictures(self, imported: list[tuple[int, ProductEntry]], on_problem: OnProblem) -> int:
        """Import the pictures of these products, given by key and entry. Return how many were added.

        A product whose row names pictures has exactly those afterwards, unless one of them is invalid.
        """
        illustrated = [(pk, entry) for pk, entry in imported if entry.pictures]
        added = 0
        for start in range(0, len(illustrated), BATCH):
            with transaction.atomic():  # receivers of new pictures run once per batch
                added += self._import_batch(illustrated[start : start + BATCH], on_problem)
        return added

    def _import_batch(self, batch: list[tuple[int, ProductEntry]], on_problem: OnProblem) -> int:
        """Lock these products and import their pictures. Deleted products are skipped."""
        locked = set(lock_products(Product.objects.filter(pk__in=[pk for pk, _entry in batch])))
        present: dict[int, list[ProductImage]] = defaultdict(list)
        for image in ProductImage.objects.filter(product__in=locked, is_from_customer=False):
            present[image.product_id].append(image)
        named = [(pk, entry) for pk, entry in batch if pk in locked]
        self.waiting += sum(self._plan(pk, entry) for pk, entry in named)
        self.fetched = set(
            PictureSource.objects.filter(product__in=locked, image__isnull=False).values_list("image", flat=True)
        )
        return sum(self._import_product(pk, entry, present[pk], on_problem) for pk, entry in named)

    def _plan(self, product: int, entry: ProductEntry) -> int:
        """Have the pictures of this product fetched that are named by their address."""
        pictures = [(position, name, alt) for position, (name, alt) in enumerate(entry.pictures) if is_address(name)]
        return plan_pictures(product, pictures, self.now) if pictures else 0

    def _import_product(
        self, product: int, entry: ProductEntry, present: list[ProductImage], on_problem: OnProblem
    ) -> int:
        addresses = sum(is_address(name) for name, _alt in entry.pictures)
        is_complete, added = addresses < len(entry.pictures), 0
        for position, (name, alt) in enumerate(entry.pictures):
            if is_address(name):
                continue
            try:
                same = self._exported(name, present)
                if same is None:
                    checked, clean = cleaned_picture(self._read(name))
                    same = next((image for image in present if image.sha256 == checked.sha256), None)
                    if same is None:
                        add_cleaned(Product(pk=product), checked, clean, alt, position)
                        added += 1
                        continue
                    added += restore_picture(same, clean)
            except (InvalidRow, PictureRefused) as error:
                on_problem(entry.line, _("Picture “%(name)s”: %(reason)s") % {"name": name, "reason": error})
                is_complete = False
                continue
            present.remove(same)
            if (same.alt, same.position) != (alt, position):
                same.alt, same.position = alt, position
                same.save(update_fields=["alt", "position"])
        if is_complete:
            for image in present:
                if not addresses or image.pk not in self.fetched:
                    image.delete()
        return added

    def _exported(self, name: str, present: list[ProductImage]) -> ProductImage | None:
        """If no folder was given, return the picture with this storage name, which exports write."""
        if self.path is not None:
            return None
        return next((image for image in present if image.file.name == name), None)

    def _find(self, folder: Path, name: str) -> Path:
        """Return the path of the file. Its name may be normalised differently: systems and archives vary."""
        place = folder / name
        if place.exists():
            return place
        place = folder
        for part in Path(name).parts:
            place /= self._spellings(place).get(clean_text(part), part) if place.is_relative_to(folder) else part
        return place

    def _spellings(self, folder: Path) -> dict[str, str]:
        """Return the file names in a folder by their cleaned names."""
        if folder not in self.spellings:
            found = folder.iterdir() if folder.is_dir() and not folder.is_symlink() else []
            self.spellings[folder] = {clean_text(file.name): file.name for file in sorted(found)}
        return self.spellings[folder]

    def _read(self, name: str) -> bytes:
        if self.path is None:
            raise InvalidRow(_("no picture folder was given. Use --images."))
        folder = self.path.resolve()
        try:
            file = self._find(folder, name).resolve()
            if not file.is_relative_to(folder):
                raise InvalidRow(_("the path is outside the picture folder."))
            if not file.is_file():
                raise InvalidRow(_("the file does not exist in the picture folder."))
            if file.stat().st_size > settings.PICTURE_MAX_BYTES:
                raise InvalidRow(_("the file is too large."))
            return file.read_bytes()
        except OSError as error:
            raise InvalidRow(str(error.strerror)) from error
