"""What customers search for in vain: counted, told, listed and dismissed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from rest_framework.throttling import ScopedRateThrottle

from catalog.demand import MAX_DAILY_NOTES, add_note, delete_old_demand, dismiss
from catalog.models import Demand, DemandNote, SearchTally
from catalog.search import count_words
from catalog.search_counts import RETENTION, count_text_search
from catalog.tasks import delete_old_searches
from tests.factories import CategoryFactory, ProductFactory
from tests.races import race
from tests.shop.reports.staff import staff

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def listed() -> list[tuple[str, int, bool]]:
    return list(Demand.objects.values_list("words", "misses", "is_dismissed"))


def miss(text: str, times: int = 1, now: datetime = NOW) -> None:
    for _ in range(times):
        count_text_search(text, found=False, now=now)


def test_misses_are_listed_by_words_most_frequent_first() -> None:
    miss("Zeppelin")
    miss("blue  ZITHER!", times=2)
    count_text_search("mug", found=True, now=NOW)
    assert listed() == [("blue zither", 2, False), ("zeppelin", 1, False)]


@pytest.mark.parametrize("address", ["/search/", "/api/v1/search/"])
def test_a_corrected_or_weak_answer_is_a_miss(client: Client, address: str) -> None:
    ProductFactory(title="Blue lantern")
    for query in ("blue lantern", "purple lantern"):
        client.get(address, {"q": query})
    assert listed() == [("purple lantern", 1, False)]


@pytest.mark.parametrize("text", ["alice@example.com", "order 100017"])
def test_words_that_may_be_personal_are_not_listed(text: str) -> None:
    miss(text)
    assert listed() == []
    assert SearchTally.objects.get().unanswered == 1


def test_a_dismissed_entry_returns_with_the_next_miss() -> None:
    miss("zeppelin", times=3)
    assert dismiss(Demand.objects.all()) == 1
    assert listed() == [("zeppelin", 0, True)]
    miss("zeppelin")
    assert listed() == [("zeppelin", 1, False)]


def test_a_success_does_not_reopen_a_dismissed_entry() -> None:
    miss("zeppelin")
    dismiss(Demand.objects.all())
    count_text_search("zeppelin", found=True, now=NOW)
    assert listed() == [("zeppelin", 0, True)]


def test_counting_a_miss_takes_one_statement(django_assert_num_queries: Any) -> None:
    for _ in range(2):
        with django_assert_num_queries(1):
            miss("zeppelin")


@pytest.mark.django_db(transaction=True)
def test_concurrent_misses_and_notes_are_all_counted() -> None:
    def search(which: int) -> None:
        for _ in range(10):
            miss("zeppelin") if which % 2 else add_note("zeppelin", "a zeppelin", NOW)

    assert race(4, search) == [None] * 4
    assert listed() == [("zeppelin", 20, False)]
    assert DemandNote.objects.get().times == 20


def test_a_note_is_stored_by_day_under_the_words_of_the_search() -> None:
    miss("zeppelin")
    assert add_note("Zeppelin!", "one for the balcony", NOW)
    assert add_note("zeppelin", "one for the balcony", NOW)
    assert add_note("", "Hammock", NOW)
    notes = DemandNote.objects.order_by("demand__words").values_list("demand__words", "text", "day", "times")
    assert list(notes) == [("hammock", "Hammock", NOW.date(), 1), ("zeppelin", "one for the balcony", NOW.date(), 2)]


@pytest.mark.parametrize("text", ["call 0170 123456", "me@example.com", "..."])
def test_a_note_that_may_say_who_wrote_it_is_refused(client: Client, text: str) -> None:
    assert not add_note("zeppelin", text, NOW)
    answer = client.post("/search/missed/", {"q": "zeppelin", "text": text})
    assert answer.status_code == 400
    assert answer.context["form"].errors["text"]
    assert not DemandNote.objects.exists()


def test_notes_of_a_day_are_limited() -> None:
    demand = Demand.objects.create(words="zither", last_day=NOW.date())
    DemandNote.objects.bulk_create(
        DemandNote(demand=demand, day=NOW.date(), text=f"note {number}") for number in range(MAX_DAILY_NOTES)
    )
    assert not add_note("zeppelin", "one more", NOW)
    assert add_note("zeppelin", "one more", NOW + timedelta(days=1))


def test_demand_and_notes_are_deleted_after_a_year() -> None:
    miss("zeppelin")
    add_note("zeppelin", "old", NOW)
    miss("zeppelin", now=NOW + timedelta(days=9))
    assert delete_old_demand(NOW + RETENTION) == 0
    assert delete_old_demand(NOW + RETENTION + timedelta(days=1)) == 1
    assert listed() == [("zeppelin", 2, False)]
    delete_old_searches()  # the task, which runs today
    assert listed() == [("zeppelin", 2, False)]
    assert delete_old_demand(NOW + RETENTION + timedelta(days=10)) == 1


def test_a_customer_sends_a_note_and_is_thanked(client: Client) -> None:
    page = client.get("/search/missed/", {"q": "zeppelin"}).content.decode()
    assert 'value="zeppelin"' in page
    answer = client.post("/search/missed/", {"q": "zeppelin", "text": " A zeppelin \n for  two "}, follow=True)
    assert answer.redirect_chain == [("/search/missed/thanks/", 302)]
    assert "Thank you" in answer.content.decode()
    assert DemandNote.objects.get().text == "A zeppelin for two"


def test_a_form_needs_its_token() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/search/missed/", {"text": "zeppelin"}).status_code == 403


@pytest.mark.parametrize(
    "data", [{}, {"text": ""}, {"text": "a" * 201}, {"text": ["a", "b"], "q": "x" * 5000}, {"text": "\u202e"}]
)
def test_any_form_is_survived(client: Client, data: dict[str, Any]) -> None:
    assert client.post("/search/missed/", data).status_code in (302, 400)
    assert all(len(note.text) <= 200 for note in DemandNote.objects.all())


def test_notes_are_throttled(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "missed", "1/hour")
    answers = [client.post("/search/missed/", {"text": f"zeppelin {number}"}) for number in range(2)]
    assert [answer.status_code for answer in answers] == [302, 429]
    assert "Too many notes" in answers[1].content.decode()
    assert DemandNote.objects.count() == 1


def test_a_miss_offers_other_ways(client: Client) -> None:
    ProductFactory(title="Blue lantern", category=CategoryFactory(name="Lamps"))
    today = timezone.localdate()
    for ago in range(3):
        SearchTally.objects.create(day=today - timedelta(ago), kind="words", words="lantern", searches=2, unanswered=0)
    page = client.get("/search/", {"q": "zeppelin"}).content.decode()
    for offer in ("Popular searches", "?q=lantern", "?category=lamps", "Tell us what you miss", 'value="zeppelin"'):
        assert offer in page, offer


def test_a_success_offers_nothing_else(client: Client) -> None:
    ProductFactory(title="Blue lantern")
    page = client.get("/search/", {"q": "lantern"}).content.decode()
    assert "miss-form" not in page


def test_the_nearest_products_leave_out_a_part_of_the_query(client: Client) -> None:
    ProductFactory(title="Blue lantern", price="40.00")
    page = client.get("/search/", {"q": "lantern under 10"}).content.decode()
    assert "Without “Up to €10”" in page
    assert "Blue lantern" in page


def test_the_kind_of_thing_is_left_out_last(client: Client) -> None:
    category = CategoryFactory(name="Lanterns")
    ProductFactory(title="Blue lantern", price="40.00", category=category, attributes={"colour": "Blue"})
    page = client.get("/search/", {"q": "lantern under 10"}).content.decode()
    assert page.count("Without “") == 1
    assert "Without “Up to €10”" in page


@pytest.mark.parametrize(
    "query",
    [
        "lantern under 10",
        "zeppelin quartz nimbus lantern",
        "lanternn zepelin quarz",
        "zeppelin blanket lanter wanter",
        "red lantern umbrella under 1 on sale in stock",
    ],
)
def test_a_miss_takes_few_queries(
    client: Client, django_assert_max_num_queries: Callable[..., Any], query: str
) -> None:
    for number in range(30):
        ProductFactory(title=f"Lantern {number}", price="40.00", attributes={"colour": "Red"})
    client.get("/search/", {"q": query})
    with django_assert_max_num_queries(14):
        assert client.get("/search/", {"q": query}).status_code == 200


@pytest.mark.parametrize(
    ("query", "left_out"),
    [
        ("lantern zeppelin", "zeppelin"),
        ("lanternn zeppelin", "zeppelin"),
        ("zeppelin nimbus", None),
    ],
)
def test_what_the_shop_does_not_know_is_left_out_first(client: Client, query: str, left_out: str | None) -> None:
    ProductFactory(title="Blue lantern")
    count_words(NOW, force=True)
    page = client.get("/search/", {"q": query}).content.decode()
    assert (f"Without “{left_out}”" in page) == (left_out is not None)


def test_staff_see_demand_with_notes_and_make_a_synonym() -> None:
    miss("sneaker & co", times=2)
    for _ in range(2):
        add_note("sneaker & co", "white <b>ones</b>", NOW)
    page = staff("catalogue").get("/admin/catalog/demand/").content.decode()
    assert "sneaker &amp; co" not in page  # the words are kept without signs
    assert "white &lt;b&gt;ones&lt;/b&gt; (×2)" in page
    assert "/admin/catalog/synonym/add/?words=sneaker+co" in page


def test_dismissed_demand_is_listed_apart() -> None:
    miss("zeppelin")
    miss("zither")
    client = staff("catalogue")
    chosen = [Demand.objects.get(words="zither").pk]
    client.post("/admin/catalog/demand/", {"action": "dismiss", "_selected_action": chosen})
    rows = [
        client.get("/admin/catalog/demand/", query).context["cl"].queryset for query in ({}, {"state": "dismissed"})
    ]
    assert [[each.words for each in found] for found in rows] == [["zeppelin"], ["zither"]]


def test_a_row_is_dismissed_by_its_button_and_the_list_stays_as_it_was() -> None:
    miss("zeppelin")
    miss("zither")
    client, key = staff("catalogue"), Demand.objects.get(words="zither").pk
    page = client.get("/admin/catalog/demand/", {"q": "z"}).content.decode()
    assert f'name="dismiss_row" value="{key}" aria-label="Dismiss “zither” until customers miss it again"' in page
    answer = client.post("/admin/catalog/demand/?q=z", {"dismiss_row": str(key)})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/catalog/demand/?q=z")
    assert sorted(listed()) == [("zeppelin", 1, False), ("zither", 0, True)]
    assert LogEntry.objects.get().object_repr == "zither"
    assert "dismiss_row" not in client.get("/admin/catalog/demand/", {"state": "dismissed"}).content.decode()


@pytest.mark.parametrize("key", ["0", "-1", "zither", "9" * 18, "9" * 5_000, "²"])
def test_a_button_with_a_key_of_no_row_changes_nothing(key: str) -> None:
    miss("zeppelin")
    assert staff("catalogue").post("/admin/catalog/demand/", {"dismiss_row": key}).status_code == 302
    assert listed() == [("zeppelin", 1, False)]


def test_management_reads_demand_and_changes_nothing() -> None:
    miss("zeppelin")
    client = staff("management")
    page = client.get("/admin/catalog/demand/")
    assert page.status_code == 200
    assert "Make a synonym" not in page.content.decode()
    assert "dismiss_row" not in page.content.decode()
    assert client.post("/admin/catalog/demand/", {"dismiss_row": str(Demand.objects.get().pk)}).status_code == 403
    chosen = {"action": "dismiss", "_selected_action": [Demand.objects.get().pk]}
    client.post("/admin/catalog/demand/", chosen)
    assert listed() == [("zeppelin", 1, False)]


def test_the_list_takes_few_queries(django_assert_max_num_queries: Callable[..., Any]) -> None:
    for number in range(30):
        miss(f"zeppelin {number}")
        add_note(f"zeppelin {number}", "yes", NOW)
    client = staff("catalogue")
    with django_assert_max_num_queries(10):
        assert client.get("/admin/catalog/demand/").status_code == 200
