"""The device of a run, and its processes when torchrun starts several.

Each process trains on its share of every batch, and gradients are averaged (Li et al. 2020, "PyTorch Distributed",
arXiv:2006.15704). Only the first process evaluates and writes files.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from visualsearch.training.plan import TrainingError

T = TypeVar("T")

_CPU = torch.device("cpu")
_TIMEOUT = timedelta(hours=6)  # the others wait while the first process evaluates


@dataclass(frozen=True)
class Process:
    """One process of a run, with its device."""

    device: torch.device = _CPU
    rank: int = 0
    world_size: int = 1

    @property
    def is_first(self) -> bool:
        """True for the process that evaluates, reports and writes."""
        return self.rank == 0

    @property
    def has_bfloat16(self) -> bool:
        """True if the device multiplies bfloat16 in hardware; emulated, it is slower than float32."""
        if self.device.type == "cuda":
            return bool(torch.cuda.is_bf16_supported(including_emulation=False))
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())

    def distribute(self, module: nn.Module) -> nn.Module:
        """Return the module with gradients averaged over all processes; a single process gets it back unchanged."""
        if self.world_size == 1:
            return module
        return DistributedDataParallel(module, [self.device] if self.device.type == "cuda" else None)

    def broadcast(self, value: T) -> T:
        """Return the first process's `value` in every process, once all have called this."""
        if self.world_size == 1:
            return value
        values = [value]
        distributed.broadcast_object_list(values, src=0)
        return values[0]


@contextmanager
def open_process(device: str = "auto", threads: int | None = None) -> Iterator[Process]:
    """Join the process group and yield this process; `auto` is a GPU if torch finds one. Raises TrainingError."""
    if threads:
        torch.set_num_threads(threads)
    world_size = int(os.environ.get("WORLD_SIZE", "1"))
    chosen = _find_device(device, int(os.environ.get("LOCAL_RANK", "0")))
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    if world_size == 1:
        yield Process(chosen)
        return
    distributed.init_process_group("nccl" if chosen.type == "cuda" else "gloo", timeout=_TIMEOUT)
    try:
        yield Process(chosen, distributed.get_rank(), world_size)
    finally:
        distributed.destroy_process_group()


def _find_device(name: str, local_rank: int) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise TrainingError(f"There is no device {name!r}. Use auto, cpu or cuda.") from error
    if device.type not in ("cpu", "cuda"):
        raise TrainingError(f"Training runs on cpu or cuda, not on {name}.")
    if device.type == "cpu":
        return device
    index = local_rank if device.index is None else device.index
    if index >= torch.cuda.device_count():
        raise TrainingError(f"There is no GPU number {index}: torch finds {torch.cuda.device_count()}.")
    return torch.device("cuda", index)
