"""Networks, and the vectors that they gave to pictures."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pgvector.django import HalfVectorField

from catalog.models import ProductImage


class Network(models.Model):
    """A neural network, known by the hash of its weights. Vectors of different networks are never compared.

    `index.prepare` gives each network a partial HNSW index of its own, so that networks of different dimensions can
    stand side by side in one table.
    """

    name = models.CharField(_("name"), max_length=100)
    sha256 = models.CharField(max_length=64, unique=True)
    dimensions = models.PositiveSmallIntegerField(_("dimensions"))
    card = models.JSONField(_("card"), default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("network")
        verbose_name_plural = _("networks")

    def __str__(self) -> str:
        return f"{self.name} ({self.sha256[:8]})"


class ImageEmbedding(models.Model):
    """The embedding of one picture by one network, or why there is none yet.

    `vector` has unit length and `network.dimensions` numbers in half precision. `image_sha256` is the hash of the
    bytes that were embedded: where the picture has another one now, the row is out of date.
    """

    image = models.ForeignKey(ProductImage, models.CASCADE, related_name="embeddings")
    network = models.ForeignKey(Network, models.CASCADE, related_name="embeddings")
    vector = HalfVectorField(null=True)
    image_sha256 = models.CharField(max_length=64, db_index=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), default="", blank=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("image embedding")
        verbose_name_plural = _("image embeddings")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["image", "network"], name="embedding_once_per_network"),
            models.CheckConstraint(
                name="embedding_has_vector_or_error", condition=Q(vector__isnull=False) | ~Q(error="")
            ),
        ]

    def __str__(self) -> str:
        return f"embedding of picture {self.image_id} by network {self.network_id}"
