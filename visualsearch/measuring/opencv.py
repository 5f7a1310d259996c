"""Baselines from OpenCV: HOG, and SIFT with a geometric check, the standard way to find one object in two photos.

SIFT: local features (Lowe 2004) with square-rooted descriptors (Arandjelović and Zisserman 2012, "RootSIFT"). A bag of
visual words with tf-idf weights (Sivic and Zisserman 2003) ranks the gallery. The best SHORTLIST pictures of each
query are matched feature by feature, with the ratio test, and must agree on one homography (RANSAC, Fischler and
Bolles 1981). The score adds the number of matches that agree to the similarity of the bags.

The shortlist bounds the work to a few milliseconds times SHORTLIST per query, whatever the size of the gallery; a
picture that the bag of words ranks below it is never checked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from visualsearch.embedding.embedder import Picture
from visualsearch.embedding.preprocess import WHOLE, Region, decode
from visualsearch.embedding.vectors import unit_vectors
from visualsearch.measuring.baselines import BaselineInput, Pixels, Vectors
from visualsearch.measuring.progress import chunks_with_progress
from visualsearch.measuring.ranking import Compare, Scores

SHORTLIST = 50  # pictures checked per query
FEATURES = 400  # strongest features per picture
SIDE = 480  # pixels of the long side
RATIO = 0.8  # Lowe's: distance to the nearest feature over distance to the second nearest
TOLERANCE = 5.0  # pixels between a feature and its position by the homography
MIN_MATCHES = 8  # four always agree on a homography
WORDS = 1000
_SAMPLED = 60_000  # features that the words are clustered from
_HOG_BLOCK = 36  # numbers: 2 x 2 cells of 9 directions

Descriptors = npt.NDArray[np.float32]


class Hog:
    """Histograms of oriented gradients (Dalal and Triggs 2005): cells of 16 pixels, blocks of 2 x 2, 9 directions.

    Each block is centred on its mean. Without that, pictures with no dominant direction resemble all others, and a few
    of them come first for every query.
    """

    def __init__(self) -> None:
        self._descriptor = cv2.HOGDescriptor((128, 128), (32, 32), (16, 16), (16, 16), 9)

    def embed(self, pictures: Sequence[Picture], regions: Sequence[Region] | None = None) -> Vectors:
        regions = regions or [WHOLE] * len(pictures)
        return np.stack(
            [self._describe(BaselineInput().pixels(*each)) for each in zip(pictures, regions, strict=True)]
        )

    def _describe(self, pixels: Pixels) -> Vectors:
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        blocks = np.asarray(self._descriptor.compute(grey), dtype=np.float32).reshape(-1, _HOG_BLOCK)
        return unit_vectors((blocks - blocks.mean(axis=1, keepdims=True)).ravel())


@dataclass(frozen=True)
class Features:
    """The SIFT features of one picture: points (k, 2) in pixels and RootSIFT descriptors (k, 128)."""

    points: npt.NDArray[np.float32]
    descriptors: Descriptors


class Sift:
    """SIFT, bag of words, ratio test and homography."""

    name = "SIFT, homography"
    has_vectors = False

    def __init__(self, shortlist: int = SHORTLIST) -> None:
        self._detector = cv2.SIFT.create(nfeatures=FEATURES)
        self._shortlist = shortlist

    def describe(self, pictures: Sequence[Picture], regions: Sequence[Region]) -> npt.NDArray[Any]:
        found = np.empty(len(pictures), dtype=object)
        found[:] = [self._features(*each) for each in zip(pictures, regions, strict=True)]
        return found

    def index(self, gallery: npt.NDArray[Any]) -> Compare:
        words = _cluster_words(gallery)
        counts = np.stack([_count_words(features, words) for features in gallery])
        idf = np.log((1 + len(counts)) / (1 + (counts > 0).sum(axis=0)))
        bags = unit_vectors(counts * idf)

        def compare(queries: npt.NDArray[Any]) -> Scores:
            query_bags = unit_vectors(np.stack([_count_words(features, words) for features in queries]) * idf)
            scores: Scores = (query_bags @ bags.T).astype(np.float32)
            for chunk in chunks_with_progress(range(len(queries)), 1, f"{self.name}: matching"):
                for row in chunk:
                    for place in np.argsort(-scores[row], kind="stable")[: self._shortlist]:
                        scores[row, place] += count_matches(queries[row], gallery[place])
            return scores

        return compare

    def _features(self, picture: Picture, region: Region) -> Features:
        image = decode(picture, SIDE) if isinstance(picture, bytes) else picture.copy()
        if region != WHOLE:
            left, top = round(region.x * image.width), round(region.y * image.height)
            width, height = round(region.width * image.width), round(region.height * image.height)
            image = image.crop((left, top, left + max(width, 1), top + max(height, 1)))
        image.thumbnail((SIDE, SIDE))
        points, descriptors = self._detector.detectAndCompute(np.asarray(image.convert("L")), None)
        if descriptors is None:
            return Features(np.empty((0, 2), np.float32), np.empty((0, 128), np.float32))
        root = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-7))
        return Features(np.array([point.pt for point in points], np.float32), root.astype(np.float32))


def count_matches(one: Features, other: Features) -> int:
    """Count the features of two pictures that agree on one homography; fewer than MIN_MATCHES count as 0."""
    if min(len(one.points), len(other.points)) < MIN_MATCHES:
        return 0
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(one.descriptors, other.descriptors, k=2)
    good = [first for first, second in pairs if first.distance < RATIO * second.distance]
    if len(good) < MIN_MATCHES:
        return 0
    source = np.array([one.points[match.queryIdx] for match in good])
    target = np.array([other.points[match.trainIdx] for match in good])
    cv2.setRNGSeed(0)  # the same pair scores the same, whatever was compared before
    _, agrees = cv2.findHomography(source, target, cv2.RANSAC, TOLERANCE)
    count = 0 if agrees is None else int(agrees.sum())
    return count if count >= MIN_MATCHES else 0


def _cluster_words(gallery: npt.NDArray[Any]) -> Descriptors:
    """Return the visual words, (at most WORDS, 128): cluster centres of the gallery's features."""
    everything = np.concatenate([features.descriptors for features in gallery])
    drawn = np.random.default_rng(0).permutation(len(everything))[:_SAMPLED]
    sample = np.ascontiguousarray(everything[np.sort(drawn)])
    words = min(WORDS, len(sample) // 10)
    if words < 2:
        return np.zeros((1, 128), dtype=np.float32)
    cv2.setRNGSeed(0)
    labels = np.empty((len(sample), 1), dtype=np.int32)
    criteria = (cv2.TERM_CRITERIA_MAX_ITER + cv2.TERM_CRITERIA_EPS, 10, 1e-3)
    _, _, centres = cv2.kmeans(sample, words, labels, criteria, 1, cv2.KMEANS_RANDOM_CENTERS)
    return np.asarray(centres, dtype=np.float32)


def _count_words(features: Features, words: Descriptors) -> npt.NDArray[np.float32]:
    # Descriptors have length 1, so the nearest word has the largest dot product minus half its squared length.
    nearest = (features.descriptors @ words.T - (words**2).sum(axis=1) / 2).argmax(axis=1)
    return np.bincount(nearest, minlength=len(words)).astype(np.float32)
