"""Examples of the API's answers, for its description. A test compares them with the schema."""

from __future__ import annotations

from typing import Any

# By status: when it is answered, and an example of code and sentence.
ERRORS = {
    "400": (
        "The request is malformed or a value is invalid. `fields` then has the errors by field.",
        "invalid_filter",
        "Enter a number.",
    ),
    "401": (
        "The API key is wrong, revoked or expired.",
        "invalid_api_key",
        "This API key is not valid. Check it for typing errors.",
    ),
    "403": (
        "The API key lacks the scope of the call, or the call needs a logged-in customer.",
        "missing_scope",
        "This API key lacks the scope “catalogue:read”.",
    ),
    "404": ("There is no such thing or page.", "not_found", "Not found."),
    "409": (
        "The request contradicts the state of the cart, order, list, picture or network.",
        "cart_empty",
        "The cart is empty. Add something to it first.",
    ),
    "411": (
        "The length of the body is unknown.",
        "length_required",
        "The request has no Content-Length header. Add it and try again.",
    ),
    "413": (
        "The body is larger than this shop accepts.",
        "body_too_large",
        "The request is larger than this shop accepts. Make it smaller and try again.",
    ),
    "415": (
        "The call does not accept this content type.",
        "unsupported_media_type",
        'Unsupported media type "text/plain" in request.',
    ),
    "422": (
        "The Idempotency-Key was used for another request.",
        "idempotency_key_reused",
        "This Idempotency-Key was used for another request. Use a new one.",
    ),
    "429": (
        "Too many calls. `Retry-After` has the seconds to wait.",
        "throttled",
        "Request was throttled. Expected available in 12 seconds.",
    ),
    "503": (
        "The call cannot be answered right now.",
        "busy",
        "Many photos are being searched right now. Try again in a moment.",
    ),
}

PICTURE = {
    "url": "https://shop.example/media/renditions/0f3a-640.jpg",
    "width": 640,
    "height": 640,
    "alt": "A blue mug with a wide handle",
}
PRODUCT = {
    "slug": "halden-mug",
    "title": "Halden Mug",
    "url": "https://shop.example/products/halden-mug/",
    "brand": "Halden",
    "category": "mugs",
    "price": "14.00",
    "compare_at_price": None,
    "currency": "EUR",
    "in_stock": True,
    "image": PICTURE,
}
CATEGORY = {
    "slug": "mugs",
    "name": "Mugs",
    "description": "Cups with a handle.",
    "parent": "kitchen",
    "url": "https://shop.example/products/?category=mugs",
}
FACETS = [
    {
        "name": "Colour",
        "slug": "colour",
        "values": [{"label": "Blue", "slug": "blue", "count": 12, "chosen": False}],
    }
]
CATEGORIES = [
    {"slug": "kitchen", "name": "Kitchen", "parent": None, "count": 240, "chosen": False},
    {"slug": "mugs", "name": "Mugs", "parent": "kitchen", "count": 60, "chosen": True},
]
LIST = {
    "count": 60,
    "next": "https://shop.example/api/v1/products/?category=mugs&cursor=WyI-IiwiMjAyNiJd%3Ab2",
    "previous": None,
    "facets": FACETS,
    "categories": CATEGORIES,
    "results": [PRODUCT],
}
TAX = {"percent": "19", "net": "15.88", "tax": "3.02"}
SUMS = {
    "goods": "14.00",
    "discount": "0.00",
    "shipping": "4.90",
    "tax": "3.02",
    "is_tax_included": True,
    "taxes": [TAX],
    "total": "18.90",
    "currency": "EUR",
}
LINE = {"id": 7, "variant": 31, "title": "Halden Mug, blue", "quantity": 1, "price": "14.00", "product": PRODUCT,
        "problem": None}  # fmt: skip
