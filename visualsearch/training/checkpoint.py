"""Where a run stands, on disk: written whole or not at all, so that a killed run goes on from its last one."""

from pathlib import Path
from typing import Any

import torch

from catalog.atomic_files import atomic_write
from visualsearch.training.plan import TrainingError


def write(path: Path, state: dict[str, Any]) -> None:
    """Replace the checkpoint in one step; a kill in the middle leaves the one before."""
    with atomic_write(path) as file:
        torch.save(state, file)


def read(path: Path, fingerprint: str) -> dict[str, Any] | None:
    """Return the state of this run, or None where there is none. Raises TrainingError for another run's."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    if state["fingerprint"] != fingerprint:
        raise TrainingError(
            f"{path} belongs to another run: other data, start or plan. Choose another folder or delete it."
        )
    return state
