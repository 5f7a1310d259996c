"""Many customers buy the same few items through processes that are killed at random and restarted.

`python -m tests.shop.checkout.crowd DATABASE WORKER WORKERS` runs one of these processes.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

if __name__ == "__main__":
    import django

    from tests import environment  # noqa: F401 -- sets the environment that the settings read

    os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
    django.setup()

from django.conf import settings
from django.db import connection

from catalog.models import Variant
from shop.cart.models import Cart, CartLine
from shop.checkout.services import CheckoutRefused, place_order
from shop.fulfilment.payment import pay
from shop.fulfilment.sweepers import expire_orders, reconcile_payments, reconcile_refunds
from shop.orders.models import Order
from tests.purchases import BACK, GOOD, NOW, TIMEOUT, purchase

ROOT = Path(__file__).parents[3]
REFUSED = "refused"  # stored in the cart's voucher code, so that a restarted worker does not try again


def gather(number: int, variant: Variant) -> None:
    """Create this number of carts with one item each."""
    carts = Cart.objects.bulk_create(
        Cart(token=f"crowd-{each}", created_at=NOW, updated_at=NOW) for each in range(number)
    )
    CartLine.objects.bulk_create(
        CartLine(cart=cart, variant=variant, title="Mug", price_amount=variant.price_amount, quantity=1)
        for cart in carts
    )


def rush(workers: int, kills: int) -> int:
    """Let the workers buy for all customers, and kill some of them. Return the number of kills."""
    chance, killed = random.Random(), 0
    customers = Cart.objects.count()
    running = {number: _start(number, workers) for number in range(workers)}
    while running:
        time.sleep(chance.uniform(0.05, 0.3))
        for number, process in list(running.items()):
            if process.poll() is not None:
                assert process.returncode == 0, f"worker {number} ended with {process.returncode}"
                del running[number]
        served = Order.objects.count() + Cart.objects.filter(voucher_code=REFUSED).count()
        if running and killed < kills and served >= (killed + 1) * customers // (kills + 1):
            number = chance.choice(list(running))
            running[number].send_signal(signal.SIGKILL)
            running[number].wait()
            running[number] = _start(number, workers)
            killed += 1
    for hours in (2, 4):
        later = NOW + timedelta(hours=hours)
        while reconcile_payments(later):
            pass
        reconcile_refunds(later)
        expire_orders(later)
    return killed


def buy_for(cart: Cart, card: str) -> None:
    """Place and pay the order, or mark the cart as refused."""
    try:
        order = place_order(cart.pk, purchase(cart, card), NOW)
    except CheckoutRefused:
        Cart.objects.filter(pk=cart.pk).update(voucher_code=REFUSED)
        return
    pay(order, BACK, NOW)


def main(database: str, worker: int, workers: int) -> None:
    """Buy for this worker's share of the customers whose purchase is neither paid nor refused."""
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = database
    paid = set(Order.objects.filter(state="paid").values_list("cart", flat=True))
    for cart in Cart.objects.exclude(voucher_code=REFUSED).order_by("pk"):
        if cart.pk % workers == worker and cart.pk not in paid:
            buy_for(cart, TIMEOUT if cart.pk % 7 == 0 else GOOD)
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


def _start(number: int, workers: int) -> subprocess.Popen[bytes]:
    name = str(connection.settings_dict["NAME"])
    command = [sys.executable, "-m", "tests.shop.checkout.crowd", name, str(number), str(workers)]
    return subprocess.Popen(command, cwd=ROOT)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
