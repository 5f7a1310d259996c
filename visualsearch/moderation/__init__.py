"""Look at every picture before customers do: checks find, a verdict says why, staff decide."""
