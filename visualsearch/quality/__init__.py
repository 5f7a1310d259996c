"""Measure the running shop without labels: its index, its photo search, and two networks against one another."""
