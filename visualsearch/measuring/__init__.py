"""Measure how well networks and traditional methods find pictures. Imports no Django and nothing of training."""
