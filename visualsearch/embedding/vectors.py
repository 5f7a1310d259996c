"""Unit vectors, whose dot product is their cosine."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Float = TypeVar("Float", bound=np.floating)


def unit_vectors(vectors: npt.NDArray[Float]) -> npt.NDArray[Float]:
    """Scale vectors (…, d) to length 1; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=vectors.dtype)
