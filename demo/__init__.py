"""The demo shop: its products, customers and orders. A Django app that production does not install."""
