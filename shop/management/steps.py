"""Progress bars for commands with several activities."""

from types import TracebackType
from typing import Any, Self

from tqdm import tqdm


class Steps:
    """Show one progress bar at a time, for the current activity."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._what = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self, what: str, number: int) -> None:
        """Advance the bar of this activity, which has `number` steps."""
        if what != self._what or self._bar is None:
            if self._bar is not None:
                self._bar.close()
            self._bar, self._what = tqdm(total=number, desc=what, disable=None), what
        self._bar.update()
