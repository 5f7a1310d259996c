"""The API of the moderation: who may use it, lists, decisions, undo and appeals."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import ProductImage
from shop.accounts.models import Customer
from shop.http.keys import assign_key
from shop.models import ApiKey
from tests.conftest import picture
from tests.factories import ImageFactory, ProductFactory
from tests.shop.reports.staff import staff
from visualsearch.models import PictureDecision, Verdict

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LIST = "/api/v1/moderation/verdicts/"


@pytest.fixture(autouse=True)
def _hold(settings: Any) -> None:
    settings.MODERATION = "hold"


@pytest.fixture
def client() -> Client:
    return staff("moderation", email="alice@example.com")


@pytest.fixture
def verdicts() -> list[Verdict]:
    return [wait(number) for number in range(3)]


def wait(number: int, **fields: Any) -> Verdict:
    product = ProductFactory(title=f"Mug {number}", slug=f"mug-{number}")
    image = ImageFactory(product=product, data=picture(40 + number, 30))
    finding = {"check": "quality", "code": "blurred", "score": 0.7, "evidence": {}}
    values = {"state": "look", "reason": "quality", "rules": 1, "checked_at": NOW + timedelta(minutes=number)}
    return Verdict.objects.create(image=image, image_sha256=image.sha256, findings=[finding], **(values | fields))


def key(*scopes: str) -> dict[str, str]:
    row = ApiKey(name="Sorter", scopes=list(scopes))
    secret = assign_key(row)
    row.save()
    return {"Authorization": f"Api-Key {secret}"}


def address(verdict: Verdict, call: str = "") -> str:
    return f"{LIST}{verdict.image_id}/{call}"


def test_only_moderators_and_keys_with_the_scope_see_verdicts(verdicts: list[Verdict]) -> None:
    client = Client()
    paths = [LIST, address(verdicts[0]), address(verdicts[0], "picture/")]
    for path in paths:
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_authenticated")
        answer = client.get(path, headers=key("catalogue:read"))
        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
        assert client.get(path, headers=key("moderation")).status_code == 200
    client.force_login(Customer.objects.create_user("carol@example.com"))
    assert (client.get(LIST).status_code, client.get(LIST).json()["code"]) == (403, "not_moderator")


def test_the_list_is_read_by_cursor(client: Client, verdicts: list[Verdict]) -> None:
    first = client.get(f"{LIST}?state=waiting&limit=2").json()
    assert [each["product"] for each in first["results"]] == ["mug-0", "mug-1"]
    verdicts[0].image.delete()
    second = client.get(first["next"]).json()
    assert ([each["product"] for each in second["results"]], second["next"]) == (["mug-2"], None)
    answer = client.get(f"{LIST}?cursor=nonsense")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def test_the_list_is_filtered(client: Client, verdicts: list[Verdict]) -> None:
    Verdict.objects.filter(pk=verdicts[0].pk).update(
        state="refused", reason="copy", decided_at=NOW + timedelta(hours=1)
    )
    found = {
        "state=look": 2, "state=refused": 1, "reason=copy": 1, "state=allowed": 0,
        "since=" + (NOW + timedelta(minutes=2)).isoformat().replace("+", "%2B"): 2,
    }  # fmt: skip
    assert {query: len(client.get(f"{LIST}?{query}").json()["results"]) for query in found} == found
    for query in ("state=odd", "since=yesterday", "limit=0", "limit=1000", "reason=odd"):
        assert client.get(f"{LIST}?{query}").status_code == 400


def test_an_unchanged_list_is_not_sent_again(client: Client, verdicts: list[Verdict]) -> None:
    etag = client.get(LIST)["ETag"]
    assert client.get(LIST, headers={"If-None-Match": etag}).status_code == 304
    client.post(address(verdicts[0], "decision/"), {"state": "allowed"}, "application/json")
    assert client.get(LIST, headers={"If-None-Match": etag}).status_code == 200


def test_a_key_refuses_a_picture_and_is_named_in_the_log(verdicts: list[Verdict]) -> None:
    data = {"state": "refused", "reason": "copy", "version": verdicts[0].version}
    answer = Client().post(address(verdicts[0], "decision/"), data, "application/json", headers=key("moderation"))
    said = answer.json()
    assert (said["state"], said["code"], said["is_public"]) == ("refused", "image_refused", False)
    assert said["detail"] == "This is a picture of another product. Upload a picture of this one."
    assert PictureDecision.objects.get().decided_by.startswith("API: Sorter")


def test_a_decision_can_be_repeated_and_undone(client: Client) -> None:
    path, data = address(wait(0, reason="unsafe"), "decision/"), {"state": "allowed"}
    for _ in range(2):
        assert client.post(path, data, "application/json").json()["is_public"]
    assert PictureDecision.objects.count() == 1
    assert client.delete(path).json()["code"] == "image_waiting"
    answer = client.delete(path)
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_undo")


def test_a_decision_by_somebody_else_is_not_overruled(client: Client, verdicts: list[Verdict]) -> None:
    path, seen = address(verdicts[0], "decision/"), verdicts[0].version
    client.post(path, {"state": "refused", "reason": "rule"}, "application/json")
    answer = client.post(path, {"state": "allowed", "version": seen}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "verdict_changed")
    assert Verdict.objects.get(pk=verdicts[0].pk).state == "refused"


def test_a_replaced_picture_is_not_decided_on(client: Client, verdicts: list[Verdict]) -> None:
    ProductImage.objects.filter(pk=verdicts[0].image_id).update(sha256="0" * 64)
    answer = client.post(address(verdicts[0], "decision/"), {"state": "allowed"}, "application/json")
    assert answer.json()["code"] == "verdict_changed"


@pytest.mark.parametrize("data", [{}, {"state": "look"}, {"state": "refused"}, {"state": "refused", "reason": "odd"}])
def test_an_incomplete_decision_is_refused(client: Client, verdicts: list[Verdict], data: dict[str, str]) -> None:
    assert client.post(address(verdicts[0], "decision/"), data, "application/json").status_code == 400


def test_a_refused_picture_is_appealed(client: Client, verdicts: list[Verdict]) -> None:
    path, data = address(verdicts[0], "appeal/"), {"sentence": "It is ours."}
    answer = client.post(path, data, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "image_not_refused")
    client.post(address(verdicts[0], "decision/"), {"state": "refused", "reason": "copy"}, "application/json")
    assert client.post(path, data, "application/json").json()["appeal"] == "It is ours."
    waiting = client.get(f"{LIST}?state=waiting").json()["results"]
    assert [each["product"] for each in waiting] == ["mug-0", "mug-1", "mug-2"]


def test_unknown_pictures_are_not_found(client: Client) -> None:
    for call in ("0/", f"{'9' * 40}/", "0/picture/"):
        assert client.get(f"{LIST}{call}").status_code == 404
