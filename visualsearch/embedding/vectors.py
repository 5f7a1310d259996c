"""Vectors of unit length, of which the inner product is the cosine."""

import numpy as np
import numpy.typing as npt


def unit(vectors: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Return the vectors (…, dimensions) scaled to unit length; zeros stay zeros."""
    found: npt.NDArray[np.floating] = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return found
