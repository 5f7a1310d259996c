"""Send an upload. Callers decide who may see it: customers see renditions."""

from __future__ import annotations

from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

from catalog.models import ProductImage


def send_upload(image: ProductImage, cache_control: str) -> FileResponse:
    """Return the file as a response. Raises Http404 if it is missing from the storage."""
    try:
        return FileResponse(image.file.open("rb"), headers={"Cache-Control": cache_control})
    except FileNotFoundError as error:
        raise Http404(_("The file is missing from the storage.")) from error
