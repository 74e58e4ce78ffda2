"""The training loop: schedule, moving average, checkpoints, resuming."""

import copy
import ctypes
import inspect
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

from batch_workers import BatchWorkers
from cuda_step import CAN_RECORD, DeviceBatch, Recorder, batch_on
from data import SAMPLE_RATE_HZ, ConditionedSampler, CropSampler, Window, shift
from sashimi import CondInput, Sashimi, SashimiConfig
from warm_start import load_bundle_weights

NATS_TO_BITS = 1.0 / math.log(2.0)
LOG_EVERY_S = 20.0
LONGEST_STEP_S = 60.0  # what is longer was a suspended process, and is not training time
STEPS_UNREAD = 32  # of losses that may wait on a card: reading one waits for its step
OWN_GROUP_KEYS = ("lr", "foreach", "fused", "capturable")  # of an optimiser: the device's, not the checkpoint's


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
    """AdamW in two groups: dt and A of the S4D layers learn slower and without decay.

    On a card (torch 2) it is one kernel per group, and its learning rates are tensors there.
    """
    slow = [p for m in model.modules() for p in getattr(m, "slow_parameters", [])]
    slow_ids = {id(p) for p in slow}
    rest = [p for p in model.parameters() if id(p) not in slow_ids]
    groups = [{"params": rest, "base_lr": training["learningRate"], "weight_decay": training["weightDecay"]},
              {"params": slow, "base_lr": training["ssmLearningRate"], "weight_decay": 0.0}]
    device = rest[0].device
    if device.type != "cuda" or not CAN_RECORD:
        return torch.optim.AdamW(groups, lr=training["learningRate"])
    for group in groups:
        group["lr"] = torch.tensor(group["base_lr"], device=device)
    return torch.optim.AdamW(groups, fused=True, capturable=True)


def load_optimizer(optimizer: torch.optim.Optimizer, state: dict) -> None:
    """A checkpoint's memory of the gradients, from whatever device, into this optimiser, which keeps its own way of working."""
    own = [{key: group[key] for key in OWN_GROUP_KEYS if key in group} for group in optimizer.param_groups]
    optimizer.load_state_dict(state)
    for group, kept in zip(optimizer.param_groups, own):
        group.update(kept)
        for parameter in group["params"]:
            memory = optimizer.state.get(parameter, {})
            if isinstance(memory.get("step"), torch.Tensor):
                memory["step"] = memory["step"].to(parameter.device if kept.get("capturable") else "cpu")


def load_state(path: Path, device: torch.device | str) -> dict:
    """A checkpoint of our own: it holds more than tensors."""
    safe_only = {"weights_only": False} if "weights_only" in inspect.signature(torch.load).parameters else {}
    return torch.load(path, map_location=device, **safe_only)


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
    """One model in training. `history` rows: (step, samples, seconds, train bits, held-out bits).

    is_recorded: on a card, whether steps are played from a recording (`cuda_step.py`).
    """

    recipe: dict
    sampler: CropSampler | ConditionedSampler | BatchWorkers
    windows: list[Window]
    folder: Path
    device: torch.device
    say: Callable[[str], None] = print
    is_recorded: bool = True
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
        self.unread: list[torch.Tensor] = []
        self.run_update: Callable[[DeviceBatch], torch.Tensor] = self.update
        self.average_share = torch.zeros((), device=self.device)
        if self.device.type == "cuda":
            torch.cuda.synchronize()
            torch.cuda.set_stream(torch.cuda.Stream())  # a recording must not have begun on the default stream
            if self.is_recorded and CAN_RECORD:
                self.run_update = Recorder(self.update, lambda: self.optimizer.zero_grad(set_to_none=True))

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
        state = load_state(path, self.device)
        self.model.load_state_dict(state["model"])
        self.ema.load_state_dict(state["ema"])
        load_optimizer(self.optimizer, state["optimizer"])
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
        batch = self.sampler.batch(stage["batch"], stage["length"])
        factor = learning_rate_factor(self.step, progress, self.training["warmupSteps"], self.training["hold"])
        for group in self.optimizer.param_groups:
            if isinstance(group["lr"], torch.Tensor):
                group["lr"].fill_(group["base_lr"] * factor)
            else:
                group["lr"] = group["base_lr"] * factor
        self.average_share.fill_(1.0 - self.average_decay())
        loss = self.run_update(batch_on(batch, self.device))
        self.step += 1
        return loss, batch.targets.size

    def update(self, batch: DeviceBatch) -> torch.Tensor:
        """Forward, backward, optimiser and average; returns the loss. Reads nothing back from a card."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            logits = self.model(batch.inputs, batch.cond, batch.is_dropped)
        loss = F.cross_entropy(logits.float().reshape(-1, logits.shape[-1]), batch.targets.reshape(-1))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.training["clipNorm"])
        self.optimizer.step()
        self.average()
        return loss.detach()

    def average_decay(self) -> float:
        """Of the moving average at this step: shorter at the start of a run from random weights."""
        decay = self.training["emaDecay"]
        return decay if "init" in self.recipe else min(decay, (1.0 + self.step) / (10.0 + self.step))

    @torch.no_grad()
    def average(self) -> None:
        """Exponential moving average of the weights; on a card by the share that lies there."""
        if self.device.type == "cuda":
            slow, fast = list(self.ema.parameters()), list(self.model.parameters())
            way = torch._foreach_sub(fast, slow)
            torch._foreach_mul_(way, self.average_share)
            torch._foreach_add_(slow, way)
            return
        for slow, fast in zip(self.ema.parameters(), self.model.parameters()):
            slow.lerp_(fast, 1.0 - self.average_decay())

    def read_losses(self) -> list[float]:
        """The losses that were not read yet, in bits; waits for their steps."""
        values = torch.stack(self.unread).tolist() if self.unread else []
        self.unread = []
        return [value * NATS_TO_BITS for value in values]

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
            self.unread.append(loss)
            if self.device.type == "cpu" or len(self.unread) >= STEPS_UNREAD:
                losses += self.read_losses()
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
                self.measure(losses + self.read_losses(), on_measure)
                losses = []
                last = logged = measured = time.monotonic()
                rate_samples = 0
                self.seconds += last - now
        self.measure(losses + self.read_losses(), on_measure)

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
