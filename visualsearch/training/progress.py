"""Progress of a training run on the terminal."""

from collections.abc import Mapping
from typing import Any, NoReturn

from tqdm import tqdm


class EpochProgress:
    """A bar for the current epoch, and a line for each past one, which also reaches a log file."""

    def __init__(self, epochs: int, enabled: bool = True) -> None:
        self._epochs, self._enabled = epochs, enabled
        self._bar: tqdm[NoReturn] | None = None

    def __enter__(self) -> "EpochProgress":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def step(self, epoch: int, done: int, steps: int, loss: float) -> None:
        if not self._enabled:
            return
        if self._bar is None:
            title = f"epoch {epoch + 1}/{self._epochs}"
            self._bar = tqdm(total=steps, initial=done - 1, desc=title, unit="batch", mininterval=1.0)
        self._bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
        self._bar.update(done - self._bar.n)

    def epoch(self, record: Mapping[str, Any]) -> None:
        self._close()
        if not self._enabled:
            return
        scores = "  ".join(
            f"{name}: " + " ".join(f"{key} {value:.3f}" for key, value in score.items())
            for name, score in record["scores"].items()
        )
        tqdm.write(
            f"epoch {record['epoch'] + 1}: {record['size']} px, loss {record['loss']:.3f}, "
            f"{record['seconds']:.0f} s  {scores}"
        )

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
