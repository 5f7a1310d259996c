"""A client of the shop's API, with types and Python's standard library only.

    python examples/semblance_client.py https://shop.example words "blue mug under 20"
    python examples/semblance_client.py https://shop.example photo mug.jpg "blue"
    python examples/semblance_client.py https://shop.example browse category=mugs sort=price
    python examples/semblance_client.py https://shop.example similar halden-mug

Set SEMBLANCE_KEY to the API key that the shop gave you. Without one, the limits of visitors apply.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urljoin
from urllib.request import Request, urlopen

TIMEOUT = 30  # seconds
LONGEST_WAIT = 60  # seconds to wait when the shop answers 429
Filters = Mapping[str, str | Sequence[str]]


class Picture(TypedDict):
    url: str
    width: int
    height: int
    alt: str


class Product(TypedDict):
    """A product in a list. Prices are strings, such as "14.00"; a product without variants has none."""

    slug: str
    title: str
    url: str
    brand: str
    category: str
    price: str | None
    compare_at_price: str | None
    currency: str
    in_stock: bool
    image: Picture | None


class FacetValue(TypedDict):
    label: str
    slug: str
    count: int
    chosen: bool


class Facet(TypedDict):
    name: str
    slug: str
    values: list[FacetValue]


class CategoryCount(TypedDict):
    slug: str
    name: str
    parent: str | None
    count: int
    chosen: bool


class Page(TypedDict):
    """A page of products. `corrected_query` is only in answers to words."""

    count: int
    next: str | None
    previous: str | None
    facets: list[Facet]
    categories: list[CategoryCount]
    results: list[Product]
    corrected_query: NotRequired[str | None]


class Match(TypedDict):
    """A product and how similar it is: 1 for the same picture."""

    product: Product
    score: float


class Kind(TypedDict):
    """What a photo probably shows: “umbrella”, “an umbrella”, and how likely that is."""

    kind: str
    name: str
    probability: float


class PhotoAnswer(TypedDict):
    results: list[Match]
    verdict: Literal["match", "unsure", "no_match"]
    kind: Kind | None


class ShopError(Exception):
    """The shop refused a call. `code` is for programs, the message for people."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{detail} ({status} {code})")
        self.status, self.code, self.detail = status, code, detail


class Shop:
    """The API of one shop."""

    def __init__(self, address: str, key: str = "") -> None:
        if not address.startswith(("https://", "http://")):
            raise ValueError(f"{address} is no address of a shop. Begin it with https://.")
        self._base = urljoin(address, "/api/v1/")
        self._key = key
        self._answers: dict[str, tuple[str, Any]] = {}  # ETag and answer by URL

    def browse(self, filters: Filters | None = None) -> Iterator[Product]:
        """Yield all products that match the filters, page by page.

        The pages are read by cursor, so a product that the shop adds or removes meanwhile does not shift them.
        """
        url: str | None = self._url("products/", {**(filters or {}), "cursor": ""})
        while url:
            page = cast(Page, self._get(url))
            yield from page["results"]
            url = page["next"]

    def search(self, words: str, filters: Filters | None = None) -> Page:
        """Return the first page of products that the words find, with facets."""
        return cast(Page, self._get(self._url("search/", {**(filters or {}), "q": words, "cursor": ""})))

    def search_by_photo(self, photo: bytes, words: str = "", limit: int = 24) -> PhotoAnswer:
        """Return products that look like the photo. The shop does not store it."""
        body, kind = _form({"q": words, "limit": str(limit)}, photo)
        return cast(PhotoAnswer, self._send(Request(self._url("search/photo/"), body, {"Content-Type": kind})))

    def similar(self, slug: str, limit: int = 12) -> list[Match]:
        """Return products that look like this one."""
        url = self._url(f"products/{quote(slug, safe='')}/similar/", {"limit": str(limit)})
        return cast("list[Match]", self._get(url)["results"])

    def recommendations(self, viewed: Sequence[str], limit: int = 12) -> list[Match]:
        """Return products for somebody who has viewed these, the latest last."""
        url = self._url("recommendations/", {"viewed": viewed, "limit": str(limit)})
        return cast("list[Match]", self._get(url)["results"])

    def _url(self, path: str, query: Filters | None = None) -> str:
        url = urljoin(self._base, path)
        return f"{url}?{urlencode(query, doseq=True)}" if query else url

    def _get(self, url: str) -> Any:
        """Return an answer. An answer that has not changed since the last time is not sent again."""
        etag, known = self._answers.get(url, ("", None))
        request = Request(url, headers={"If-None-Match": etag} if etag else {})
        try:
            return self._send(request)
        except HTTPError:  # 304; other errors are ShopErrors
            return known

    def _send(self, request: Request, *, may_wait: bool = True) -> Any:
        request.add_header("Accept", "application/json")
        if self._key:
            request.add_header("Authorization", f"Api-Key {self._key}")
        try:
            with urlopen(request, timeout=TIMEOUT) as response:
                answer = json.load(response)
                if etag := response.headers.get("ETag"):
                    self._answers[request.full_url] = etag, answer
                return answer
        except HTTPError as error:
            wait = int(error.headers.get("Retry-After") or 0)
            if error.code == 429 and may_wait and wait <= LONGEST_WAIT:
                time.sleep(wait)
                return self._send(request, may_wait=False)
            if error.code == 304:
                raise
            raise _refusal(error) from error


def _refusal(error: HTTPError) -> ShopError:
    try:
        answer = json.load(error)
        return ShopError(error.code, answer["code"], answer["detail"])
    except (ValueError, KeyError, TypeError):
        return ShopError(error.code, "unreadable", f"The shop answered with status {error.code}.")


def _form(fields: Mapping[str, str], photo: bytes) -> tuple[bytes, str]:
    """Return a body of the type multipart/form-data, and the type with its boundary."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
        if value
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="photo"\r\n\r\n'
    return b"".join([*parts, head.encode(), photo, f"\r\n--{boundary}--\r\n".encode()]), (
        f"multipart/form-data; boundary={boundary}"
    )


def _lines(shop: Shop, command: str, arguments: Sequence[str]) -> Iterator[str]:
    first = arguments[0] if arguments else ""
    if command == "browse":
        products: Iterator[Product] = shop.browse(dict(each.split("=", 1) for each in arguments))
    elif command == "words":
        products = iter(shop.search(" ".join(arguments))["results"])
    elif command == "similar":
        products = (match["product"] for match in shop.similar(first))
    elif command == "viewed":
        products = (match["product"] for match in shop.recommendations(arguments))
    elif command == "photo":
        answer = shop.search_by_photo(Path(first).read_bytes(), " ".join(arguments[1:]))
        products = (match["product"] for match in answer["results"])
    else:
        raise SystemExit(__doc__)
    yield from (f"{each['price'] or '-':>10} {each['currency']}  {each['title']}  {each['url']}" for each in products)


def main() -> None:
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    shop = Shop(sys.argv[1], os.environ.get("SEMBLANCE_KEY", ""))
    try:
        for line in _lines(shop, sys.argv[2], sys.argv[3:]):
            sys.stdout.write(f"{line}\n")
    except ShopError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
