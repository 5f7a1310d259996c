"""Measurements, each a script that prints tables. Never part of the tests."""
