"""Template tags of the visual search for pages of the catalogue and the admin."""

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.forms import MissForm, ProductFilterForm
from catalog.models import Product
from catalog.staff.alerts import StaffAlert, staff_alert
from visualsearch.alike import LookAlikes
from visualsearch.alike import look_alikes as find_look_alikes
from visualsearch.changes import changes_of
from visualsearch.models import ImageEmbedding
from visualsearch.networks import loading, registry, serving
from visualsearch.pictured import is_offered
from visualsearch.sample_photos import Sample, samples
from visualsearch.suggestions import suggest

register = template.Library()
RUNTIME = "vendor/onnxruntime-web/ort-wasm-simd-threaded.wasm.gz"


@register.simple_tag
def picture_alerts() -> Sequence[StaffAlert]:
    """Return an alert if the live network failed to embed any pictures. Two queries."""
    failed = ImageEmbedding.objects.filter(network=serving.live(), vector__isnull=True)
    found = staff_alert(
        _("Pictures missing from photo search"), failed, "visualsearch_imageembedding", "status=failed"
    )
    return [found] if found.count else []


@register.simple_tag
def private_search() -> dict[str, int]:
    """Return the size of the download and of the vector, for devices that embed photos themselves."""
    network = serving.cached().network
    return {"megabytes": _megabytes(network.card["graph_sha256"]), "dimensions": network.dimensions}


@lru_cache(maxsize=loading.MAX_LOADED)
def _megabytes(graph_sha256: str) -> int:
    """Return the download size of the runtime and the live network, whose graph is the cache key."""
    runtime = Path(find(RUNTIME) or settings.STATIC_ROOT / RUNTIME)
    card = registry.local_card(serving.cached().network)
    needed = (runtime, card.graph_path, card.weights_path)
    return math.ceil(sum(path.stat().st_size for path in needed if path.is_file()) / 1e6)


@register.simple_tag
def sample_photos() -> list[Sample]:
    """Return the sample photos; at most two queries."""
    return samples(timezone.now())


@register.simple_tag
def look_alikes(product: Product, same_kind: int = 8, other_kinds: int = 4, substitutes: int = 4) -> LookAlikes:
    """Return products that look like this one, and substitutes if it is sold out. Three queries."""
    return find_look_alikes(product, Product.objects.visible(timezone.now()), same_kind, other_kinds, substitutes)


@register.inclusion_tag("visualsearch/_changes.html")
def like_this(product: Product, alike: LookAlikes) -> dict[str, Any]:
    """Offer searches for products like this one, in other colours or cheaper. No query in a warm process."""
    neighbours = [result.product for result in (*alike.same_kind, *alike.other_kinds)]
    if not neighbours:
        return {"changes": []}
    everything = f"{reverse('visualsearch:photo')}?{urlencode({'like': product.slug})}"
    offered = changes_of(product, neighbours)
    changed = [(each.label, f"{everything}&{urlencode(dict(each.parameters))}") for each in offered]
    return {"changes": changed, "everything": everything}


@register.simple_tag
def ways_on_from(filters: ProductFilterForm) -> dict[str, Any]:
    """Return what to offer after a photo of something that the shop does not sell. No query in a warm process."""
    return {"form": MissForm(), "categories": filters.tree.children(None)}


@register.inclusion_tag("admin/_suggestions.html", takes_context=True)
def product_suggestions(context: template.Context, product: Product) -> dict[str, Any]:
    """Show suggestions for the product, with buttons for staff who may change it."""
    return {
        "product": product,
        "suggestions": suggest(product, Product.objects.visible(timezone.now())),
        "may_accept": context.get("has_change_permission", False),
        "may_add": context["request"].user.has_perm("catalog.add_category"),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("visualsearch/_pictured_offer.html", takes_context=True)
def offer_pictured(context: template.Context, query: str) -> dict[str, Any]:
    """Load products that show the words of a search, below its results, by a request of their own. No query."""
    return {"request": context.get("request"), "query": query, "is_offered": is_offered(query)}
