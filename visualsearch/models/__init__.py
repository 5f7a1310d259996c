"""Networks, their activations and embeddings, and what is known about their quality."""

from visualsearch.models.calibration import Calibration
from visualsearch.models.network import (
    Activation,
    ImageEmbedding,
    IndexRecall,
    Network,
    NetworkFile,
    NetworkQuerySet,
    NetworkUpdate,
    PictureColours,
    QueryMap,
    Tally,
    Vocabulary,
    WordVector,
)
from visualsearch.models.quality import (
    NetworkComparison,
    QualityCheck,
    QualityKind,
    QualityResult,
    QualityTrial,
)

__all__ = [
    "Activation",
    "Calibration",
    "ImageEmbedding",
    "IndexRecall",
    "Network",
    "NetworkComparison",
    "NetworkFile",
    "NetworkQuerySet",
    "NetworkUpdate",
    "PictureColours",
    "QualityCheck",
    "QualityKind",
    "QualityResult",
    "QualityTrial",
    "QueryMap",
    "Tally",
    "Vocabulary",
    "WordVector",
]
