"""The pages that say that something went wrong."""

import pytest
from django.test import Client, RequestFactory
from django.views.defaults import server_error

from shop.http.errors import bad_request


def test_the_page_for_our_own_mistakes_needs_neither_database_nor_context(rf: RequestFactory) -> None:
    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()


def test_a_request_that_makes_no_sense_gets_a_page(rf: RequestFactory) -> None:
    response = bad_request(rf.get("/"), SystemError())
    assert response.status_code == 400
    assert "We could not process your request" in response.content.decode()


@pytest.mark.django_db
def test_a_wrong_address_leads_on(client: Client) -> None:
    response = client.get("/nothing-here/")
    assert response.status_code == 404
    assert 'href="/products/"' in response.content.decode()


@pytest.mark.django_db
def test_a_form_from_elsewhere_is_refused_with_a_way_on() -> None:
    response = Client(enforce_csrf_checks=True).post("/search/photo/")
    assert response.status_code == 403
    assert "Please try again" in response.content.decode()
