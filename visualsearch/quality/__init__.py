"""Measure the running shop without labels: its index, its photo search, and one network against another."""
