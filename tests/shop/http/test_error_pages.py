"""Pages for the errors 400, 403, 404 and 500."""

import pytest
from django.test import Client, RequestFactory
from django.views.defaults import server_error

from shop.http.errors import bad_request


def test_the_500_page_needs_neither_database_nor_context(rf: RequestFactory) -> None:
    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()


def test_a_bad_request_gets_a_page(rf: RequestFactory) -> None:
    response = bad_request(rf.get("/"), SystemError())
    assert response.status_code == 400
    assert "We could not process your request" in response.content.decode()


@pytest.mark.django_db
def test_the_404_page_links_to_the_shop(client: Client) -> None:
    response = client.get("/nothing-here/")
    assert response.status_code == 404
    assert 'href="/products/"' in response.content.decode()


@pytest.mark.django_db
def test_a_csrf_failure_explains_what_to_do() -> None:
    response = Client(enforce_csrf_checks=True).post("/search/photo/")
    assert response.status_code == 403
    assert "Please try again" in response.content.decode()
