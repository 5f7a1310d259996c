"""The page that says how the search is doing."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.follow_ups import Step, count_step
from catalog.models import Category
from catalog.search_counts import count_photo_search, count_text_search
from shop.http.search_times import Times
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.shop.reports.staff import staff
from visualsearch.models import IndexRecall, QualityCheck, QualityKind, QualityResult, QualityTrial
from visualsearch.networks import serving

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/reports/insight/"
NOW = timezone.now()


@pytest.fixture
def mugs(db: None) -> Category:
    """A shop where searches were made and measured today; mugs are not told apart."""
    category: Category = CategoryFactory(name="Mugs")
    times = Times()
    for number in range(4):
        count_text_search("mug", found=number > 0, now=NOW)
        times.add("words", 12.0, NOW)
    count_photo_search(found=True, now=NOW)
    times.add("photo", 70.0, NOW)
    times.flush()
    count_step(Step.OPENED, NOW)
    measured = {"network": serving.live(), "pictures": 50, "mean": 0.991, "worst": 0.85}
    IndexRecall.objects.create(day=timezone.localdate(NOW), **measured)
    check = QualityCheck.objects.create(network=serving.live(), asked_at=NOW, active_at=NOW, finished_at=NOW, done=4)
    left_out = {"check_run": check, "kind": QualityKind.OTHER_PICTURE}
    QualityResult.objects.create(category=category, trials=4, score=1, **left_out)
    image = ImageFactory(product=ProductFactory(category=category))
    QualityTrial.objects.create(image=image, product=image.product, found=ImageFactory(), score=0, **left_out)
    return category


def figures(content: str) -> list[str]:
    return [part.split("</dd>")[0] for part in content.split("<dd>")[1:]]


def test_each_figure_is_shown(mugs: Category) -> None:
    page = staff("management").get(ADDRESS).content.decode()
    assert figures(page) == [
        "4", "25.0%", "1", "0.0%", "100.0%", "0.0%", "12 ms", "15 ms", "70 ms", "79 ms", "99.1%", "85.0%", "50",
        "25.0%", "4",
    ]  # fmt: skip


def test_pictures_that_were_mistaken_are_shown_side_by_side(mugs: Category) -> None:
    page = staff("management").get(ADDRESS).content.decode()
    assert page.count('class="insight-pairs"') == 1
    assert page.split('class="insight-pairs"')[1].count("<img") == 2


def test_deleted_pictures_are_left_out(mugs: Category) -> None:
    QualityTrial.objects.update(found=2**40)  # a key that no picture has
    response = staff("management").get(ADDRESS)
    assert response.status_code == 200
    assert "insight-pairs" not in response.content.decode()


def test_worst_categories_stand_first(mugs: Category) -> None:
    lamps = CategoryFactory(name="Lamps")
    left_out = {"check_run": QualityCheck.objects.get(), "kind": QualityKind.OTHER_PICTURE}
    QualityResult.objects.create(category=lamps, trials=5, score=0, **left_out)
    page = staff("management").get(ADDRESS).content.decode()
    assert page.index("Lamps: 0.0%") < page.index("Mugs: 25.0%")


def test_a_new_shop_shows_dashes(db: None) -> None:
    page = staff("management").get(ADDRESS).content.decode()
    assert figures(page).count("–") == 11
    assert "report-chart" not in page


def test_other_days_are_not_counted(mugs: Category) -> None:
    past = (timezone.localdate(NOW) - timedelta(days=3)).isoformat()
    page = staff("management").get(ADDRESS, {"since": past, "until": past}).content.decode()
    assert figures(page)[:4] == ["0", "–", "0", "–"]
    assert figures(page)[6] == "–"


def test_an_invalid_period_is_refused(db: None) -> None:
    response = staff("management").get(ADDRESS, {"since": "2026-11-23", "until": "2026-11-20"})
    assert response.status_code == 400
    assert "is before the first" in response.content.decode()


@pytest.mark.parametrize(("role", "status"), [("management", 200), ("catalogue", 200), ("support", 403)])
def test_insight_requires_the_permission_to_see_searches(role: str, status: int) -> None:
    assert staff(role).get(ADDRESS).status_code == status


def test_reports_link_to_insight_and_back(mugs: Category) -> None:
    client = staff("catalogue")
    assert f'href="{ADDRESS}' in client.get("/admin/reports/searches/").content.decode()
    page = client.get(ADDRESS).content.decode()
    assert 'href="/admin/reports/searches/' in page
    assert f'href="{ADDRESS}?since=' in page


def test_the_admin_index_links_to_insight(db: None) -> None:
    assert f'href="{ADDRESS}"' in staff("catalogue").get("/admin/").content.decode()
    assert f'href="{ADDRESS}"' not in staff("support").get("/admin/").content.decode()


def test_insight_needs_few_queries(mugs: Category, django_assert_max_num_queries: Any) -> None:
    client = staff("management")
    with django_assert_max_num_queries(12):  # four of them load the user and their permissions
        assert client.get(ADDRESS).status_code == 200
