"""A storage that kills any process that opens a certain file, as the kernel does when memory runs out.

The file named by KILLER contains part of that file's name. Without it, nothing is killed.
"""

import os
import signal
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class KillingStorage(FileSystemStorage):
    def _open(self, name: str, mode: str = "rb") -> Any:
        killer = Path(os.environ["KILLER"])
        if killer.is_file() and killer.read_text() in name:
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._open(name, mode)  # type: ignore[misc]  # missing from django-stubs
