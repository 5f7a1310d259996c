"""What a web process loads before its first search."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.search import count_words, dictionary, names, synonyms, understand, vocabulary, warm_up
from tests.factories import ProductFactory


@pytest.mark.django_db
def test_a_warm_process_reads_no_words_to_understand_a_query() -> None:
    ProductFactory(title="Blue teapot")
    count_words(timezone.now())
    dictionary.prepare()
    caches["local"].clear()
    dictionary._load.cache_clear()
    names._loaded = names._Loaded([], names.NameIndex([]))
    vocabulary.cache.clear()
    synonyms.cache.clear()
    warm_up()
    with CaptureQueriesContext(connection) as captured:
        assert understand("blue teapto").words == ("blue", "teapto")
    looking_for_changes = "catalog_vocabularycount"  # every few seconds
    assert [each["sql"] for each in captured.captured_queries if looking_for_changes not in each["sql"]] == []
