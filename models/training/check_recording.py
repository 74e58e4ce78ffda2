#!/usr/bin/env python3
"""Whether a recipe's step can be recorded as a CUDA graph on this card, and what that gains: a run of seconds, without data.

    python3 check_recording.py --config configs/words-large.json

Trains on random ids twice from the same weights, as it is and recorded. Exits with 0 when both have the same losses, else with 1.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

from data import LEVELS, SAMPLE_RATE_HZ, Batch, shift
from trainer import Trainer

STEPS = 24  # compared
TIMED_STEPS = 16
MOST_DIFFERENCE = 0.02  # of losses, in bits: sums run in another order


class RandomSampler:
    """The batches of a recipe's shapes, always the same ones; the interface of `CropSampler`."""

    def __init__(self, model: dict, batch: int, length: int):
        self.rng = np.random.default_rng(1)
        targets = np.round(128 + 8 * np.cumsum(self.rng.standard_normal((batch, length)), axis=1) % 64).astype(np.int64)
        cond = {entry["name"]: self.rng.random((batch, length * entry["rateHz"] // SAMPLE_RATE_HZ, entry["dim"]), np.float32)
                for entry in model.get("conditioning", [])}
        self.made = Batch(shift(targets), targets, cond, self.rng.random(batch) < 0.2 if cond else None)

    def log_frequencies(self) -> np.ndarray:
        return np.full(LEVELS, -np.log(LEVELS))

    def batch(self, batch: int, length: int) -> Batch:
        return self.made


def trained(recipe: dict, device: torch.device, is_recorded: bool) -> list[float]:
    """The losses in bits; says how fast it was."""
    stage = recipe["training"]["stages"][0]
    sampler = RandomSampler(recipe["model"], stage["batch"], stage["length"])
    trainer = Trainer(recipe, sampler, [], Path("."), device, is_recorded=is_recorded)
    trainer.unread = [trainer.train_step(0.0)[0] for _ in range(STEPS)]
    losses = trainer.read_losses()
    started = time.monotonic()
    trainer.unread = [trainer.train_step(0.0)[0] for _ in range(TIMED_STEPS)]
    trainer.read_losses()
    rate = TIMED_STEPS * stage["batch"] * stage["length"] / (time.monotonic() - started)
    memory = torch.cuda.max_memory_allocated() / 1e9 if device.type == "cuda" else 0.0
    print(f"{'recorded' if is_recorded else 'as it is'}: {losses[0]:.4f} to {losses[-1]:.4f} bits, {rate / 1e6:.3f} M samples/s, "
          f"{memory:.1f} GB at most", flush=True)
    return losses


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--device", default="cuda")
    args = parser.parse_args()
    recipe = json.loads(args.config.read_text())
    device = torch.device(args.device)
    plain, recorded = (np.array(trained(recipe, device, is_recorded)) for is_recorded in (False, True))
    difference = float(np.abs(plain - recorded).max())
    print(f"losses differ by at most {difference:.5f} bits")
    return 0 if difference < MOST_DIFFERENCE else 1


if __name__ == "__main__":
    sys.exit(main())
