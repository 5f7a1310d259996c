"""The queue in the admin: the list, the page of a picture, decisions, undo and appeals."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from catalog.models import ProductImage
from shop.accounts.models import Customer
from tests.conftest import picture
from tests.factories import ImageFactory, ProductFactory
from tests.shop.reports.staff import staff
from visualsearch.embedding.data_uris import data_uri
from visualsearch.models import PictureDecision, Reason, RefusedPicture, Verdict, VerdictState
from visualsearch.moderation import decisions, queue
from visualsearch.moderation.decisions import Choice

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LIST = "/admin/visualsearch/verdict/"
REFUSE = Choice(VerdictState.REFUSED, "bob@example.com", Reason.COPY)


@pytest.fixture(autouse=True)
def _hold(settings: Any) -> None:
    settings.MODERATION = "hold"


@pytest.fixture
def client() -> Client:
    """Return a client of staff with the role moderation."""
    return staff("moderation", email="alice@example.com")


Wait = Callable[..., Verdict]


@pytest.fixture
def wait() -> Wait:
    """Return a function that makes a verdict of a new picture. Each waits a minute less than the one before."""

    def make(title: str, state: str = "look", reason: str = "quality", **more: Any) -> Verdict:
        count = Verdict.objects.count()
        product = ProductFactory(title=title, brand=more.pop("brand", ""))
        image = ImageFactory(product=product, data=picture(40 + count, 30))
        ProductImage.objects.filter(pk=image.pk).update(
            is_public=state == "allowed", is_from_customer=more.pop("is_from_customer", False)
        )
        finding = {"check": reason, "code": "blurred", "score": 0.72, "evidence": more.pop("evidence", {})}
        return Verdict.objects.create(
            image=image, image_sha256=image.sha256, state=state, reason=reason, rules=1,
            findings=[finding], checked_at=NOW - timedelta(hours=5) + timedelta(minutes=count), **more,
        )  # fmt: skip

    return make


def page(verdict: Verdict, name: str = "change") -> str:
    return f"{LIST}{verdict.pk}/{name}/"


def titles(response: Any) -> list[str]:
    return [verdict.image.product.title for verdict in response.context["cl"].result_list]


def test_the_list_shows_what_waits_and_the_age_of_the_oldest(client: Client, wait: Wait) -> None:
    wait("Mug"), wait("Lamp", "allowed"), wait("Chair", "refused"), wait("Bowl", "refused", appeal="It is ours.")
    response = client.get(LIST)
    assert titles(response) == ["Mug", "Bowl"]
    assert "2 pictures wait for a look." in " ".join(response.content.decode().split())
    assert "The oldest waits for 5\xa0hours" in response.content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("show=all", ["Mug", "Lamp", "Chair", "Bowl"]),
        ("show=refused", ["Chair", "Bowl"]),
        ("show=appeals", ["Bowl"]),
        ("show=all&reason=copy", ["Bowl"]),
        ("show=all&source=customers", ["Lamp"]),
        ("show=all&brand=Halden", ["Chair"]),
        ("q=mug", ["Mug"]),
    ],
)
def test_the_list_is_filtered(client: Client, wait: Wait, query: str, expected: list[str]) -> None:
    wait("Mug"), wait("Lamp", "allowed", is_from_customer=True), wait("Chair", "refused", brand="Halden")
    wait("Bowl", "refused", "copy", appeal="It is ours.")
    assert titles(client.get(f"{LIST}?{query}")) == expected


def test_the_list_takes_as_many_queries_for_many_pictures(
    client: Client, wait: Wait, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        wait(f"Mug {number}")
    client.get(LIST)
    with django_assert_max_num_queries(12):
        client.get(LIST)


def test_a_page_shows_the_picture_and_its_evidence(client: Client, wait: Wait) -> None:
    other = ImageFactory(product=ProductFactory(title="Halden Mug"))
    evidence = {"image": other.pk, "product": other.product_id, "likeness": 0.97, "box": [0.1, 0.2, 0.3, 0.4],
                "category": other.product.category_id, "gone": 2**70, "text": "<b>"}  # fmt: skip
    verdict = wait("Mug", reason="copy", evidence=evidence)
    html = client.get(page(verdict)).content.decode()
    for part in ("Halden Mug", "72% sure", 'x="0.1000"', f"/small/{other.pk}/", "&lt;b&gt;",
                 other.product.category.name):  # fmt: skip
        assert part in html
    small = client.get(f"{LIST}small/{other.pk}/")
    assert (small.status_code, small["Content-Type"]) == (200, "image/jpeg")
    assert "private" in small["Cache-Control"]


def test_a_picture_that_was_refused_before_is_shown_though_its_file_is_gone(client: Client, wait: Wait) -> None:
    small = picture(32, 32)
    refused = RefusedPicture.objects.create(sha256="0" * 64, small=small, reason="rule", decided_at=NOW)
    html = client.get(page(wait("Mug", reason="seen", evidence={"refused": refused.pk}))).content.decode()
    assert data_uri("image/jpeg", small) in html
    assert "This shop does not allow it, " in html


def test_allowing_a_picture_shows_it_and_goes_on(client: Client, wait: Wait) -> None:
    first, second = wait("Mug"), wait("Lamp")
    response = client.post(page(first, "decide"), {"state": "allowed", "seen": first.version}, follow=True)
    assert response.context["verdict"] == second
    assert "Mug: allowed." in " ".join(response.content.decode().split())
    first.refresh_from_db()
    assert (first.state, first.image.is_public, first.decided_by) == ("allowed", True, "alice@example.com")


def test_filters_are_kept_from_one_picture_to_the_next(client: Client, wait: Wait) -> None:
    first, _other, third = wait("Mug", "refused"), wait("Lamp"), wait("Chair", "refused")
    response = client.get(f"{page(first)}?_changelist_filters=show%3Drefused")
    assert response.context["following"] == third
    address = f"{page(first, 'decide')}?_changelist_filters=show%3Drefused"
    response = client.post(address, {"state": "allowed", "seen": first.version}, follow=True)
    assert response.context["verdict"] == third
    assert response.context["filters"] == "show=refused"


@pytest.mark.parametrize("filters", ["nonsense%3D1", "show%3Dx", "reason%3Dcopy%26reason%3Dx", "a" * 5000])
def test_odd_filters_break_nothing(client: Client, wait: Wait, filters: str) -> None:
    wait("Lamp")
    assert client.get(f"{page(wait('Mug'))}?_changelist_filters={filters}").status_code == 200


def test_refusing_needs_a_reason_and_keeps_the_note(client: Client, wait: Wait) -> None:
    verdict = wait("Mug")
    response = client.post(page(verdict, "decide"), {"state": "refused", "seen": verdict.version}, follow=True)
    assert "Choose a reason." in response.content.decode()
    data = {"state": "refused", "reason": "copy", "note": "See Halden Mug.", "seen": verdict.version}
    client.post(page(verdict, "decide"), data)
    verdict.refresh_from_db()
    assert (verdict.state, verdict.reason, verdict.note) == ("refused", "copy", "See Halden Mug.")
    assert not verdict.image.is_public


def test_the_second_member_of_staff_sees_what_was_decided(client: Client, wait: Wait) -> None:
    verdict = wait("Mug")
    seen = verdict.version
    decisions.decide([verdict.pk], REFUSE, NOW)
    response = client.post(page(verdict, "decide"), {"state": "allowed", "seen": seen}, follow=True)
    assert "bob@example.com has just decided on this picture: refused." in response.content.decode()
    verdict.refresh_from_db()
    assert (verdict.state, verdict.decided_by) == ("refused", "bob@example.com")


def test_a_replaced_picture_is_not_allowed_by_a_look_at_the_former(client: Client, wait: Wait) -> None:
    verdict = wait("Mug")
    ProductImage.objects.filter(pk=verdict.image_id).update(sha256="0" * 64)
    response = client.post(page(verdict, "decide"), {"state": "allowed", "seen": verdict.version}, follow=True)
    assert "was replaced" in response.content.decode()
    assert not ProductImage.objects.get(pk=verdict.image_id).is_public
    assert not PictureDecision.objects.exists()


def test_one_click_undoes_a_decision(client: Client, wait: Wait) -> None:
    first = wait("Mug")
    wait("Lamp")
    data = {"state": "refused", "reason": "other", "seen": first.version}
    decided = client.post(page(first, "decide"), data, follow=True).context["decided"]
    response = client.post(page(first, "undo"), {"seen": decided.version}, follow=True)
    assert "The picture is as before: needs a look." in response.content.decode()
    first.refresh_from_db()
    assert (first.state, first.reason, first.decided_at) == ("look", "quality", None)
    assert [each.is_undo for each in PictureDecision.objects.all()] == [True, False]
    response = client.post(page(first, "undo"), {}, follow=True)
    assert "There is nothing to undo" in response.content.decode()


def test_a_newer_decision_is_not_undone(client: Client, wait: Wait) -> None:
    verdict = wait("Mug")
    seen = verdict.version
    decisions.decide([verdict.pk], REFUSE, NOW)
    client.post(page(verdict, "undo"), {"seen": seen})
    verdict.refresh_from_db()
    assert verdict.state == "refused"


def test_undo_brings_back_an_appeal_and_the_decision_before(client: Client, wait: Wait) -> None:
    verdict = wait("Mug")
    decisions.decide([verdict.pk], REFUSE, NOW)
    decisions.appeal(verdict.pk, "It is ours.", NOW)
    decisions.decide([verdict.pk], Choice(VerdictState.ALLOWED, "alice@example.com"), NOW)
    assert decisions.undo(verdict.pk, "alice@example.com", NOW)
    verdict.refresh_from_db()
    assert (verdict.state, verdict.reason, verdict.appeal) == ("refused", "copy", "It is ours.")
    assert (verdict.decided_by, verdict.decided_at, verdict.appealed_at) == ("bob@example.com", NOW, NOW)


def test_many_pictures_are_decided_at_once(client: Client, wait: Wait) -> None:
    rows = [wait("Mug"), wait("Lamp", reason="copy"), wait("Chair")]
    decisions.decide([rows[2].pk], Choice(VerdictState.ALLOWED, "bob@example.com"), NOW)
    data = {"action": "refuse", "reason": "", "_selected_action": [row.pk for row in rows],
            **{f"seen-{row.pk}": row.version for row in rows}}  # fmt: skip
    response = client.post(f"{LIST}?show=all", data, follow=True)
    assert "2 pictures were refused." in response.content.decode()
    assert "1 had been decided already" in response.content.decode()
    assert list(Verdict.objects.order_by("pk").values_list("state", "reason")) == [
        ("refused", "quality"), ("refused", "copy"), ("allowed", ""),
    ]  # fmt: skip
    client.post(f"{LIST}?show=refused", {"action": "allow", "_selected_action": [rows[0].pk]})
    assert Verdict.objects.get(pk=rows[0].pk).state == "allowed"


def test_only_moderators_decide(wait: Wait) -> None:
    verdict, reader = wait("Mug"), Client()
    person = Customer.objects.create_user("reader@example.com", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename="view_verdict"))
    reader.force_login(person)
    html = reader.get(page(verdict)).content.decode()
    assert "decide/" not in html
    assert reader.post(page(verdict, "decide"), {"state": "allowed"}).status_code == 403
    assert reader.post(page(verdict, "undo")).status_code == 403
    assert reader.post(page(verdict, "appeal"), {"sentence": "It is ours."}).status_code == 403
    data = {"action": "allow", "_selected_action": [verdict.pk]}
    reader.post(LIST, data)
    assert Verdict.objects.get().state == "look"
    assert Client().get(page(verdict)).status_code == 302


def test_an_unknown_picture_is_not_found(client: Client) -> None:
    for key in ("0", "x", "9" * 30, "-1"):
        assert client.get(f"{LIST}{key}/change/").status_code == 404
    assert client.get(f"{LIST}small/{'9' * 30}/").status_code == 404


def test_the_log_is_read_only(client: Client, wait: Wait) -> None:
    verdict = wait("Mug")
    decisions.decide([verdict.pk], REFUSE, NOW)
    entry, log = PictureDecision.objects.get(), "/admin/visualsearch/picturedecision/"
    assert "bob@example.com" in client.get(log).content.decode()
    html = client.get(f"{log}{entry.pk}/change/").content.decode()
    assert "72%" in html
    assert client.post(f"{log}{entry.pk}/change/", {"note": "x"}).status_code == 403
    verdict.image.delete()
    assert "deleted" in client.get(f"{log}{entry.pk}/change/").content.decode()


def test_the_front_page_counts_what_waits(client: Client, wait: Wait) -> None:
    wait("Mug"), wait("Lamp", "refused")
    image = ImageFactory()
    assert not image.is_public
    html = " ".join(client.get("/admin/").content.decode().split())
    assert "Pictures to look at, the oldest for 5 hours</a>: 1" in html
    assert "Pictures that nobody has checked</a>: 1" in html
    assert queue.backlog().waiting == 1


@pytest.fixture
def supplier() -> Client:
    return staff("catalogue", email="carol@example.com")


def test_staff_who_enter_pictures_see_why_one_is_hidden_and_appeal(supplier: Client, wait: Wait) -> None:
    verdict = wait("Mug", "refused", "copy")
    product = f"/admin/catalog/product/{verdict.image.product_id}/change/"
    html = supplier.get(product).content.decode()
    assert "This is a picture of another product. Upload a picture of this one." in html
    response = supplier.post(page(verdict, "appeal"), {"sentence": "We took\nit."}, follow=True)
    assert "We will look at the picture again." in response.content.decode()
    assert "“We took it.”" in response.content.decode()
    assert Verdict.objects.open().get().appeal == "We took it."
    response = supplier.post(page(verdict, "appeal"), {"sentence": "x" * 600}, follow=True)
    assert "Write a sentence of up to 500 characters." in response.content.decode()


def test_a_picture_that_is_not_refused_cannot_be_appealed(supplier: Client, wait: Wait) -> None:
    verdict = wait("Mug", "allowed", "")
    response = supplier.post(page(verdict, "appeal"), {"sentence": "It is ours."}, follow=True)
    assert "There is nothing to appeal." in response.content.decode()
    assert not Verdict.objects.exclude(appeal="").exists()