CART = {
    "token": "k3Jx0c8l2Tq",
    "lines": [LINE],
    "country": "DE",
    "is_estimate": False,
    "shipping_options": [{"method": 1, "name": "Parcel", "price": "4.90"}],
    "voucher_refusal": "",
    **SUMS,
}
ORDER = {
    "number": "2026-000017",
    "secret": "Vb3nC0yqk1",
    "url": "https://shop.example/orders/Vb3nC0yqk1/",
    "state": "placed",
    "placed_at": "2026-11-27T10:15:00Z",
    "expires_at": "2026-11-27T11:15:00Z",
    "email": "alice@example.com",
    "lines": [
        {"id": 3, "title": "Halden Mug", "options": "Colour: blue", "sku": "HAL-1", "quantity": 1, "price": "14.00",
         "discount": "0.00", "tax": "2.24", "total": "14.00"}
    ],
    "shipments": [],
    **SUMS,
    "next_url": "https://checkout.stripe.com/c/pay/cs_1",
}  # fmt: skip
RETURN = {
    "number": "2026-000017-1",
    "state": "announced",
    "reason": "other",
    "announced_at": "2026-12-03T09:00:00Z",
    "received_at": None,
    "closed_at": None,
    "lines": [{"line": 3, "quantity": 1}],
}
REVIEW = {
    "author": "Alice",
    "rating": 5,
    "title": "Holds tea",
    "text": "It is light and keeps tea warm.",
    "is_verified_purchase": True,
    "created_at": "2026-12-01T18:30:00Z",
}
CUSTOMERS_PICTURE = {**PICTURE, "alt": "Photo by Alice"}
OWN_PHOTO = {
    "id": 12,
    "url": "https://shop.example/account/reviews/photos/12/",
    "width": 2048,
    "height": 1536,
    "state": "waiting",
    "refusal": None,
}
REFUSED_PHOTO = {
    **OWN_PHOTO,
    "id": 13,
    "state": "refused",
    "refusal": {
        "code": "image_refused",
        "detail": "This picture does not show the product well enough. Upload a sharp, bright one of the product "
        "alone, without text over it.",
    },
}
RECOMMENDED = {"product": PRODUCT, "score": 0.87, "because": "halden-mug"}
PHOTO_ANSWER = {
    "results": [{"product": PRODUCT, "score": 0.91, "image": PICTURE}],
    "verdict": "match",
    "kind": None,
    "understood": [{"kind": "attribute", "label": "Blue", "rest": "mug"}],
    "region": [0.0, 0.0, 1.0, 1.0],
    "regions": [{"box": [0.2, 0.05, 0.42, 0.79], "score": 0.86}, {"box": [0.69, 0.13, 0.27, 0.5], "score": 0.74}],
    "took_ms": 48,
    "network": "semblance-1 0f3a9c12",
}
FILE = {"url": "https://shop.example/networks/0f3a9c.onnx", "sha256": "0f3a9c", "bytes": 22000000}

