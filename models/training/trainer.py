"""The training loop: schedule, moving average, checkpoints, resuming."""

import copy
import ctypes
import math
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import numpy as np
import torch
import torch.nn.functional as F

from data import SAMPLE_RATE_HZ, ConditionedSampler, CropSampler, Window, shift
from sashimi import CondInput, Sashimi, SashimiConfig
from warm_start import load_bundle_weights

NATS_TO_BITS = 1.0 / math.log(2.0)
LOG_EVERY_S = 20.0
LONGEST_STEP_S = 60.0  # what is longer was a suspended process, and is not training time


def model_config(model: dict) -> SashimiConfig:
    """The `model` section of a recipe; what it leaves out keeps the default."""
    names = {"dModel": "d_model", "numLayers": "num_layers", "pool": "pool", "expand": "expand",
             "ff": "ff", "conjugatePairs": "conjugate_pairs", "numSsm": "num_ssm"}
    fields = {names[key]: tuple(value) if key == "pool" else value for key, value in model.items()
              if key != "conditioning"}
    fields["conditioning"] = tuple(CondInput(entry["name"], entry["dim"], SAMPLE_RATE_HZ // entry["rateHz"], entry.get("kind"),
                                             tuple(entry.get("labels", ())))
                                   for entry in model.get("conditioning", []))
    fields.setdefault("num_ssm", fields.get("d_model", SashimiConfig.d_model))
    return SashimiConfig(**fields)


def keep_freed_memory() -> None:
    """Ask glibc to keep freed blocks: activations of tens of MB come back every step, and
    mapping them anew costs a tenth of the time. Elsewhere this does nothing."""
    try:
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(-4, 0)  # M_MMAP_MAX: no separate mapping for large blocks
        libc.mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD: give nothing back
    except (OSError, AttributeError):
        pass


def learning_rate_factor(step: int, progress: float, warmup_steps: int, hold: float) -> float:
    """Linear warm-up, level until `hold` of the run, then a cosine down to 1/100.

    progress: 0 .. 1 of the planned run (time or samples).
    """
    warm = min(1.0, (step + 1) / warmup_steps) if warmup_steps else 1.0
    fall = min(max((progress - hold) / (1.0 - hold), 0.0), 1.0)
    return warm * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * fall)))


def make_optimizer(model: Sashimi, training: dict) -> torch.optim.Optimizer:
    """AdamW in two groups: dt and A of the S4D layers learn slower and without decay."""
    slow = [p for m in model.modules() for p in getattr(m, "slow_parameters", [])]
    slow_ids = {id(p) for p in slow}
    rest = [p for p in model.parameters() if id(p) not in slow_ids]
    groups = [{"params": rest, "base_lr": training["learningRate"], "weight_decay": training["weightDecay"]},
              {"params": slow, "base_lr": training["ssmLearningRate"], "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=training["learningRate"])


def tensors_of(arrays: dict[str, np.ndarray], device: torch.device) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}


@torch.no_grad()
def held_out_bits(model: Sashimi, windows: list[Window], device: torch.device) -> float:
    """Mean bits per sample over held-out windows, weighted."""
    total = weights = 0.0
    for _, weight, ids, cond in windows:
        targets = torch.from_numpy(ids[None]).to(device)
        logits = model(torch.from_numpy(shift(ids[None])).to(device), tensors_of({k: v[None] for k, v in cond.items()}, device))
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))
        total += weight * float(loss) * NATS_TO_BITS
        weights += weight
    return total / weights if weights else float("nan")


@dataclass
class Limits:
    """When the run is over: whichever comes first. Both count earlier runs of a checkpoint."""

    minutes: float | None = None
    samples: int | None = None

    def progress(self, seconds: float, samples: int) -> float:
        by_time = seconds / (self.minutes * 60.0) if self.minutes else 0.0
        by_samples = samples / self.samples if self.samples else 0.0
        return max(by_time, by_samples)


