"""`manage.py calibrate_verdicts`: calibrate the live network in this shop, and count its verdicts on photos."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.models import Product
from catalog.pictures.checking import PictureRefused, open_picture
from visualsearch import calibration
from visualsearch.embedding.card import BadCard
from visualsearch.matches import Ranking
from visualsearch.measuring.customer_photos import read_truth
from visualsearch.measuring.dataset import BadDataset, LabelSpace
from visualsearch.measuring.metrics import auroc
from visualsearch.measuring.trials import Query
from visualsearch.models import Calibration, Network
from visualsearch.networks import inventory, serving
from visualsearch.photo import Photo, embed_photo
from visualsearch.verdicts import VERDICTS
from visualsearch.wishes import read_wish

TIME_LIMIT = 3600  # seconds: also of a busy machine
ROW = "{:<22} {:>6} {:>7} {:>7} {:>9}"


class Command(BaseCommand):
    help = "Calibrate the verdicts of photo searches in this shop; with --photos, count them on photos of customers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--network", help="name or hash of a network (default: the live one)")
        parser.add_argument("--photos", type=Path, help="folder of photos, which only measure")
        parser.add_argument("--truth", type=Path, help="CSV with photo,product (default: truth.csv in the folder)")
        parser.add_argument("--keep", action="store_true", help="measure with the calibration as it is")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            network = inventory.find(options["network"]) if options["network"] else serving.live()
            self._calibrate(network, options["keep"])
            if options["photos"]:
                serving.current()
                self._count(network, options["photos"], options["truth"] or options["photos"] / "truth.csv")
        except (BadCard, BadDataset, inventory.NetworkRefused, OSError, PictureRefused) as error:
            raise CommandError(str(error)) from error

    def _calibrate(self, network: Network, is_kept: bool) -> None:
        if not is_kept:
            calibration.calibrate(network, timezone.now(), TIME_LIMIT)
        found = Calibration.objects.filter(network=network).first()
        if found is None:
            self.stdout.write(
                f"{network.identity} is not calibrated. The shop needs more products and categories, or a worker is "
                "calibrating it now: try again in a few minutes."
            )
            return
        self.stdout.write(
            f"{network.identity}: match from {found.match_from:.2f}, not sold below {found.none_below:.2f}.\n"
        )
        self._table(zip(("own products, in scenes", "other kinds, in scenes"), found.verdicts, strict=True))

    def _count(self, network: Network, photos: Path, truth: Path) -> None:
        slugs = tuple(Product.objects.visible(timezone.now()).values_list("slug", flat=True))
        catalogue = LabelSpace("catalogue", slugs, (), np.empty(0, dtype=np.int64))
        known = read_truth(truth, photos, catalogue)
        sold = [_search(query, network) for query, _product in known.whole]
        others = [_search(query, network) for query in known.not_sold]
        counts = [[Counter(verdict for verdict, _best in each)[name] for name in VERDICTS] for each in (sold, others)]
        self._table(zip((f"{len(sold)} photos, sold", f"{len(others)} photos, not sold"), counts, strict=True))
        best = [np.array([score for _verdict, score in each]) for each in (sold, others)]
        self.stdout.write(f"AUROC of the best score: {auroc(*best):.3f}")

    def _table(self, rows: Iterator[tuple[str, list[int]]]) -> None:
        self.stdout.write("\n" + ROW.format("", "photos", "match", "unsure", "not sold"))
        for title, counts in rows:
            self.stdout.write(ROW.format(title, sum(counts), *counts))


def _search(query: Query, network: Network) -> tuple[str, float]:
    """Return the verdict on a photo, and the best score."""
    photo = Photo.decode(open_picture(query.path.read_bytes()), network, query.region)
    found = Ranking(embed_photo(photo, network), read_wish("")).find(Product.objects.visible(timezone.now()))
    return found.verdict, found.level.best
