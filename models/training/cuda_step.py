"""A training step as one CUDA graph: recorded once per shape, then played, without a launch per kernel."""

import inspect
from typing import Callable, NamedTuple

import numpy as np
import torch
from torch import Tensor

from data import Batch

EAGER_STEPS = 3  # of each shape before it is recorded: libraries make their plans and workspaces then
CAN_RECORD = "fused" in inspect.signature(torch.optim.AdamW).parameters  # torch 2: a learning rate on the card


class DeviceBatch(NamedTuple):
    """A batch where the model is: ids (batch, length) as int64, conditioning as float32."""

    inputs: Tensor
    targets: Tensor
    cond: dict[str, Tensor]
    is_dropped: Tensor | None

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.targets.shape)


def to_device(array: np.ndarray, device: torch.device) -> Tensor:
    """On a card by way of pinned memory, so that nobody waits: the array may be written again on return."""
    tensor = torch.from_numpy(array)
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


def batch_on(batch: Batch, device: torch.device) -> DeviceBatch:
    """Ids of any width become int64 there, and conditioning float32."""
    cond = {name: to_device(frames, device).float() for name, frames in batch.cond.items()}
    is_dropped = None if batch.is_dropped is None else to_device(batch.is_dropped, device)
    return DeviceBatch(to_device(batch.inputs, device).long(), to_device(batch.targets, device).long(), cond, is_dropped)


class RecordedStep:
    """`update` (forward to optimiser and average, nothing read back) of one shape, played on batches of that shape.

    Recording trains nothing. All that `update` changes must lie where it lay when it was recorded.
    """

    def __init__(self, update: Callable[[DeviceBatch], Tensor], example: DeviceBatch):
        self.batch = DeviceBatch(example.inputs.clone(), example.targets.clone(),
                                 {name: frames.clone() for name, frames in example.cond.items()},
                                 None if example.is_dropped is None else example.is_dropped.clone())
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.loss = update(self.batch)

    def __call__(self, batch: DeviceBatch) -> Tensor:
        """The loss, a tensor of its own."""
        self.batch.inputs.copy_(batch.inputs)
        self.batch.targets.copy_(batch.targets)
        for name, frames in batch.cond.items():
            self.batch.cond[name].copy_(frames)
        if batch.is_dropped is not None:
            self.batch.is_dropped.copy_(batch.is_dropped)
        self.graph.replay()
        return self.loss.clone()


class Recorder:
    """Runs `update`: the first steps of each shape as they are, then from its recording."""

    def __init__(self, update: Callable[[DeviceBatch], Tensor], forget_gradients: Callable[[], None]):
        self.update = update
        self.forget_gradients = forget_gradients
        self.eager_steps: dict[tuple[int, ...], int] = {}
        self.recorded: dict[tuple[int, ...], RecordedStep] = {}

    def __call__(self, batch: DeviceBatch) -> Tensor:
        shape = batch.shape
        if self.eager_steps.setdefault(shape, 0) < EAGER_STEPS:
            self.eager_steps[shape] += 1
            return self.update(batch)
        if shape not in self.recorded:
            self.forget_gradients()  # their memory must come from the recording's own
            self.recorded[shape] = RecordedStep(self.update, batch)
        return self.recorded[shape](batch)