@dataclass
class Trainer:
    """One model in training. `history` rows: (step, samples, seconds, train bits, held-out bits)."""

    recipe: dict
    sampler: CropSampler | ConditionedSampler
    windows: list[Window]
    folder: Path
    device: torch.device
    say: Callable[[str], None] = print
    step: int = 0
    samples: int = 0
    seconds: float = 0.0
    best_bits: float = float("inf")
    history: list = field(default_factory=list)

    def __post_init__(self) -> None:
        self.training = self.recipe["training"]
        torch.manual_seed(self.training["seed"])
        self.model = Sashimi(model_config(self.recipe["model"])).to(self.device)
        self.model.decoder.bias.data.copy_(torch.from_numpy(self.sampler.log_frequencies()))
        self.ema = copy.deepcopy(self.model)
        self.optimizer = make_optimizer(self.model, self.training)
        self.stop_requested = False

    # --- checkpoints -----------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Everything that a resumed run needs; written beside, then renamed."""
        state = {"recipe": self.recipe, "model": self.model.state_dict(), "ema": self.ema.state_dict(),
                 "optimizer": self.optimizer.state_dict(), "step": self.step, "samples": self.samples,
                 "seconds": self.seconds, "best_bits": self.best_bits, "history": self.history,
                 "sampler": self.sampler.rng.bit_generator.state}
        beside = path.with_suffix(".partial")
        torch.save(state, beside)
        os.replace(beside, path)

    def load(self, path: Path) -> None:
        state = torch.load(path, map_location=self.device)
        self.model.load_state_dict(state["model"])
        self.ema.load_state_dict(state["ema"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.sampler.rng.bit_generator.state = state["sampler"]
        for name in ("step", "samples", "seconds", "best_bits", "history"):
            setattr(self, name, state[name])
        if "init" in state["recipe"]:
            self.recipe["init"] = state["recipe"]["init"]
        if state["recipe"]["data"] != self.recipe["data"]:
            self.best_bits = float("inf")  # measured on other data: not comparable

    def start_from(self, bundle: Path) -> None:
        """Take the weights of a bundle as model and moving average; only better ones become `best.pt`."""
        self.recipe["init"] = load_bundle_weights(self.model, bundle)
        self.ema.load_state_dict(self.model.state_dict())
        if self.windows:
            self.best_bits = held_out_bits(self.ema, self.windows, self.device)
        seen = self.recipe["init"]["samplesSeen"]
        self.say(f"weights of {bundle}, {seen / 1e6:.1f} M samples: held out {self.best_bits:.4f} bits per sample")

    # --- the loop --------------------------------------------------------------------

    def stage(self, progress: float) -> dict:
        """Batch and length for this part of the run; later stages see longer context."""
        return [s for s in self.training["stages"] if s["from"] <= progress][-1]

    def train_step(self, progress: float) -> tuple[torch.Tensor, int]:
        """One optimiser step; returns the loss in nats (not yet read back) and its samples."""
        stage = self.stage(progress)
        inputs, targets, cond, is_dropped = self.sampler.batch(stage["batch"], stage["length"])
        factor = learning_rate_factor(self.step, progress, self.training["warmupSteps"], self.training["hold"])
        for group in self.optimizer.param_groups:
            group["lr"] = group["base_lr"] * factor
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            logits = self.model(torch.from_numpy(inputs).to(self.device), tensors_of(cond, self.device),
                                None if is_dropped is None else torch.from_numpy(is_dropped).to(self.device))
        loss = F.cross_entropy(logits.float().reshape(-1, logits.shape[-1]),
                               torch.from_numpy(targets).to(self.device).reshape(-1))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.training["clipNorm"])
        self.optimizer.step()
        self.average()
        self.step += 1
        return loss.detach(), targets.size

    @torch.no_grad()
    def average(self) -> None:
        """Exponential moving average of the weights, shorter at the start of a run from random ones."""
        decay = self.training["emaDecay"]
        if "init" not in self.recipe:
            decay = min(decay, (1.0 + self.step) / (10.0 + self.step))
        for slow, fast in zip(self.ema.parameters(), self.model.parameters()):
            slow.lerp_(fast, 1.0 - decay)

    def run(self, limits: Limits, measure_minutes: float, on_measure: Callable[["Trainer", bool], None]) -> None:
        """Train until a limit or a signal; measure, save and call back every `measure_minutes`."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(self, "stop_requested", True))
        losses: list[float] = []
        last = logged = measured = time.monotonic()
        rate_samples, rate = 0, 0.0
        while not self.stop_requested:
            progress = limits.progress(self.seconds, self.samples)
            if progress >= 1.0:
                break
            loss, count = self.train_step(progress)
            losses.append(float(loss) * NATS_TO_BITS)
            self.samples += count
            rate_samples += count
            now = time.monotonic()
            self.seconds += min(now - last, LONGEST_STEP_S)
            last = now
            if now - logged >= LOG_EVERY_S:
                rate, rate_samples = rate_samples / (now - logged), 0
                eta_s = self.seconds / progress * (1.0 - progress) if progress > 0 else float("nan")
                self.say(f"step {self.step}  {self.samples / 1e6:.1f} M samples  "
                         f"{np.mean(losses[-50:]):.3f} bits  {rate:.0f} samples/s  ETA {eta_s / 60:.0f} min")
                logged = now
            if now - measured >= measure_minutes * 60.0:
                self.measure(losses, on_measure)
                losses = []
                last = logged = measured = time.monotonic()
                rate_samples = 0
                self.seconds += last - now
        self.measure(losses, on_measure)

    def measure(self, losses: list[float], on_measure: Callable[["Trainer", bool], None]) -> None:
        """Held-out bits of the averaged weights; keeps `last.pt` and, if better, `best.pt`."""
        if not losses:
            return
        bits = held_out_bits(self.ema, self.windows, self.device)
        better = not self.windows or bits < self.best_bits
        if better:
            self.best_bits = bits
        self.history.append((self.step, self.samples, self.seconds, float(np.mean(losses)), bits))
        self.save(self.folder / "last.pt")
        if better:
            self.save(self.folder / "best.pt")
        self.say(f"measured at {self.samples / 1e6:.1f} M samples: train {np.mean(losses):.4f}, "
                 f"held out {bits:.4f} bits per sample{' (best)' if better else ''}")
        on_measure(self, better)
