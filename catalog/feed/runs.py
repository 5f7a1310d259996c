"""Read, import and undo the files of the admin, a part at a time, so that a killed worker loses nothing."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.feed import journal
from catalog.feed.entries import ProductEntry, parse_group
from catalog.feed.foreign import Notes
from catalog.feed.importer import Importer
from catalog.feed.picture_folder import PictureFolder
from catalog.feed.reading import Feed, FeedOptions, open_feed
from catalog.feed.records import InvalidFeed
from catalog.feed.rows import Group, batches
from catalog.locks import try_session_lock
from catalog.models.feed_import import FeedImport, FeedProblem

Status = FeedImport.Status
SHOWN = 10  # products in the preview
MAX_PROBLEMS = 2_000  # kept of an import; all are counted
BATCH = 100  # products
SLICE = 120  # seconds of one task
ABANDONED = timedelta(minutes=5)  # after the last sign of life
UNDO_BATCH = 200
IMPORT_LOCK = 0x5E3B_1A9F  # first key of the advisory locks of imports
Clock = Callable[[], datetime]


class Problems:
    """Collects problems and warnings of an import."""

    def __init__(self, row: FeedImport) -> None:
        self.row, self.found = row, list[FeedProblem]()
        self.counts = {"problems": 0, "warnings": 0}

    def problem(self, line: int, reason: str) -> None:
        self._add(line, reason, is_warning=False)

    def warning(self, line: int, reason: str) -> None:
        self._add(line, reason, is_warning=True)

    def _add(self, line: int, reason: str, *, is_warning: bool) -> None:
        self.counts["warnings" if is_warning else "problems"] += 1
        if len(self.found) < MAX_PROBLEMS:
            self.found.append(
                FeedProblem(feed_import=self.row, line=line, reason=reason[:1000], is_warning=is_warning)
            )

    def save(self) -> None:
        """Add what is new to the problems of the import."""
        known = set(self.row.problems.values_list("line", "reason"))
        FeedProblem.objects.bulk_create([each for each in self.found if (each.line, each.reason) not in known])


def work(key: int, clock: Clock) -> bool:
    """Read, import or undo the next part of an import. Return True if more is left.

    Does nothing if another process works on it; if that one is killed, its lock goes with it.
    """
    with try_session_lock(IMPORT_LOCK, key % 2**31) as is_free:
        if not is_free:
            return False
        row = FeedImport.objects.filter(pk=key).first()
        if row is not None and row.status == Status.READING:
            read(row, clock)
        steps = {Status.RUNNING: run, Status.UNDOING: undo}
        return row is not None and row.status in steps and steps[Status(row.status)](row, clock)


def read(row: FeedImport, clock: Clock) -> None:
    """Read the whole file without writing a product: columns, ten products, problems. Safe to run twice."""
    problems = Problems(row)
    preview: list[dict[str, object]] = []
    products, sku_lines = 0, dict[str, int]()
    try:
        with _opened(row, problems, clock()) as feed:
            for group in feed.groups():
                entry = parse_group(group, problems.problem)
                if entry is not None:
                    products += 1
                    _report_repeats(entry, sku_lines, problems)
                    if len(preview) < SHOWN:
                        preview.append(_shown(entry))
            columns = [[each.name, each.place, each.filled, each.is_left_out] for each in feed.columns()]
            row.label, row.columns = feed.label, columns
    except (InvalidFeed, OSError) as error:
        _finish(row, Status.FAILED, clock(), error=str(error))
        return
    row.problems.all().delete()
    problems.save()
    row.preview, row.products, row.counts = preview, products, problems.counts
    _finish(row, Status.READY, None)


def start(row: FeedImport, now: datetime) -> bool:
    """Let the import run. Return False if it is not ready."""
    values = {"status": Status.RUNNING, "done": 0, "worked_at": now, "counts": {}}
    return bool(FeedImport.objects.filter(pk=row.pk, status=Status.READY).update(**values))


def start_undo(row: FeedImport, now: datetime) -> bool:
    """Let the import be undone. Return False if it cannot be."""
    undoable = FeedImport.objects.filter(Q(status=Status.DONE) | Q(status=Status.FAILED), pk=row.pk)
    return bool(undoable.update(status=Status.UNDOING, worked_at=now))


def run(row: FeedImport, clock: Clock) -> bool:
    """Import the next part of the file. Return True if more is left."""
    ends = time.monotonic() + SLICE
    problems, muted = Problems(row), Problems(row)
    try:
        with _opened(row, problems, clock()) as feed:
            importer = Importer(PictureFolder(None, clock()), problems.problem, problems.warning, clock())
            importer.feed_import = row.pk
            groups = feed.groups()
            for group in islice(groups, row.done):  # written by an earlier part; its SKUs still count
                entry = parse_group(group, muted.problem)
                for variant in entry.variants if entry else ():
                    importer.sku_lines.setdefault(variant.sku, variant.line)
            for batch in batches(groups, BATCH):
                _write(row, importer, batch, problems, clock())
                if time.monotonic() > ends:
                    return True
    except (InvalidFeed, OSError) as error:
        _finish(row, Status.FAILED, clock(), error=str(error))
        return False
    problems.save()
    _finish(row, Status.DONE, clock())
    return False


def undo(row: FeedImport, clock: Clock) -> bool:
    """Undo the next part of the import. Return True if more is left."""
    FeedImport.objects.filter(pk=row.pk).update(worked_at=clock())
    if journal.undo_some(row, UNDO_BATCH, clock()):
        return True
    _finish(row, Status.UNDONE, clock())
    return False


def abandoned(now: datetime) -> list[int]:
    """Return the imports whose task died."""
    working = FeedImport.objects.filter(status__in=[Status.READING, Status.RUNNING, Status.UNDOING])
    lost = working.filter(Q(worked_at__lt=now - ABANDONED) | Q(worked_at=None, created_at__lt=now - ABANDONED))
    return list(lost.values_list("pk", flat=True))


def _write(row: FeedImport, importer: Importer, batch: list[Group], problems: Problems, now: datetime) -> None:
    entries = [entry for group in batch if (entry := parse_group(group, problems.problem))]
    report = importer.report
    before = (report.created, report.updated, report.unchanged)
    importer.write(entries)
    row.done += len(batch)
    after = (report.created, report.updated, report.unchanged)
    with transaction.atomic():
        locked = FeedImport.objects.select_for_update().get(pk=row.pk)
        for name, old, new in zip(("created", "updated", "unchanged"), before, after, strict=True):
            locked.counts[name] = locked.counts.get(name, 0) + new - old
        for name, number in problems.counts.items():
            locked.counts[name] = locked.counts.get(name, 0) + number
        locked.counts["waiting"] = locked.counts.get("waiting", 0) + importer.report.waiting
        importer.folder.waiting = importer.report.waiting = 0
        problems.counts = {"problems": 0, "warnings": 0}
        locked.done, locked.worked_at = row.done, now
        locked.save(update_fields=["counts", "done", "worked_at"])
        problems.save()
        problems.found = []


def _report_repeats(entry: ProductEntry, sku_lines: dict[str, int], problems: Problems) -> None:
    for variant in entry.variants:
        first = sku_lines.setdefault(variant.sku, variant.line)
        if first != variant.line:
            facts = {"sku": variant.sku, "line": first}
            problems.problem(variant.line, _("The SKU “%(sku)s” is already on line %(line)d.") % facts)


def _shown(entry: ProductEntry) -> dict[str, object]:
    first = entry.variants[0].values if entry.variants else {}
    return {
        "title": entry.values["title"],
        "category": " > ".join(entry.category),
        "price": str(first.get("price_amount", "")),
        "skus": ", ".join(variant.sku for variant in entry.variants[:5]),
        "variants": len(entry.variants),
        "stock": sum(
            variant.values.get("on_hand", variant.values.get("new_on_hand", 0)) for variant in entry.variants
        ),
        "pictures": len(entry.pictures),
        "attributes": ", ".join(value for values in entry.attributes.values() for value in values)[:200],
    }


@contextmanager
def _opened(row: FeedImport, problems: Problems, now: datetime) -> Iterator[Feed]:
    """Open a local copy of the file: the storage may be elsewhere. Raises InvalidFeed and OSError."""
    options = FeedOptions(row.source, row.picture_base, row.stock_if_new)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed"
        with default_storage.open(str(row.file.name)) as stored, path.open("wb") as copy:
            shutil.copyfileobj(stored, copy)
        with open_feed(path, Notes(now, problems.problem, problems.warning), options) as feed:
            yield feed


def _finish(row: FeedImport, status: str, now: datetime | None, error: str = "") -> None:
    row.status, row.finished_at, row.error = status, now, error
    fields = ["status", "finished_at", "error"]
    if status == Status.READY:
        fields += ["label", "columns", "preview", "products", "counts"]
    row.save(update_fields=fields)
