"""The admin page of synonyms."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db.migrations.state import StateApps
from django.test import Client
from django.utils import timezone

from catalog.models import StarterLine, Synonym
from catalog.receivers import load_synonyms
from catalog.search import count_words
from catalog.search.starter.loading import load_starter_set
from catalog.search.synonyms import expansions
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/synonym/"


@pytest.fixture
def owner(client: Client, django_user_model: Any) -> Client:
    client.force_login(django_user_model.objects.create_superuser(email="alice@example.com", password="correct horse"))
    return client


def synonym(words: str, synonyms: str, **more: Any) -> Synonym:
    return Synonym.objects.create(words=words, synonyms=synonyms, language="en", **more)


def also(query: str) -> list[str]:
    return [text for each in expansions(query.split()) for text, _weight in each.alternatives]


def test_a_new_synonym_is_searched_with_at_once(owner: Client) -> None:
    assert also("plonk") == []
    data = {"words": " plonk ,vino", "kind": "same", "synonyms": "table  wine", "language": "en", "is_active": "on"}
    assert owner.post(f"{LIST}add/", data).status_code == 302
    assert Synonym.objects.get(words="plonk, vino").synonyms == "table wine"
    assert also("plonk") == ["vino", "table wine"]


@pytest.mark.parametrize(
    ("words", "synonyms", "message"),
    [
        (" , ", "wine", "at least one word"),
        ("wine", "!!!", "between one and 6 words"),
        ("wine", "one two three four five six seven", "between one and 6 words"),
        (", ".join(map(str, range(40))), "wine", "at most 30 phrases"),
        ("wine, plonk", "Plonk, Wine", "Both sides are the same"),
    ],
)
def test_the_form_refuses_what_no_search_could_use(owner: Client, words: str, synonyms: str, message: str) -> None:
    data = {"words": words, "kind": "same", "synonyms": synonyms, "language": "", "is_active": "on"}
    response = owner.post(f"{LIST}add/", data)
    assert message in response.content.decode()
    assert not Synonym.objects.filter(words=words, starter_line="").exists()


@pytest.mark.parametrize("number", [2, 20])
def test_the_list_counts_products_in_one_query(
    owner: Client, django_assert_max_num_queries: Callable[..., Any], number: int
) -> None:
    Synonym.objects.all().delete()
    ProductFactory(title="Sofa")
    ProductFactory(title="Corner sofa")
    for index in range(number):
        synonym(f"couch {index}", "sofa, settee")
    with django_assert_max_num_queries(8):
        response = owner.get(LIST)
    assert response.content.decode().count("0 / 2") == number


def test_the_page_of_a_synonym_previews_both_sides(owner: Client) -> None:
    ProductFactory(title="Sofa")
    row = synonym("couch", "sofa")
    assert "couch: 0; sofa: 1" in owner.get(f"{LIST}{row.pk}/change/").content.decode()


@pytest.mark.parametrize(("action", "others"), [("switch_off", []), ("switch_on", ["sofa"])])
def test_rows_are_switched_in_bulk(owner: Client, action: str, others: list[str]) -> None:
    Synonym.objects.all().delete()
    row = synonym("couch", "sofa", is_active=action == "switch_off")
    owner.post(LIST, {"action": action, "_selected_action": [row.pk]})
    assert also("couch") == others


@pytest.mark.parametrize(
    ("query", "number"), [("origin=shop", 1), ("q=vino", 1), ("kind__exact=broader", 0), ("is_active__exact=1", 1)]
)
def test_the_list_is_searched_and_filtered(owner: Client, query: str, number: int) -> None:
    Synonym.objects.all().delete()
    synonym("plonk", "vino")
    assert len(owner.get(f"{LIST}?{query}").context["cl"].result_list) == number


def test_an_update_of_the_starter_set_keeps_what_staff_decided() -> None:
    load_starter_set()
    deleted, off, edited = Synonym.objects.exclude(starter_line="").order_by("pk")[:3]
    deleted.delete()
    Synonym.objects.filter(pk=off.pk).update(is_active=False)
    Synonym.objects.filter(pk=edited.pk).update(synonyms="ours")
    assert load_starter_set() == 0
    assert not Synonym.objects.filter(starter_line=deleted.starter_line).exists()
    assert not Synonym.objects.get(pk=off.pk).is_active
    assert Synonym.objects.get(pk=edited.pk).synonyms == "ours"


def test_an_update_removes_withdrawn_lines_that_nobody_touched() -> None:
    load_starter_set()
    for line, words in (("en: old = older", "old"), ("en: aged = ancient", "mature")):
        StarterLine.objects.create(line=line)
        synonym(words, line.rpartition("= ")[2], starter_line=line)
    load_starter_set()
    assert not Synonym.objects.filter(words="old").exists()
    assert Synonym.objects.filter(words="mature").exists()


def test_words_of_the_shop_come_first() -> None:
    ProductFactory(title="Settee")
    count_words(timezone.now())
    synonym("davenport", "divan, chesterfield, settee")
    assert also("davenport")[0] == "settee"


def test_migrating_to_before_the_table_loads_nothing() -> None:
    Synonym.objects.all().delete()
    StarterLine.objects.all().delete()
    load_synonyms(plan=[], apps=StateApps([], {}))
    assert not Synonym.objects.exists()
    load_synonyms(plan=[], apps=apps)
    assert Synonym.objects.exists()
