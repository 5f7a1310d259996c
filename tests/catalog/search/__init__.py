"""Cutting texts, and what products are found by."""