# By method and path below /api/v1/. Lists that Django REST framework pages name one entry.
VERDICT = {
    "image": 7,
    "product": "halden-mug",
    "is_from_customer": False,
    "is_public": False,
    "state": "refused",
    "reason": "copy",
    "code": "image_refused",
    "detail": "This is a picture of another product. Upload a picture of this one.",
    "note": "",
    "appeal": "",
    "appealed_at": None,
    "checked_at": "2026-11-27T10:15:00Z",
    "decided_at": "2026-11-27T10:20:00Z",
    "decided_by": "alice@example.com",
    "version": "5c1a90ffb2e47d08",
    "findings": [{"check": "copy", "code": "same_picture", "score": 0.97, "evidence": {"image": 3}}],
}
RESPONSES: dict[tuple[str, str], Any] = {
    ("GET", "moderation/verdicts/"): {"next": None, "results": [VERDICT]},
    ("GET", "moderation/verdicts/{image}/"): VERDICT,
    ("POST", "moderation/verdicts/{image}/decision/"): VERDICT,
    ("DELETE", "moderation/verdicts/{image}/decision/"): {**VERDICT, "state": "look", "code": "image_waiting"},
    ("POST", "moderation/verdicts/{image}/appeal/"): {**VERDICT, "appeal": "We took this picture ourselves."},
    ("GET", "products/"): LIST,
    ("GET", "products/{slug}/"): {
        **PRODUCT,
        "description": "A light mug.",
        "images": [PICTURE],
        "variants": [
            {"sku": "HAL-1", "options": {"Colour": "blue"}, "price": "14.00", "compare_at_price": None,
             "in_stock": True}
        ],
        "versions": [
            {"url": "https://shop.example/products/halden-mug/", "label": "Blue", "in_stock": True, "is_current": True}
        ],
        "attributes": {"colour": ["Blue"]},
    },
    ("GET", "categories/"): CATEGORY,
    ("GET", "categories/{slug}/"): CATEGORY,
    ("GET", "search/"): {
        **LIST,
        "corrected_query": None,
        "suggested_query": None,
        "understood": [{"kind": "price", "label": "under €20", "rest": "blue mug"}],
        "is_count_exact": True,
    },
    ("GET", "search/suggest/"): {
        "results": [
            {"kind": "product", "title": "Halden Mug", "url": "https://shop.example/products/halden-mug/",
             "image": PICTURE, "price": "14.00", "currency": "EUR"}
        ]
    },
    ("GET", "products/{slug}/similar/"): {"results": [{"product": PRODUCT, "score": 0.87, "group": "same_kind"}]},
    ("GET", "products/{slug}/goes-with/"): {
        "results": [{**RECOMMENDED, "kind": "bought_together", "reason": "Often bought with Halden Mug"}]
    },
    ("GET", "products/{slug}/substitutes/"): {
        "results": [{**RECOMMENDED, "kind": "substitute", "reason": "Looks like Halden Mug and is in stock"}]
    },
    ("GET", "recommendations/"): {
        "results": [{**RECOMMENDED, "kind": "viewed", "reason": "Because you viewed Halden Mug"}]
    },
    ("GET", "search/pictured/"): {"results": [{"product": PRODUCT, "score": 0.31, "image": PICTURE}]},
    ("GET", "search/photo/"): PHOTO_ANSWER,
    ("POST", "search/photo/"): PHOTO_ANSWER,
    ("GET", "search/photo/network/"): {
        "network": "0f3a9c12",
        "dimensions": 384,
        "input_size": 256,
        "crop": 1.0,
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
        "graph": FILE,
        "weights": FILE,
    },
    ("GET", "cart/"): CART,
    ("PATCH", "cart/"): CART,
    ("POST", "cart/lines/"): CART,
    ("PATCH", "cart/lines/{line_id}/"): CART,
    ("DELETE", "cart/lines/{line_id}/"): CART,
    ("POST", "checkout/"): ORDER,
    ("GET", "orders/"): ORDER,
    ("GET", "orders/{secret}/"): ORDER,
    ("GET", "orders/{secret}/returns/"): {
        "until": "2027-01-02T00:00:00Z",
        "returnable": [{"line": 3, "quantity": 1}],
        "results": [RETURN],
    },
    ("POST", "orders/{secret}/returns/"): RETURN,
    ("GET", "products/{slug}/reviews/"): {**REVIEW, "photos": [CUSTOMERS_PICTURE]},
    ("GET", "products/{slug}/review/"): {**REVIEW, "state": "approved", "photos": [OWN_PHOTO, REFUSED_PHOTO]},
    ("PUT", "products/{slug}/review/"): {**REVIEW, "state": "waiting", "photos": [OWN_PHOTO]},
    ("POST", "products/{slug}/review/photos/"): OWN_PHOTO,
    ("GET", "wishlist/"): {"count": 1, "results": [PRODUCT]},
}  # fmt: skip
