"""Networks, their activations, and the embeddings of the shop's pictures."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from pgvector.django import HalfVectorField

from catalog.models import ProductImage
from visualsearch.embedding.colours import SIZE


class NetworkQuerySet(models.QuerySet["Network"]):
    def available(self) -> NetworkQuerySet:
        """Return the networks with files that are not retired. Their vectors are kept up to date."""
        return self.filter(retired_at=None, files__isnull=False).distinct()


class Network(models.Model):
    """A neural network, identified by the hash of its weights. Vectors of two networks are never compared.

    Each network has a partial HNSW index (`networks.hnsw`), so networks of different dimensions share one table.
    """

    name = models.CharField(_("name"), max_length=100)
    sha256 = models.CharField(max_length=64, unique=True)
    dimensions = models.PositiveSmallIntegerField(_("dimensions"))
    card = models.JSONField(_("card"), default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)
    mapped_at = models.DateTimeField(_("map in use since"), null=True, editable=False)  # see QueryMap

    objects: ClassVar = NetworkQuerySet.as_manager()

    class Meta:
        verbose_name = _("network")
        verbose_name_plural = _("networks")

    def __str__(self) -> str:
        return f"{self.name} ({self.sha256[:8]})"

    @property
    def identity(self) -> str:
        """The unique name of the network, the same as that of its card."""
        return f"{self.name}@{self.sha256[:12]}"


class NetworkFile(models.Model):
    """A file of a network, in the database so that all machines and backups have it."""

    network = models.ForeignKey(Network, models.CASCADE, related_name="files")
    suffix = models.CharField(max_length=20)
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["network", "suffix"], name="network_file_once")]

    def __str__(self) -> str:
        return f"{self.suffix} of network {self.network_id}"


class Activation(models.Model):
    """The live network from this moment until the next row. Rows are only added, and the newest one counts.

    During a split, `other` answers `share` percent of the visitors. A rollback repeats the row `before`. `figures` are
    the measures of the comparison that allowed the activation.
    """

    class Reason(models.TextChoices):
        START = "start", _("start")
        ACTIVATE = "activate", _("activated")
        UPDATE = "update", _("updated")
        ROLLBACK = "rollback", _("rolled back")
        SPLIT = "split", _("split between two")

    network = models.ForeignKey(Network, models.PROTECT, related_name="activations", verbose_name=_("network"))
    other = models.ForeignKey(Network, models.PROTECT, related_name="+", null=True, verbose_name=_("other network"))
    share = models.PositiveSmallIntegerField(_("share of the other, %"), default=0)
    before = models.ForeignKey("self", models.PROTECT, related_name="+", null=True, verbose_name=_("before"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    is_forced = models.BooleanField(_("forced"), default=False)
    figures = models.JSONField(_("figures"), default=list)
    author = models.CharField(_("by"), max_length=150, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("activation")
        verbose_name_plural = _("activations")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="activation_share_fits_other",
                condition=Q(other=None, share=0) | Q(other__isnull=False, share__gte=1, share__lte=99),
            ),
            models.CheckConstraint(name="activation_has_two_networks", condition=~Q(other=F("network"))),
        ]

    def __str__(self) -> str:
        split = f", {self.share}% network {self.other_id}" if self.other_id else ""
        return f"network {self.network_id}{split} since {self.created_at:%Y-%m-%d %H:%M:%S}"


class NetworkUpdate(models.Model):
    """A new default network beside the one of an earlier version, and whether it went live (`networks.update`).

    `figures` are the measures of their comparison, `pictures` the number of the shop's pictures at that time.
    """

    class Outcome(models.TextChoices):
        FILLING = "filling", _("filling")
        LIVE = "live", _("went live")
        REFUSED = "refused", _("not as good here")

    old = models.ForeignKey(Network, models.PROTECT, related_name="+", verbose_name=_("old network"))
    new = models.ForeignKey(Network, models.PROTECT, related_name="+", verbose_name=_("new network"))
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome.choices, default=Outcome.FILLING)
    figures = models.JSONField(_("figures"), default=list)
    pictures = models.PositiveIntegerField(_("pictures"), default=0)
    created_at = models.DateTimeField(_("begun"))
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        verbose_name = _("network update")
        verbose_name_plural = _("network updates")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["old", "new"], name="network_update_once")]

    def __str__(self) -> str:
        return f"network {self.old_id} to {self.new_id}: {self.outcome}"


class Tally(models.Model):
    """The number of photo searches that a network answered during a split."""

    activation = models.ForeignKey(Activation, models.CASCADE, related_name="tallies")
    network = models.ForeignKey(Network, models.CASCADE, related_name="+")
    searches = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["activation", "network"], name="tally_once_per_network")
        ]

    def __str__(self) -> str:
        return f"{self.searches} searches by network {self.network_id}"


class ImageEmbeddingQuerySet(models.QuerySet["ImageEmbedding"]):
    def shown(self, network: Network) -> Self:
        """Embeddings by this network of pictures that customers may see; see `ProductImageQuerySet.shown`."""
        shown = {"image__is_public": True, "image__is_from_customer": False}
        return self.filter(network=network, vector__isnull=False, **shown)


class ImageEmbedding(models.Model):
    """The embedding of one picture by one network, or the error.

    `vector` has unit length and `network.dimensions` numbers in half precision. `image_sha256` is the hash of the
    embedded bytes; the row is out of date once the picture has another hash.

    Triggers (migration 0004) maintain `vector_hash` and `is_copy`. Among a network's rows with equal vectors, only
    the row that is not a copy is in the HNSW index.
    """

    image = models.ForeignKey(ProductImage, models.CASCADE, related_name="embeddings")
    network = models.ForeignKey(Network, models.CASCADE, related_name="embeddings")
    vector = HalfVectorField(null=True)
    image_sha256 = models.CharField(max_length=64, db_index=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), default="", blank=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    # Set during an attempt. It stays set if the attempt kills the process.
    began_at = models.DateTimeField(_("began"), null=True, editable=False)
    vector_hash = models.BigIntegerField(null=True, editable=False)
    is_copy = models.BooleanField(default=False, db_default=False, editable=False)

    objects = ImageEmbeddingQuerySet.as_manager()

    class Meta:
        verbose_name = _("image embedding")
        verbose_name_plural = _("image embeddings")
        indexes: ClassVar = [
            models.Index(fields=["network", "vector_hash", "image"], name="embedding_same_vector"),
            models.Index(
                fields=["network", "vector_hash"], name="embedding_first_of_vector", condition=Q(is_copy=False)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["image", "network"], name="embedding_once_per_network"),
            models.CheckConstraint(
                name="embedding_has_vector_or_error", condition=Q(vector__isnull=False) | ~Q(error="")
            ),
        ]

    def __str__(self) -> str:
        return f"embedding of picture {self.image_id} by network {self.network_id}"


class Vocabulary(models.Model):
    """The words that a network's pictures have taught, as a whole: when, and from how many pictures."""

    network = models.OneToOneField(Network, models.CASCADE, related_name="vocabulary")
    pictures = models.PositiveIntegerField(_("pictures"))
    learnt_at = models.DateTimeField(_("learnt"))

    class Meta:
        verbose_name = _("vocabulary")
        verbose_name_plural = _("vocabularies")

    def __str__(self) -> str:
        return f"vocabulary of network {self.network_id}"


