"""Decode AVIF in a subprocess with a memory limit.

An AVIF file states its size twice: in the container, which is checked beforehand, and in the AV1 stream, which
determines the decoder's memory. A file of 2 KB can claim 64 by 64 pixels in one and 268 million in the other.
"""

from __future__ import annotations

import subprocess
import sys

from PIL import Image

OVERHEAD = 96 * 2**20  # bytes a decoder needs for a picture of any size
TIMEOUT = 30  # seconds
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
    """Decode the first picture within `memory` bytes. Raises OSError."""
    command = [sys.executable, "-I", "-c", PROGRAM, str(memory + OVERHEAD)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=TIMEOUT, check=True)  # noqa: S603
    except subprocess.SubprocessError as error:
        raise OSError("the picture cannot be decoded") from error
    header, _newline, pixels = done.stdout.partition(b"\n")
    mode, width, height = header.decode().split()
    return Image.frombytes(mode, (int(width), int(height)), pixels)
