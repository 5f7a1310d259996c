"""Decoding in a process of its own, for a format whose header may lie about how much there is to decode.

An AVIF file says its size twice: in its container, which is looked at, and in the AV1 stream, by which the decoder
takes memory. 2 KB that claim 64 by 64 pixels outside can hold 268 million inside.
"""

from __future__ import annotations

import subprocess
import sys

from PIL import Image

MARGIN = 96 * 2**20  # bytes that a decoder takes for a picture of any size
SECONDS = 30
PROGRAM = """
import resource, sys
from io import BytesIO
from pathlib import Path
from PIL import AvifImagePlugin, Image
AvifImagePlugin.DEFAULT_MAX_THREADS = 2
data = sys.stdin.buffer.read()
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[1]),) * 2)
picture = Image.open(BytesIO(data), formats=["AVIF"])
picture.load()
sys.stdout.buffer.write(f"{picture.mode} {picture.width} {picture.height}\\n".encode())
sys.stdout.buffer.write(picture.tobytes())
"""


def decode_avif(data: bytes, memory: int) -> Image.Image:
    """Return the pixels of the first picture, decoded within so many bytes of memory. Raises OSError."""
    command = [sys.executable, "-I", "-c", PROGRAM, str(memory + MARGIN)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=True)  # noqa: S603
    except subprocess.SubprocessError as error:
        raise OSError("the picture cannot be decoded") from error
    head, _newline, pixels = done.stdout.partition(b"\n")
    mode, width, height = head.decode().split()
    return Image.frombytes(mode, (int(width), int(height)), pixels)
