"""Measure how well networks and traditional methods find pictures. Imports neither Django nor training."""
