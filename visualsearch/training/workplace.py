"""Where a run computes: a processor or a GPU, alone or as one of several processes that torchrun started.

With several, each takes its share of every batch and gradients are averaged (Li et al. 2020, "PyTorch Distributed",
arXiv:2006.15704). The first process alone measures and writes files.
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

_PROCESSOR = torch.device("cpu")

_LONGEST_WAIT = timedelta(hours=6)  # for the first process, which measures while the others wait


@dataclass(frozen=True)
class Workplace:
    """One process of a run: `rank` of `count`, with a device of its own."""

    device: torch.device = _PROCESSOR
    rank: int = 0
    count: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process measures, reports and writes."""
        return self.rank == 0

    @property
    def has_bfloat16(self) -> bool:
        """Whether the device multiplies bfloat16 itself; where it is emulated it is slower than float32."""
        if self.device.type == "cuda":
            return bool(torch.cuda.is_bf16_supported(including_emulation=False))
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())

    def joined(self, module: nn.Module) -> nn.Module:
        """The module with its gradients averaged over all processes; itself where there is one process only."""
        if self.count == 1:
            return module
        return DistributedDataParallel(module, [self.device] if self.device.type == "cuda" else None)

    def told(self, value: T) -> T:
        """What the first process has as `value`, in every process; all wait for it."""
        if self.count == 1:
            return value
        values = [value]
        distributed.broadcast_object_list(values, src=0)
        return values[0]


@contextmanager
def open_workplace(device: str = "auto", threads: int | None = None) -> Iterator[Workplace]:
    """The place of this process: `auto` is a GPU where torch finds one. Raises TrainingError."""
    if threads:
        torch.set_num_threads(threads)
    count = int(os.environ.get("WORLD_SIZE", "1"))
    chosen = _find_device(device, int(os.environ.get("LOCAL_RANK", "0")))
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    if count == 1:
        yield Workplace(chosen)
        return
    distributed.init_process_group("nccl" if chosen.type == "cuda" else "gloo", timeout=_LONGEST_WAIT)
    try:
        yield Workplace(chosen, distributed.get_rank(), count)
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
