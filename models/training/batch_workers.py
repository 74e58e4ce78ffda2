"""Batches made ahead by processes of their own, for a step that is faster than one core makes its sound.

Each process draws from a seed of its own and writes into memory that it shares with the trainer. The trainer orders
batches from the processes in turn and takes them in the order in which it ordered them: so the same seed and number
of processes give the same batches, as long as the stages fall on the same steps. A resumed run draws anew.
"""

import mmap
import multiprocessing
import os
import signal
import traceback
from collections import deque
from multiprocessing.connection import Connection
from typing import Iterator, NamedTuple

import numpy as np

from data import Batch, ConditionedSampler, CropSampler, examples_of

SLOTS = 3  # of batches per process: one in the making, the others ready
NICENESS = 5  # of the processes: who takes the batches goes first
ALIGNMENT = 64  # bytes
SEED_STRIDE = 1_000_003  # from process to process


class Field(NamedTuple):
    """One array of a batch in a slot: float32 travels as float16, ids as uint8."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    offset: int


def fields_of(batch: Batch) -> tuple[list[Field], int]:
    """(fields, bytes) of a slot that holds `batch`; the conditioning by `cond.NAME`."""
    arrays = {"inputs": batch.inputs.astype(np.uint8), "targets": batch.targets.astype(np.uint8)}
    arrays.update({f"cond.{name}": frames.astype(np.float16) for name, frames in batch.cond.items()})
    if batch.is_dropped is not None:
        arrays["is_dropped"] = batch.is_dropped
    fields, offset = [], 0
    for name, array in arrays.items():
        fields.append(Field(name, array.shape, array.dtype.str, offset))
        offset += -(-array.nbytes // ALIGNMENT) * ALIGNMENT
    return fields, offset


def views(memory: mmap.mmap, start: int, fields: list[Field]) -> dict[str, np.ndarray]:
    """The arrays of a slot that begins at byte `start`, by name; they are the memory itself."""
    return {f.name: np.ndarray(f.shape, f.dtype, memory, start + f.offset) for f in fields}


def fill(arrays: dict[str, np.ndarray], batch: Batch) -> None:
    """Writes a batch into the arrays of its slot."""
    arrays["inputs"][...] = batch.inputs
    arrays["targets"][...] = batch.targets
    for name, frames in batch.cond.items():
        arrays[f"cond.{name}"][...] = frames
    if batch.is_dropped is not None:
        arrays["is_dropped"][...] = batch.is_dropped


def serve(sampler: CropSampler | ConditionedSampler, memory: mmap.mmap, slot_bytes: int, orders: Connection,
          others: list[Connection]) -> None:
    """What a process does until the trainer is gone: for each order (slot, batch, length), a batch and its fields.

    others: ends of links that a fork hands down; kept open here they would hide that the trainer is gone.
    """
    for other in others:
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the trainer says when to stop
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(NICENESS)
    try:
        while True:
            slot, batch, length = orders.recv()
            made = sampler.batch(batch, length)
            fields, size = fields_of(made)
            if size > slot_bytes:
                raise ValueError(f"a batch of {batch} x {length} needs {size} bytes, a slot has {slot_bytes}")
            fill(views(memory, slot * slot_bytes, fields), made)
            orders.send(fields)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass
    except Exception:
        traceback.print_exc()


class BatchWorkers:
    """`count` processes in front of a sampler; the trainer takes it for the sampler itself.

    Made by fork: make it before anything else starts threads or touches a GPU. stages: the recipe's, the largest sets
    the size of a slot. Raises ChildProcessError from `batch` when a process has died.
    """

    def __init__(self, sampler: CropSampler | ConditionedSampler, count: int, seed: int, stages: list[dict]):
        self.sampler = sampler
        self.slot_bytes = max(self._slot_bytes(stage) for stage in stages)
        self.memory = [mmap.mmap(-1, SLOTS * self.slot_bytes) for _ in range(count)]
        self.free = deque((worker, slot) for slot in range(SLOTS) for worker in range(count))
        self.ordered: deque[tuple[int, int]] = deque()
        self.taken: tuple[int, int] | None = None
        context = multiprocessing.get_context("fork")
        self.links: list[Connection] = []
        self.processes = []
        for worker, memory in enumerate(self.memory):
            here, there = context.Pipe()
            sampler.rng = np.random.default_rng([seed, SEED_STRIDE * (worker + 1)])
            process = context.Process(target=serve, args=(sampler, memory, self.slot_bytes, there, [here, *self.links]), daemon=True)
            process.start()
            there.close()
            self.links.append(here)
            self.processes.append(process)
        sampler.rng = np.random.default_rng(seed)

    def _slot_bytes(self, stage: dict) -> int:
        (example,) = self.sampler.examples(1, stage["length"])
        return stage["batch"] * (fields_of(example)[1] + ALIGNMENT)

    @property
    def rng(self) -> np.random.Generator:
        """The trainer's own draws; those of the processes are not kept in a checkpoint."""
        return self.sampler.rng

    def log_frequencies(self) -> np.ndarray:
        return self.sampler.log_frequencies()

    def examples(self, count: int, length: int) -> Iterator[Batch]:
        return examples_of(self.sampler, count, length)

    def batch(self, batch: int, length: int) -> Batch:
        """The batch that was ordered first; valid until the next call, for its memory is then filled anew.

        After a change of batch or length, as many batches as were ordered before still have the old one.
        """
        if self.taken is not None:
            self.free.append(self.taken)
        while self.free:
            worker, slot = self.free.popleft()
            self._send(worker, (slot, batch, length))
            self.ordered.append((worker, slot))
        worker, slot = self.taken = self.ordered.popleft()
        arrays = views(self.memory[worker], slot * self.slot_bytes, self._receive(worker))
        cond = {name[len("cond."):]: array for name, array in arrays.items() if name.startswith("cond.")}
        return Batch(arrays["inputs"], arrays["targets"], cond, arrays.get("is_dropped"))

    def _send(self, worker: int, order: tuple[int, int, int]) -> None:
        try:
            self.links[worker].send(order)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ChildProcessError(f"process {worker} that makes batches has died") from error

    def _receive(self, worker: int) -> list[Field]:
        try:
            return self.links[worker].recv()
        except (EOFError, ConnectionResetError) as error:
            raise ChildProcessError(f"process {worker} that makes batches has died") from error

    def close(self) -> None:
        """Ends the processes."""
        for link in self.links:
            link.close()
        for process in self.processes:
            process.terminate()
            process.join()
