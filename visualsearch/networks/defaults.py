"""The networks that come with the shop, as opposed to those that an owner trains or chooses.

An update replaces only these without being asked, so the hash of every default network stays listed here.
"""

from django.conf import settings

from visualsearch.embedding.card import DEFAULT_CARD, Card, read_card
from visualsearch.models import Network

SHIPPED = frozenset(
    {
        "9a9b0afe1b4b9c8689d7508d6abe938e7768c622e55fac73015ccf8f50b85d70",
        "1231da08f47788e2f20fb9cf7e97176bc20314a89170d0ae4ae1d68096ac9c0a",
        "f1545ac4ae53de0abddafce6af73aec46086e8bb40f58d91caca9e2f0e12dc83",
        "f99003e85406f1f45150a26635e890e027a94b0554fe52a25264924e6ecf7e34",
        "6713a5eed54b7845bdc9ffad48a8c83b3f2bed6a4e7054485b3ad328c91de22a",
    }
)


def is_shipped(network: Network) -> bool:
    """Return True if the network came with this version of the shop or an earlier one."""
    return network.sha256 in SHIPPED


def packaged() -> Card | None:
    """Return the default network of this version, or None if VISUALSEARCH_NETWORK names another. Raises BadCard."""
    return None if settings.VISUALSEARCH_NETWORK else read_card(DEFAULT_CARD)
