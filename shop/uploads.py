"""Uploads that are refused while they arrive, so that a huge body costs neither memory nor disk."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload
from django.http import HttpRequest


class BoundedMemoryUploadHandler(MemoryFileUploadHandler):
    """Keeps files in memory. Outside the admin, stops reading a body that is larger than one picture may be.

    The view sees `request.upload_too_large` and no file.
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
        self.limit = settings.PICTURE_MAX_BYTES + 2**20
        self.received = 0
        self.is_bounded = not self.request.path.startswith("/admin/")
        self.activated = self.is_bounded or content_length <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        if self.is_bounded and self.received > self.limit:
            self.request.upload_too_large = True  # type: ignore[attr-defined]
            raise StopUpload(connection_reset=False)
        return super().receive_data_chunk(raw_data, start)
