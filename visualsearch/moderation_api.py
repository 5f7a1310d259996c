"""The API of the moderation, for staff and their programs: list verdicts, decide, undo, appeal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from catalog.serializers import ErrorSerializer
from visualsearch.embedding.data_uris import jpeg
from visualsearch.models import Verdict, VerdictState
from visualsearch.moderation import decisions, queue
from visualsearch.moderation_serializers import (
    WAITING,
    AppealSerializer,
    DecisionSerializer,
    VerdictFilterSerializer,
    VerdictListSerializer,
    VerdictSerializer,
)
from visualsearch.networks.pictures import read_picture

SCOPE = "moderation"
MODERATE = "visualsearch.moderate"
LARGE_SIDE = 640  # pixels on the short side of a picture
SIGNER = Signer(salt="visualsearch.verdicts")
LARGEST_KEY = 2**63 - 1


class MayModerate(BasePermission):
    """Allow staff with the permission, and keys, whose scope the default permissions check."""

    message = _("This needs the role moderation, or an API key with the scope “moderation”.")
    code = "not_moderator"

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.auth is not None or (request.user.is_staff and request.user.has_perm(MODERATE))


class VerdictChanged(APIException):
    status_code, default_code = 409, "verdict_changed"
    default_detail = _("Somebody else has decided on this picture, or it was replaced. Read the verdict again.")


class NothingToUndo(APIException):
    status_code, default_code = 409, "nothing_to_undo"
    default_detail = _("Nobody has decided on this picture, or the decision was undone already.")


class NotRefused(APIException):
    status_code, default_code = 409, "image_not_refused"
    default_detail = _("This picture is not refused. There is nothing to appeal.")


class ModerationView(APIView):
    """A call for moderators."""

    key_scope = SCOPE

    def get_permissions(self) -> Sequence[Any]:
        return [*super().get_permissions(), MayModerate()]

    def by(self) -> str:
        """Return who decides: a member of staff, or the name of a key."""
        return f"API: {self.request.auth}" if self.request.auth else str(self.request.user)

    def verdict(self, image: int) -> Verdict:
        found: Verdict = get_object_or_404(
            Verdict.objects.select_related("image__product"), image=min(image, LARGEST_KEY)
        )
        return found

    def answer(self, image: int) -> Response:
        return Response(VerdictSerializer(self.verdict(image)).data)


class VerdictsView(ModerationView):
    """List verdicts, the oldest first. Ask again with `since`, or with the ETag of the last answer."""

    @extend_schema(
        operation_id="v1_moderation_verdicts_list",
        parameters=[VerdictFilterSerializer],
        responses=VerdictListSerializer,
    )
    def get(self, request: Request) -> Response:
        filters = VerdictFilterSerializer(data=request.query_params)
        filters.is_valid(raise_exception=True)
        wanted = filters.validated_data
        rows = queue.in_order(_narrowed(Verdict.objects.select_related("image__product"), wanted))
        if "cursor" in wanted:
            rows = rows.filter(_beyond(wanted["cursor"]))
        found = list(rows[: wanted["limit"] + 1])
        page, has_more = found[: wanted["limit"]], len(found) > wanted["limit"]
        address = request.build_absolute_uri()
        following = replace_query_param(address, "cursor", _cursor(page[-1])) if has_more else None
        return Response(VerdictListSerializer({"next": following, "results": page}).data)


class VerdictView(ModerationView):
    """Return the verdict on a picture."""

    @extend_schema(responses=VerdictSerializer)
    def get(self, request: Request, image: int) -> Response:
        return self.answer(image)


class VerdictPictureView(ModerationView):
    """Return the picture itself as JPEG, also if customers do not see it."""

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def get(self, request: Request, image: int) -> HttpResponse:
        picture = read_picture(self.verdict(image).image, LARGE_SIDE)
        if picture is None:
            raise NotFound
        return HttpResponse(jpeg(picture), content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})


class VerdictDecisionView(ModerationView):
    """Allow or refuse a picture. Refused, it is gone from the shop at once; DELETE takes the last decision back."""

    @extend_schema(request=DecisionSerializer, responses={200: VerdictSerializer, 409: ErrorSerializer})
    def post(self, request: Request, image: int) -> Response:
        """Allow or refuse a picture. Refused, it is gone from the shop at once, and nothing is deleted."""
        sent = DecisionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        data, verdict = sent.validated_data, self.verdict(image)
        reason = data["reason"] if data["state"] == VerdictState.REFUSED else ""
        choice = decisions.Choice(VerdictState(data["state"]), self.by(), reason, data["note"])
        seen = {verdict.pk: data["version"]} if "version" in data else None
        if not decisions.decide([verdict.pk], choice, timezone.now(), seen):
            now = self.verdict(image)
            is_same = now.image_sha256 == now.image.sha256 and (now.state, now.reason) == (choice.state, reason)
            if not is_same:
                raise VerdictChanged
        return self.answer(image)

    @extend_schema(responses={200: VerdictSerializer, 409: ErrorSerializer})
    def delete(self, request: Request, image: int) -> Response:
        """Undo the last decision on a picture."""
        if not decisions.undo(self.verdict(image).pk, self.by(), timezone.now()):
            raise NothingToUndo
        return self.answer(image)


class VerdictAppealView(ModerationView):
    """Ask staff to look at a refused picture again."""

    @extend_schema(request=AppealSerializer, responses={200: VerdictSerializer, 409: ErrorSerializer})
    def post(self, request: Request, image: int) -> Response:
        sent = AppealSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        if not decisions.appeal(self.verdict(image).pk, sent.validated_data["sentence"], timezone.now()):
            raise NotRefused
        return self.answer(image)


def _narrowed(rows: QuerySet[Verdict], wanted: dict[str, Any]) -> QuerySet[Verdict]:
    state = wanted.get("state")
    if state == WAITING:
        rows = rows.filter(pk__in=Verdict.objects.open())
    elif state:
        rows = rows.filter(state=state)
    if "reason" in wanted:
        rows = rows.filter(reason=wanted["reason"])
    if "since" in wanted:
        since = wanted["since"]
        rows = rows.filter(Q(checked_at__gte=since) | Q(decided_at__gte=since) | Q(appealed_at__gte=since))
    return rows


def _cursor(verdict: Verdict) -> str:
    return SIGNER.sign(f"{verdict.checked_at.isoformat()},{verdict.pk}")


def _beyond(cursor: str) -> Q:
    """Return the condition that a verdict comes after the cursor. Raises ValidationError."""
    try:
        at, _comma, key = SIGNER.unsign(cursor).partition(",")
    except BadSignature as error:
        text = _("This cursor is damaged or belongs to another list. Begin again without one.")
        raise ValidationError({"cursor": [text]}, code="invalid_cursor") from error
    moment = datetime.fromisoformat(at)
    return Q(checked_at__gt=moment) | Q(checked_at=moment, pk__gt=int(key))
