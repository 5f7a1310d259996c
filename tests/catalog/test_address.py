"""The addresses behind the chips that take a filter away."""

from django.http import QueryDict

from catalog.templatetags.address import without


def test_without_takes_one_value_and_keeps_its_siblings() -> None:
    assert without(QueryDict("colour=blue&colour=red&sort=price"), "colour", "blue") == "?colour=red&sort=price"


def test_without_takes_a_whole_filter() -> None:
    assert without(QueryDict("min_price=5&colour=red"), "min_price") == "?colour=red"


def test_without_goes_back_to_the_first_page() -> None:
    assert without(QueryDict("colour=blue&page=7"), "colour", "blue") == "?"


def test_without_leaves_the_query_of_the_request_alone() -> None:
    query = QueryDict("colour=blue")
    without(query, "colour", "blue")
    assert query.urlencode() == "colour=blue"


def test_without_quotes_what_visitors_put_into_an_address() -> None:
    assert without(QueryDict("q=%22%3E%3Cscript%3E&colour=red"), "colour", "red") == "?q=%22%3E%3Cscript%3E"
