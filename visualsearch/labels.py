"""The shop's own catalogue as labelled pictures for training."""

import shutil
from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path

import numpy as np
from django.core.files.storage import default_storage

from catalog.models import AttributeValue, Product, ProductImage
from visualsearch.measuring.dataset import BadDataset, LabelSpace

_ATTRIBUTE = "attribute:"


def read_catalogue(
    label: str,
    now: datetime,
    folder: Path,
    without: Collection[int] = (),
    without_hashes: Collection[str] = (),
) -> LabelSpace:
    """Return the shown pictures of visible products, labelled by `product`, `category` or `attribute:<slug>`.

    Products without the attribute, or with several of its values, are left out, and so are the products `without`
    and pictures with these hashes. Pictures in remote storage are copied to `folder`. Raises BadDataset if nothing is
    left.
    """
    wanted = {key: name for key, name in _labels(label, now).items() if key not in without}
    pictures = ProductImage.objects.shown().filter(product__in=wanted).order_by("product__slug", "position", "pk")
    images = [image for image in pictures if image.sha256 not in without_hashes]
    pairs = [(image, path) for image in images if (path := _local(image, folder))]
    if not pairs:
        raise BadDataset(f"No visible product has both a picture and a label by {label}.")
    named = [wanted[image.product_id] for image, _ in pairs]
    classes = sorted(set(named))
    position = {name: index for index, name in enumerate(classes)}
    return LabelSpace(
        name=f"catalogue, by {label.removeprefix(_ATTRIBUTE)}",
        classes=tuple(classes),
        paths=tuple(path for _, path in pairs),
        labels=np.array([position[name] for name in named], dtype=np.int64),
        products=np.array([image.product_id for image, _ in pairs], dtype=np.int64),
    )


def _labels(label: str, now: datetime) -> dict[int, str]:
    """Return the label of each product that has exactly one."""
    products = Product.objects.visible(now)
    if label == "product":
        return dict(products.values_list("pk", "slug"))
    if label == "category":
        return dict(products.values_list("pk", "category__slug"))
    if not label.startswith(_ATTRIBUTE):
        raise BadDataset(f"The catalogue has no labels by {label!r}. Use product, category or attribute:<slug>.")
    values = AttributeValue.objects.filter(attribute__slug=label.removeprefix(_ATTRIBUTE))
    if not values.exists():
        raise BadDataset(f"There is no attribute {label.removeprefix(_ATTRIBUTE)!r} with values.")
    return _only_ones(values.filter(products__in=products).values_list("products", "slug"))


def _only_ones(pairs: Iterable[tuple[int, str]]) -> dict[int, str]:
    found: dict[int, set[str]] = {}
    for product, value in pairs:
        found.setdefault(product, set()).add(value)
    return {product: values.pop() for product, values in found.items() if len(values) == 1}


def _local(image: ProductImage, folder: Path) -> Path | None:
    """Return the path of the picture on this machine, or None if the storage has lost it."""
    try:
        path = Path(default_storage.path(image.file.name or ""))
    except NotImplementedError:  # raised by most remote storages; others return a path that does not exist
        return _copied(image, folder)
    return path if path.is_file() else _copied(image, folder)


def _copied(image: ProductImage, folder: Path) -> Path | None:
    path = folder / f"{image.pk}-{image.sha256[:16]}{Path(image.file.name or '').suffix}"
    try:
        with image.file.open("rb") as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
    except FileNotFoundError:
        return None
    return path
