"""The page that says what the photo search is worth."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from catalog.models import Category, Product, ProductImage
from shop.accounts.models import Customer
from shop.reports.quality import quality
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.shop.reports.staff import staff
from tests.visualsearch.other_networks import make_network
from visualsearch.models import Activation, Network, QualityCheck, QualityKind, QualityResult, QualityTrial
from visualsearch.networks import inventory, serving

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/reports/quality/"
MEASURE = f"{ADDRESS}measure/"
NOW = timezone.now()


def finished(weeks_ago: int = 0, found: int = 97, network: Network | None = None) -> QualityCheck:
    """Create a check that found so many of 100 products by photos."""
    at = NOW - timedelta(weeks=weeks_ago)
    check = QualityCheck.objects.create(
        network=network or serving.live(), asked_at=at, active_at=at, finished_at=at, total=100, done=100
    )
    QualityResult.objects.create(check_run=check, kind=QualityKind.RETAKEN, trials=100, score=found)
    return check


def missed(check: QualityCheck, category: Category, kind: QualityKind = QualityKind.RETAKEN) -> Product:
    image = ImageFactory(product=ProductFactory(category=category))
    QualityTrial.objects.create(
        check_run=check, kind=kind, product=image.product, image=image, found=ImageFactory(), score=0, lead=-0.1
    )
    return image.product


def owner(client: Client) -> Client:
    client.force_login(Customer.objects.create_superuser("owner@example.com", "a"))
    return client


def test_figures_are_sentences(client: Client) -> None:
    finished()
    page = owner(client).get(ADDRESS).content.decode()
    assert "Of 100 photos of your products, 97 bring the product first." in page
    assert "100 products tried; with others it would be 92 to 99" in page


def test_only_a_perfect_result_is_called_a_hundred(client: Client) -> None:
    check = finished()
    check.results.update(trials=1000, score=999)
    assert "your products, 99 bring" in owner(client).get(ADDRESS).content.decode()
    check.results.update(score=1000)
    assert "your products, 100 bring" in client.get(ADDRESS).content.decode()


def test_poor_categories_stand_first_and_say_what_helps(client: Client) -> None:
    check, lamps, mugs = finished(), CategoryFactory(name="Lamps"), CategoryFactory(name="Mugs")
    for category, score in ((lamps, 20), (mugs, 12)):
        QualityResult.objects.create(
            check_run=check, kind=QualityKind.RETAKEN, category=category, trials=20, score=score
        )
    page = owner(client).get(ADDRESS).content.decode()
    assert page.index(">Mugs<") < page.index(">Lamps<")
    assert 'href="/admin/catalog/product/?category=mugs"' in page
    assert 'href="/admin/catalog/product/?category=lamps"' not in page
    assert "Some categories are found poorly." in page


def test_a_single_miss_does_not_make_a_category_poor() -> None:
    check = finished()
    few = {"check_run": check, "kind": QualityKind.RETAKEN, "category": CategoryFactory()}
    QualityResult.objects.create(trials=2, score=1, **few)
    assert not quality(NOW).has_poor


def test_the_gain_of_a_second_picture_is_shown(client: Client) -> None:
    check = finished()
    for kind, score in ((QualityKind.FIRST_ONLY, 30), (QualityKind.BOTH, 48)):
        QualityResult.objects.create(check_run=check, kind=kind, trials=50, score=score)
    page = owner(client).get(ADDRESS).content.decode()
    assert "with the first picture alone, 60 of 100 find the product first, with both pictures 96" in page
    assert "measured with 50 products of this shop that have two pictures" in page


def test_hardest_products_link_to_the_place_for_a_second_picture(client: Client) -> None:
    product = missed(finished(), CategoryFactory())
    page = owner(client).get(ADDRESS).content.decode()
    assert f'href="/admin/catalog/product/{product.pk}/change/#images-group"' in page
    assert "Add a second picture" in page
    assert 'id="images-group"' in client.get(f"/admin/catalog/product/{product.pk}/change/").content.decode()


def test_examples_show_the_photo_that_was_tried(client: Client) -> None:
    image = missed(finished(), CategoryFactory()).images.get()
    address = f"{ADDRESS}photos/{image.pk}.jpg"
    assert address in owner(client).get(ADDRESS).content.decode()
    photo = client.get(address)
    assert photo.headers["Content-Type"] == "image/jpeg"
    assert "private" in photo.headers["Cache-Control"]


def test_pictures_that_no_check_has_tried_are_not_retaken(client: Client) -> None:
    assert owner(client).get(f"{ADDRESS}photos/{ImageFactory().pk}.jpg").status_code == 404
    lost = missed(finished(), CategoryFactory()).images.get()
    lost.file.storage.delete(lost.file.name or "")
    assert client.get(f"{ADDRESS}photos/{lost.pk}.jpg").status_code == 404
    QualityTrial.objects.update(image=2**40)
    assert client.get(f"{ADDRESS}photos/{2**40}.jpg").status_code == 404
    assert client.get(f"{ADDRESS}photos/{2**70}.jpg").status_code == 404


def test_weeks_are_bars(client: Client) -> None:
    finished(2, 90)
    assert "report-chart" not in owner(client).get(ADDRESS).content.decode(), "one bar would say nothing"
    finished(1, 95)
    finished(0, 97)
    page = client.get(ADDRESS).content.decode()
    assert page.count('class="report-hover"') == 3
    assert ": 95.0%" in page


def test_an_empty_shop_says_what_is_missing(client: Client) -> None:
    page = owner(client).get(ADDRESS).content.decode()
    assert "Nothing has been measured yet." in page
    check = finished()
    check.results.all().delete()
    assert "there was nothing to measure" in client.get(ADDRESS).content.decode()


def test_a_network_just_replaced_keeps_its_figures_with_its_name(client: Client, tmp_path: Any) -> None:
    finished()
    before = serving.live()
    new = inventory.add(str(make_network(tmp_path / "other")))
    Activation.objects.create(network=new, reason=Activation.Reason.ACTIVATE)
    page = owner(client).get(ADDRESS).content.decode()
    assert f"{new.identity} is live and has not been measured yet." in page
    assert f"These are the figures of {before.identity}" in page
    finished(0, 50, new)
    assert "50 bring the product first" in client.get(ADDRESS).content.decode()


def test_a_running_check_shows_its_progress_and_then_the_page(client: Client) -> None:
    check = QualityCheck.objects.create(
        network=serving.live(), asked_at=NOW, active_at=timezone.now(), total=40, done=8
    )
    page = owner(client).get(ADDRESS).content.decode()
    progress = f"{ADDRESS}checks/{check.pk}/"
    assert "8 of 40 products tried" in page
    assert f'hx-get="{progress}"' in page
    assert "Measure now" not in page
    assert "HX-Refresh" not in client.get(progress).headers
    QualityCheck.objects.update(finished_at=NOW)
    assert client.get(progress).headers["HX-Refresh"] == "true"
    assert client.get(f"{ADDRESS}checks/{check.pk + 1}/").status_code == 404


def test_a_stalled_check_can_go_on(client: Client) -> None:
    QualityCheck.objects.create(network=serving.live(), asked_at=NOW, active_at=NOW - timedelta(hours=1), total=4)
    assert "Go on measuring" in owner(client).get(ADDRESS).content.decode()


def test_the_button_measures_once(client: Client, tasks_at_once: None) -> None:
    response = owner(client).post(MEASURE, follow=True)
    assert "is being measured" in response.content.decode()
    check = QualityCheck.objects.get()
    assert (check.author, check.finished_at is not None) == ("owner@example.com", True)
    assert client.get(MEASURE).status_code == 405


def test_asking_again_goes_on_with_the_running_check(client: Client) -> None:
    owner(client).post(MEASURE)
    client.post(MEASURE)
    assert QualityCheck.objects.count() == 1


@pytest.mark.parametrize(("role", "seen"), [("management", 200), ("catalogue", 200), ("support", 403)])
def test_quality_requires_the_permission_to_see_searches(role: str, seen: int) -> None:
    check = finished()
    client = staff(role)
    assert client.get(ADDRESS).status_code == seen
    assert client.get(f"{ADDRESS}checks/{check.pk}/").status_code == seen
    assert client.get(f"{ADDRESS}photos/1.jpg").status_code == (404 if seen == 200 else seen)


@pytest.mark.parametrize(("role", "status"), [("management", 302), ("catalogue", 302), ("support", 403)])
def test_measuring_requires_its_own_permission(role: str, status: int) -> None:
    assert staff(role).post(MEASURE).status_code == status


def test_customers_measure_nothing(client: Client) -> None:
    client.force_login(Customer.objects.create_user("mallory@example.com", "m"))
    assert client.post(MEASURE).status_code == 302
    assert not QualityCheck.objects.exists()


def test_staff_who_only_read_have_no_button(client: Client) -> None:
    person = Customer.objects.create_user("reader@example.com", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_searchtally"))
    client.force_login(person)
    assert "Measure now" not in client.get(ADDRESS).content.decode()


def test_insight_and_quality_link_to_each_other(client: Client) -> None:
    page = owner(client).get("/admin/reports/insight/").content.decode()
    assert f'href="{ADDRESS}"' in page
    assert 'href="/admin/reports/insight/"' in client.get(ADDRESS).content.decode()


@pytest.mark.parametrize("number", [1, 20])
def test_quality_needs_few_queries(client: Client, number: int, django_assert_max_num_queries: Any) -> None:
    check, category = finished(), CategoryFactory()
    finished(1)
    for place in range(number):
        missed(check, category, [QualityKind.RETAKEN, QualityKind.OTHER_PICTURE][place % 2])
        QualityResult.objects.create(
            check_run=check, kind=QualityKind.RETAKEN, category=CategoryFactory(), trials=9, score=1
        )
    owner(client)
    with django_assert_max_num_queries(12):  # two of them load the user
        assert client.get(ADDRESS).status_code == 200
    assert ProductImage.objects.count() == 2 * number
