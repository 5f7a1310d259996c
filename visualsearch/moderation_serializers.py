"""What staff clients read and send about verdicts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.dates import validate_timestamp
from visualsearch.models import Reason, Verdict, VerdictState
from visualsearch.moderation import wording
from visualsearch.moderation.decisions import MAX_APPEAL

MAX_PAGE = 100
WAITING = "waiting"  # the states that wait for staff, appeals included
STATES = [(WAITING, "waiting for staff"), *VerdictState.choices]


class FindingSerializer(serializers.Serializer[dict[str, Any]]):
    """What a check found. `score` is from 0 (nothing) to 1 (certain)."""

    check = serializers.CharField()
    code = serializers.CharField()
    score = serializers.FloatField()
    evidence = serializers.JSONField()


class VerdictSerializer(serializers.ModelSerializer[Verdict]):
    """The verdict on a picture. `code` is `image_refused` or `image_waiting`, or empty if customers see it.

    `detail` is a sentence for the person who uploaded it. `version` changes with every decision: send it with yours.
    """

    image = serializers.IntegerField(source="image_id")
    product = serializers.CharField(source="image.product.slug")
    is_from_customer = serializers.BooleanField(source="image.is_from_customer")
    is_public = serializers.BooleanField(source="image.is_public")
    code = serializers.SerializerMethodField()
    detail = serializers.SerializerMethodField()
    reason = serializers.CharField(help_text="The check that found something, or a reason of staff; or empty.")
    version = serializers.CharField()
    findings = FindingSerializer(many=True)

    class Meta:
        model = Verdict
        fields = (
            "image", "product", "is_from_customer", "is_public", "state", "reason", "code", "detail", "note", "appeal",
            "appealed_at", "checked_at", "decided_at", "decided_by", "version", "findings",
        )  # fmt: skip

    @extend_schema_field(str)
    def get_code(self, verdict: Verdict) -> str:
        return wording.code(verdict)

    @extend_schema_field(str)
    def get_detail(self, verdict: Verdict) -> str:
        return wording.sentence(verdict)


class VerdictListSerializer(serializers.Serializer[dict[str, Any]]):
    """A page of verdicts, the oldest first. `next` is empty on the last page."""

    next = serializers.URLField(allow_null=True)
    results = VerdictSerializer(many=True)


class VerdictFilterSerializer(serializers.Serializer[dict[str, Any]]):
    """Which verdicts to list."""

    state = serializers.ChoiceField(STATES, required=False)
    reason = serializers.ChoiceField(Reason.choices, required=False)
    since = serializers.DateTimeField(
        validators=[validate_timestamp],
        required=False,
        help_text="Only verdicts that were given, decided on or appealed at this time or later.",
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_PAGE, default=24)
    cursor = serializers.CharField(required=False, max_length=200, help_text="Follow `next`.")


class DecisionSerializer(serializers.Serializer[dict[str, Any]]):
    """A decision. A refusal needs a reason. With `version`, a decision by somebody else meanwhile is not overruled."""

    state = serializers.ChoiceField([VerdictState.ALLOWED.value, VerdictState.REFUSED.value])
    reason = serializers.ChoiceField(Reason.choices, required=False)
    note = serializers.CharField(required=False, max_length=1000, allow_blank=True, default="")
    version = serializers.CharField(required=False, max_length=32)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["state"] == VerdictState.REFUSED and "reason" not in attrs:
            raise serializers.ValidationError({"reason": "A refusal needs a reason."}, code="required")
        return attrs


class AppealSerializer(serializers.Serializer[dict[str, Any]]):
    """Why customers should see a refused picture."""

    sentence = serializers.CharField(max_length=MAX_APPEAL)
