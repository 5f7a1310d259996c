"""Tables of orders, shipments, returns, invoices, delivery charges and tax rates."""

from shop.orders.models.charges import ShippingMethod, ShippingRate, TaxRate
from shop.orders.models.order import Order, OrderAddress, OrderDiscount, OrderEvent, OrderLine
from shop.orders.models.papers import Invoice, InvoiceSeries
from shop.orders.models.returns import Return, ReturnLine
from shop.orders.models.shipment import Shipment, ShipmentLine

__all__ = [
    "Invoice", "InvoiceSeries", "Order", "OrderAddress", "OrderDiscount", "OrderEvent", "OrderLine", "Return",
    "ReturnLine", "Shipment", "ShipmentLine", "ShippingMethod", "ShippingRate", "TaxRate",
]  # fmt: skip
