"""SIFT with a geometric check: how the same thing was found in two photos before networks.

Local features (Lowe 2004) with square-rooted descriptors (Arandjelović and Zisserman 2012, "RootSIFT"). A gallery is
sifted by a bag of visual words with tf-idf weights (Sivic and Zisserman 2003); the best SHORTLIST pictures of each
query are then matched feature by feature, with the ratio test, and must agree on one homography (RANSAC, Fischler and
Bolles 1981). The score is the number of features that agree; the bag of words orders what is left.

The shortlist is a cap: a picture that the bag of words puts behind it is never checked. It bounds the work to a few
milliseconds times SHORTLIST a query, however large the gallery.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from visualsearch.embedding.embedder import Picture
from visualsearch.embedding.preprocess import WHOLE, Region, decode, flatten
from visualsearch.measuring.baselines import Pixels, Vectors, View
from visualsearch.measuring.progress import chunks_with_progress
from visualsearch.measuring.ranking import Compare, Scores

_BLOCK = 36  # numbers: 2 x 2 cells of 9 directions
SHORTLIST = 50  # pictures checked for each query
FEATURES = 400  # a picture, the strongest
SIDE = 480  # pixels of the long side
RATIO = 0.8  # Lowe's: the nearest feature against the second nearest
TOLERANCE = 5.0  # pixels between where a feature is and where the homography puts it
FEWEST = 8  # features that have to agree; four always do
WORDS = 1000
_SAMPLED = 60_000  # features from which the words are found

Descriptors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """What SIFT found in one picture: places (k, 2) in pixels, and RootSIFT descriptors (k, 128)."""

    places: npt.NDArray[np.float32]
    descriptors: Descriptors


class Hog:
    """Histograms of oriented gradients (Dalal and Triggs 2005): cells of 16 pixels, blocks of 2 x 2, 9 directions.

    Each block is taken less its mean. Without that, pictures with no clear direction anywhere are like all others, and
    a few of them answer everything.
    """

    def __init__(self) -> None:
        self._descriptor = cv2.HOGDescriptor((128, 128), (32, 32), (16, 16), (16, 16), 9)

    def embed(self, pictures: Sequence[Picture], regions: Sequence[Region] | None = None) -> Vectors:
        regions = regions or [WHOLE] * len(pictures)
        return np.stack([self._describe(View().pixels(*each)) for each in zip(pictures, regions, strict=True)])

    def _describe(self, pixels: Pixels) -> Vectors:
        shades = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        blocks = np.asarray(self._descriptor.compute(shades), dtype=np.float32).reshape(-1, _BLOCK)
        vector: Vectors = (blocks - blocks.mean(axis=1, keepdims=True)).ravel()
        vector /= max(float(np.linalg.norm(vector)), 1e-12)
        return vector


class Sift:
    """SIFT, bag of words, ratio test and homography."""

    name = "SIFT, homography"
    has_vectors = False

    def __init__(self, shortlist: int = SHORTLIST) -> None:
        self._detector = cv2.SIFT.create(nfeatures=FEATURES)
        self._shortlist = shortlist

    def look(self, pictures: Sequence[Picture], regions: Sequence[Region]) -> npt.NDArray[Any]:
        looks = np.empty(len(pictures), dtype=object)
        looks[:] = [self._features(*each) for each in zip(pictures, regions, strict=True)]
        return looks

    def index(self, gallery: npt.NDArray[Any]) -> Compare:
        words = _find_words(gallery)
        counts = np.stack([_count_words(features, words) for features in gallery])
        rarity = np.log((1 + len(counts)) / (1 + (counts > 0).sum(axis=0)))
        bags = _unit(counts * rarity)

        def compare(queries: npt.NDArray[Any]) -> Scores:
            asked = _unit(np.stack([_count_words(features, words) for features in queries]) * rarity)
            scores = asked @ bags.T
            pairs = chunks_with_progress(range(len(queries)), 1, f"{self.name}: checking")
            for row in (i for chunk in pairs for i in chunk):
                for place in np.argsort(-scores[row], kind="stable")[: self._shortlist]:
                    scores[row, place] += agreeing(queries[row], gallery[place])
            return scores

        return compare

    def _features(self, picture: Picture, region: Region) -> Features:
        image = flatten(decode(picture, SIDE) if isinstance(picture, bytes) else picture)
        if region != WHOLE:
            left, top = round(region.x * image.width), round(region.y * image.height)
            width, height = round(region.width * image.width), round(region.height * image.height)
            image = image.crop((left, top, left + max(width, 1), top + max(height, 1)))
        image.thumbnail((SIDE, SIDE))
        found, descriptors = self._detector.detectAndCompute(np.asarray(image.convert("L")), None)
        if descriptors is None:
            return Features(np.empty((0, 2), np.float32), np.empty((0, 128), np.float32))
        root = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-7))
        return Features(np.array([each.pt for each in found], np.float32), root.astype(np.float32))


def agreeing(one: Features, other: Features) -> int:
    """How many features of one picture lie in the other where a single homography puts them; 0 below FEWEST."""
    if min(len(one.places), len(other.places)) < FEWEST:
        return 0
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(one.descriptors, other.descriptors, k=2)
    good = [first for first, second in pairs if first.distance < RATIO * second.distance]
    if len(good) < FEWEST:
        return 0
    there = np.array([one.places[match.queryIdx] for match in good])
    here = np.array([other.places[match.trainIdx] for match in good])
    cv2.setRNGSeed(0)  # the same pair gets the same answer, whatever was compared before it
    _, agrees = cv2.findHomography(there, here, cv2.RANSAC, TOLERANCE)
    count = 0 if agrees is None else int(agrees.sum())
    return count if count >= FEWEST else 0


def _find_words(gallery: npt.NDArray[Any]) -> Descriptors:
    """The visual words, (at most WORDS, 128): centres of the gallery's features."""
    everything = np.concatenate([features.descriptors for features in gallery])
    chosen = np.random.default_rng(0).permutation(len(everything))[:_SAMPLED]
    some = np.ascontiguousarray(everything[np.sort(chosen)])
    words = min(WORDS, len(some) // 10)
    if words < 2:
        return np.zeros((1, 128), dtype=np.float32)
    cv2.setRNGSeed(0)
    labels = np.empty((len(some), 1), dtype=np.int32)
    until = (cv2.TERM_CRITERIA_MAX_ITER + cv2.TERM_CRITERIA_EPS, 10, 1e-3)
    _, _, centres = cv2.kmeans(some, words, labels, until, 1, cv2.KMEANS_RANDOM_CENTERS)
    return np.asarray(centres, dtype=np.float32)


def _count_words(features: Features, words: Descriptors) -> npt.NDArray[np.float32]:
    # Of unit vectors and centres, the nearest has the largest product less half the centre's square.
    nearest = (features.descriptors @ words.T - (words**2).sum(axis=1) / 2).argmax(axis=1)
    return np.bincount(nearest, minlength=len(words)).astype(np.float32)


def _unit(vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: npt.NDArray[np.float32] = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit
