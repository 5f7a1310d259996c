"""The pictures of the catalogue, where no web server or object store in front of us serves them."""

from errno import ENAMETOOLONG

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.static import serve


def picture(request: HttpRequest, path: str) -> HttpResponseBase:
    """A stored file. A rendition's name is the hash of its picture, so browsers may keep it for good."""
    try:
        response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    except OSError as error:
        if error.errno == ENAMETOOLONG:
            raise Http404(_("There is no picture at this address.")) from error
        raise
    kept = "max-age=31536000, immutable" if path.startswith("renditions/") else "max-age=3600"
    response.headers["Cache-Control"] = f"public, {kept}"
    return response
