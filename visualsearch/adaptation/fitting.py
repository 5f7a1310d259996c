"""Fit the map: shrink the directions in which a picture differs from itself, taken again. Pure: numpy only.

What another crop, light and camera change is noise, and it differs from shop to shop: within-class covariance
normalisation (Hatch et al. 2006, "Within-Class Covariance Normalization for SVM-Based Speaker Recognition") with each
picture as a class of its own. A ridge keeps what few pictures cannot tell.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

RIDGE = 0.3  # of the mean variance


def fit(originals: Floats, again: Floats, strength: float) -> Floats:
    """Return the symmetric matrix (d, d) for pictures (n, d) and the same taken again. Strength 0 changes nothing."""
    differences = (again - originals).astype(np.float64)
    within = differences.T @ differences
    dimensions = len(within)
    within *= dimensions / max(float(np.trace(within)), 1e-12)
    values, axes = np.linalg.eigh(within + RIDGE * np.eye(dimensions))
    matrix: Floats = ((axes * values**-strength) @ axes.T).astype(np.float32)
    return matrix
