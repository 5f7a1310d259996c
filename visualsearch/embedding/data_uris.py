"""JPEGs and data URIs, for pages that show pictures without a URL of their own."""

import base64
import io

from PIL import Image

JPEG_URI_START = "data:image/jpeg;base64,"


def jpeg(image: Image.Image) -> bytes:
    """Return an RGB image as JPEG."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return file.getvalue()


def data_uri(media_type: str, content: bytes) -> str:
    """Return content as a data URI."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


def jpeg_uri(image: Image.Image) -> str:
    """Return an RGB image as a data URI with a JPEG."""
    return data_uri("image/jpeg", jpeg(image))
