"""How much of a body is read, decided before the first byte of it: a huge one costs neither memory nor disk."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload
from django.http import HttpRequest

FIELDS_AROUND = 2**20  # bytes: the fields of a form and the separators around its files


def largest_body(content_type: str) -> int:
    """How many bytes anybody may send: one picture, or a form without files."""
    is_form_with_files = content_type == "multipart/form-data"
    return settings.PICTURE_MAX_BYTES + FIELDS_AROUND if is_form_with_files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def largest_body_of_staff() -> int:
    """How many bytes a form of the admin may have, once a member of staff has logged in: all its pictures."""
    return settings.DATA_UPLOAD_MAX_NUMBER_FILES * settings.PICTURE_MAX_BYTES + FIELDS_AROUND


class BoundedMemoryUploadHandler(MemoryFileUploadHandler):
    """Keeps files in memory, and reads no file of a body that is larger than the middleware allows its sender.

    The view then sees `request.upload_too_large` and no file. Only a form of staff reaches the next handler, which
    writes to the disk.
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
        self.limit = largest_body_of_staff() if is_staff else largest_body("multipart/form-data")
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
        raise StopUpload(connection_reset=True)  # the rest is not read: the server ends the connection
