"""Size limits of request bodies, enforced before a body takes memory or disk space."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload
from django.http import HttpRequest

FORM_OVERHEAD = 2**20  # bytes for form fields and multipart boundaries


def max_body_size(content_type: str) -> int:
    """Return the limit for everyone: one picture, or a form without files."""
    is_form_with_files = content_type == "multipart/form-data"
    return settings.PICTURE_MAX_BYTES + FORM_OVERHEAD if is_form_with_files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def max_staff_body_size() -> int:
    """Return the limit for admin forms of logged-in staff: several pictures."""
    return settings.DATA_UPLOAD_MAX_NUMBER_FILES * settings.PICTURE_MAX_BYTES + FORM_OVERHEAD


class BoundedMemoryUploadHandler(MemoryFileUploadHandler):
    """Keep files in memory, and stop reading a body that exceeds the sender's limit.

    The view then finds `request.upload_too_large` and no file. The next handler writes large forms of staff to disk.
    """

    request: HttpRequest

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],  # noqa: N803 -- Django's own name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        is_staff = getattr(self.request, "is_upload_of_staff", False)
        self.limit = max_staff_body_size() if is_staff else max_body_size("multipart/form-data")
        self.activated = not is_staff or content_length <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        self.received = 0
        self.is_too_large = content_length > self.limit

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.is_too_large:
            self._stop()
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        if self.received > self.limit:
            self._stop()
        return super().receive_data_chunk(raw_data, start)

    def _stop(self) -> None:
        self.request.upload_too_large = True  # type: ignore[attr-defined]
        raise StopUpload(connection_reset=True)  # leaves the rest unread; the server closes the connection
