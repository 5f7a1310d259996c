"""No attribute slug may equal a query parameter, because each attribute is a filter named by its slug."""

import ast
import re
from collections.abc import Callable, Iterator

import pytest
from django import forms
from drf_spectacular.generators import SchemaGenerator
from rest_framework.pagination import PageNumberPagination
from rest_framework.settings import api_settings

import catalog.forms
import visualsearch.forms
from catalog.models import RESERVED_NAMES, Attribute
from tests.architecture.source import ROOT

FILTERED = {"category", "min_price", "max_price"}  # calls with these parameters also filter by attribute
QUERY = re.compile(r"\b(GET|POST|FILES|query|query_params)$")


def form_fields() -> Iterator[str]:
    for module in (catalog.forms, visualsearch.forms):
        for form in vars(module).values():
            if isinstance(form, type) and issubclass(form, forms.BaseForm) and not issubclass(form, forms.ModelForm):
                yield from getattr(form, "base_fields", {})


def api_parameters() -> Iterator[str]:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    for path in schema["paths"].values():
        for call in path.values():
            names = {each["name"] for each in call.get("parameters", []) if each["in"] == "query"}
            for content in call.get("requestBody", {}).get("content", {}).values():
                body = schema["components"]["schemas"].get(content["schema"].get("$ref", "").rpartition("/")[2], {})
                names |= set(body.get("properties", {}))
            if names >= FILTERED:
                yield from names
    yield from (api_settings.URL_FORMAT_OVERRIDE, PageNumberPagination.page_query_param, "csrfmiddlewaretoken")


def request_lookups() -> Iterator[str]:
    """Yield the names that views look up in a request."""
    for package in ("catalog", "visualsearch"):
        for file in (ROOT / package).rglob("*.py"):
            if "admin" in file.stem:  # admin filters have their own names
                continue
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                    name = node.args[0]
                    is_lookup = node.func.attr in {"get", "getlist"} and QUERY.search(ast.unparse(node.func.value))
                    if is_lookup and isinstance(name, ast.Constant) and isinstance(name.value, str):
                        yield name.value


@pytest.mark.parametrize("find_names", [form_fields, api_parameters, request_lookups])
def test_every_parameter_of_a_page_or_call_is_reserved(find_names: Callable[[], Iterator[str]]) -> None:
    names = set(find_names())
    assert len(names) > 4, "found no parameters"
    assert names - RESERVED_NAMES == set()


def test_reserved_names_fit_an_attribute_slug() -> None:
    """A reserved name becomes `attribute-<name>`, which must not exceed the column."""
    longest = Attribute._meta.get_field("slug").max_length or 0
    assert max(map(len, RESERVED_NAMES)) <= longest - len("attribute-")
