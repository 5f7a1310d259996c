"""Fit a linear map for queries to the shop's own pictures, without labels, and use it only where it finds more."""
