"""Links that remove a filter."""

from django.http import QueryDict

from catalog.templatetags.address import without


def test_without_removes_one_value_of_a_filter() -> None:
    assert without(QueryDict("colour=blue&colour=red&sort=price"), "colour", "blue") == "?colour=red&sort=price"


def test_without_removes_a_whole_filter() -> None:
    assert without(QueryDict("min_price=5&colour=red"), "min_price") == "?colour=red"


def test_without_removes_the_page_number() -> None:
    assert without(QueryDict("colour=blue&page=7"), "colour", "blue") == "?"


def test_without_does_not_modify_the_request() -> None:
    query = QueryDict("colour=blue")
    without(query, "colour", "blue")
    assert query.urlencode() == "colour=blue"


def test_without_escapes_query_strings() -> None:
    assert without(QueryDict("q=%22%3E%3Cscript%3E&colour=red"), "colour", "red") == "?q=%22%3E%3Cscript%3E"
