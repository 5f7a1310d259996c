"""The description of the API: valid, grouped, and with examples that fit."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from shop.http.examples import ERRORS
from shop.http.groups import GROUPS, TAGS

Call = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def calls(schema: dict[str, Any]) -> Iterator[Call]:
    for path, methods in schema["paths"].items():
        for method, call in methods.items():
            yield method.upper(), path, call


def examples(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], list[Any]]]:
    """Yield every JSON answer: its name, its schema and its examples."""
    for method, path, call in calls(schema):
        for status, answer in call["responses"].items():
            content = answer.get("content", {}).get("application/json")
            if content:
                values = [each["value"] for each in content.get("examples", {}).values()]
                yield f"{method} {path} {status}", content["schema"], values


def json_schema(part: Any) -> Any:
    """Return a part of an OpenAPI 3.0 schema as a JSON schema, in which null is a type."""
    if isinstance(part, list):
        return [json_schema(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {name: json_schema(each) for name, each in part.items() if name != "nullable"}
    return {"anyOf": [found, {"type": "null"}]} if part.get("nullable") is True else found


def test_the_schema_is_valid_and_complete() -> None:
    written = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=written)
    assert written.getvalue().startswith("openapi: 3")


def test_every_call_has_a_group_and_a_summary(schema: dict[str, Any]) -> None:
    described = {tag["name"] for tag in TAGS if tag["description"]}
    assert described == set(GROUPS)
    assert [tag["name"] for tag in schema["tags"]] == [tag["name"] for tag in TAGS]
    found = list(calls(schema))
    assert len(found) > 20
    for method, path, call in found:
        assert set(call["tags"]) <= described, path
        assert 5 < len(call["summary"]) <= 100, (method, path)
    summaries = [call["summary"] for _, _, call in found]
    assert len(set(summaries)) == len(summaries)


def test_every_call_documents_its_errors(schema: dict[str, Any]) -> None:
    for method, path, call in calls(schema):
        assert {"400", "401", "403", "429"} <= set(call["responses"]), (method, path)
        for status, answer in call["responses"].items():
            if status >= "400":
                content = answer["content"]["application/json"]
                assert content["schema"] == {"$ref": "#/components/schemas/Error"}
                assert answer["description"] == ERRORS[status][0]


def test_every_answer_has_an_example_that_fits_its_schema(schema: dict[str, Any]) -> None:
    root = json_schema({"components": schema["components"]})
    found = list(examples(schema))
    assert len(found) > 100
    for name, part, values in found:
        assert values, f"{name} has no example. Add one to shop/http/examples.py."
        for value in values:
            problems = [
                error.message for error in Draft202012Validator({**json_schema(part), **root}).iter_errors(value)
            ]
            assert problems == [], name


def test_the_schema_describes_api_keys(schema: dict[str, Any]) -> None:
    assert schema["components"]["securitySchemes"]["apiKey"]["name"] == "Authorization"
    for _, path, call in calls(schema):
        assert {"apiKey": []} in call["security"], path


@pytest.mark.parametrize("component", ["PaginatedProductList", "SearchResults"])
def test_lists_describe_facets_and_categories(schema: dict[str, Any], component: str) -> None:
    assert {"facets", "categories", "next", "previous"} <= set(schema["components"]["schemas"][component]["required"])
