"""Serve product pictures, where no web server or object store does it."""

from errno import ENAMETOOLONG

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.static import serve


def picture(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve a rendition. It never changes, since its name is a hash; browsers may cache it for a year.

    Uploads are not served: nobody may have looked at them yet, and staff see them in the admin.
    """
    if not path.startswith("renditions/"):
        raise Http404(_("There is no picture at this address."))
    try:
        response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    except OSError as error:
        if error.errno == ENAMETOOLONG:
            raise Http404(_("There is no picture at this address.")) from error
        raise
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
