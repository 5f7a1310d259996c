"""Measuring networks and traditional methods on pictures that nothing learns from. No trainer imports it."""
