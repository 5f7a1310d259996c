"""A storage whose chosen file kills whoever opens it, as a picture does that takes all memory there is.

The file that the variable KILLER names says which: any part of the picture's name. Without that file it is harmless.
"""

import os
import signal
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class KillingStorage(FileSystemStorage):
    def _open(self, name: str, mode: str = "rb") -> Any:
        mark = Path(os.environ["KILLER"])
        if mark.is_file() and mark.read_text() in name:
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._open(name, mode)  # type: ignore[misc]  # django-stubs does not know it
