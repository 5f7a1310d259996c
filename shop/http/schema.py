"""The description of the API at /api/schema/: groups, summaries, examples, errors and API keys."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.permissions import IsAuthenticated

from catalog.serializers import ErrorSerializer
from shop.http.examples import ERRORS, RESPONSES
from shop.http.groups import GROUPS

FIRST_SENTENCE = re.compile(r"^(.+?)[.:](?:\s|$)", re.DOTALL)
CONFLICTS = ("Idempotency-Key", "Cart-Token")  # headers of calls that may contradict the state of a cart or order


class Schema(AutoSchema):
    """Describe a call by its path and docstring, with the errors that every call of its kind can answer."""

    def get_tags(self) -> list[str]:
        return [next((name for name, paths in GROUPS.items() if re.search(paths, self.path)), "Catalogue")]

    def get_summary(self) -> str | None:
        """Return the first sentence of the docstring."""
        found = FIRST_SENTENCE.match(self.get_description())
        return found[1].replace("\n", " ") if found else None

    def get_examples(self) -> list[OpenApiExample]:
        value = RESPONSES.get((self.method, self.path.removeprefix("/api/v1/")))
        return [OpenApiExample("Example", value=value, response_only=True)] if value is not None else []

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        codes = {str(code) for code in self._error_codes()} | {code for code in bodies if code >= "400"}
        for code in sorted(codes):
            description, name, detail = ERRORS[code]
            example = OpenApiExample(name, value={"code": name, "detail": detail})
            error = OpenApiResponse(ErrorSerializer, description, [example])
            bodies[code] = self._get_response_for_code(error, code, direction=direction)  # type: ignore[no-untyped-call]
        return dict(sorted(bodies.items()))

    def _error_codes(self) -> set[int]:
        """Return the error statuses of a call of this kind."""
        headers = {parameter["name"] for parameter in self._get_parameters()}
        codes = {400, 401, 403, 429}
        if "{" in self.path or "page" in headers:
            codes.add(404)
        if self.method in ("POST", "PUT", "PATCH"):
            codes |= {411, 413, 415}
        if self.method != "GET" and headers & set(CONFLICTS):
            codes |= {409, 422}
        if IsAuthenticated in self.view.permission_classes and self.method == "PUT":
            codes.add(409)
        return codes


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """How the description names API keys."""

    target_class = "shop.http.keys.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Api-Key` and the key that the shop gave you, separated by a space.",
        }