class WordVector(models.Model):
    """A word and the direction in which the pictures of its products lie; see `words.learning.LearntWord`."""

    network = models.ForeignKey(Network, models.CASCADE, related_name="words")
    word = models.CharField(_("word"), max_length=64)
    products = models.PositiveIntegerField(_("products"))
    rarity = models.FloatField()
    vector = HalfVectorField()
    middle = models.FloatField()
    threshold = models.FloatField(null=True)
    companions = models.BinaryField(default=b"", db_default=b"")

    class Meta:
        verbose_name = _("word of pictures")
        verbose_name_plural = _("words of pictures")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["network", "word"], name="word_vector_once_per_network")
        ]

    def __str__(self) -> str:
        return f"{self.word}: {self.products}"


class QueryMap(models.Model):
    """A linear map for queries, fitted on the shop's own pictures: see `adaptation`. One for each network.

    `matrix` is square and symmetric, in half precision. It is empty if no map was better beyond the noise; `figures`
    are the measures of the last one that was tried. `Network.mapped_at` says whether queries go through it.
    """

    network = models.OneToOneField(
        Network, models.CASCADE, primary_key=True, related_name="query_map", verbose_name=_("network")
    )
    matrix = models.BinaryField(default=b"")
    strength = models.FloatField(_("strength"))
    figures = models.JSONField(_("figures"), default=list)
    pictures = models.PositiveIntegerField(_("pictures in the shop"))
    fitted_at = models.DateTimeField(_("fitted"))

    class Meta:
        verbose_name = _("query map")
        verbose_name_plural = _("query maps")

    def __str__(self) -> str:
        return f"query map of network {self.network_id}"


class IndexRecall(models.Model):
    """How many of the truly nearest products the search found for sampled pictures of one day, from 0 to 1."""

    network = models.ForeignKey(Network, models.CASCADE, related_name="+")
    day = models.DateField()
    pictures = models.PositiveIntegerField()
    mean = models.FloatField()
    worst = models.FloatField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["network", "day"], name="index_recall_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.mean:.3f}, at worst {self.worst:.3f}"


class PictureColours(models.Model):
    """The colours of a picture's foreground (`embedding.colours`), or none if the picture could not be read.

    `image_sha256` is the hash of the measured bytes, and `version` the method; the row is out of date once either is
    another one.
    """

    image = models.OneToOneField(ProductImage, models.CASCADE, primary_key=True, related_name="colours")
    histogram = HalfVectorField(dimensions=SIZE, null=True)
    image_sha256 = models.CharField(max_length=64)
    version = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("colours of a picture")
        verbose_name_plural = _("colours of pictures")

    def __str__(self) -> str:
        return f"colours of picture {self.image_id}"
