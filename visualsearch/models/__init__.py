"""Networks, their activations and embeddings, and what is known about their quality."""

from visualsearch.models.calibration import Calibration
from visualsearch.models.check_settings import CheckSetting, SampleSetting, VerdictCount
from visualsearch.models.learnt_checks import PlaceLevels, RuleHead
from visualsearch.models.moderation import (
    PictureDecision,
    PicturePrint,
    Reason,
    RefusedPicture,
    RefusedVector,
    Verdict,
    VerdictQuerySet,
    VerdictState,
)
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
    "CheckSetting",
    "ImageEmbedding",
    "IndexRecall",
    "Network",
    "NetworkComparison",
    "NetworkFile",
    "NetworkQuerySet",
    "NetworkUpdate",
    "PictureColours",
    "PictureDecision",
    "PicturePrint",
    "PlaceLevels",
    "QualityCheck",
    "QualityKind",
    "QualityResult",
    "QualityTrial",
    "QueryMap",
    "Reason",
    "RefusedPicture",
    "RefusedVector",
    "RuleHead",
    "SampleSetting",
    "Tally",
    "Verdict",
    "VerdictCount",
    "VerdictQuerySet",
    "VerdictState",
    "Vocabulary",
    "WordVector",
]
