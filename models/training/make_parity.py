#!/usr/bin/env python3
"""Make test/golden/parity: a tiny bundle and what PyTorch says it computes.

    python3 make_parity.py            (writes the same files again: it is seeded)

io.safetensors, computed in float64 and stored as float32:
    input_ids    (1, 48)        I64  random ids after the start token
    logits_conv  (1, 48, 256)   F32  the training form, all samples at once
    logits_step  (1, 48, 256)   F32  the recurrence
    greedy_ids   (128,)         I64  argmax loop from the start token
    greedy_margin (128,)        F32  best logit minus the next one
48 samples run the deepest tier three times, greedy_ids eight times; longer would only
make the fixture larger. The weights go through float32 first, as in the bundle.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from bundle import safetensors_bytes, write_bundle
from data import CHECKOUT, START_TOKEN
from sashimi import Sashimi, SashimiConfig

SEED = 20261122
INPUT_SAMPLES = 48
GREEDY_SAMPLES = 128
STEPS = 12
MIN_MARGIN = 1e-4  # a hundred float32 errors, so that greedy ids must match exactly


def trained_model() -> Sashimi:
    """Random start and a few steps on a chirp, so that no tensor keeps its initial value."""
    torch.manual_seed(SEED)
    model = Sashimi(SashimiConfig(d_model=8, num_layers=1, pool=(4, 4), conjugate_pairs=4, num_ssm=8))
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    time_s = torch.arange(1024) / 16000.0
    ids = (128 + 100 * torch.sin(2 * torch.pi * (200 + 4000 * time_s) * time_s)).long()
    for _ in range(STEPS):
        logits = model(ids[None, :-16])[0]
        loss = F.cross_entropy(logits, ids[1:-15])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


@torch.no_grad()
def stepped_logits(model: Sashimi, ids: torch.Tensor) -> torch.Tensor:
    """ids (1, L) to logits (1, L, levels), one sample at a time."""
    state = model.initial_state(1)
    return torch.stack([model.step(ids[:, t], state) for t in range(ids.shape[1])], dim=1)


@torch.no_grad()
def greedy(model: Sashimi, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The argmax loop from the start token: ids (count,) and margins (count,)."""
    state, ids, margins = model.initial_state(1), [START_TOKEN], []
    for _ in range(count):
        best = torch.topk(model.step(torch.tensor(ids[-1:]), state)[0], 2)
        ids.append(int(best.indices[0]))
        margins.append(float(best.values[0] - best.values[1]))
    return np.array(ids[1:]), np.array(margins, dtype=np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=CHECKOUT / "test" / "golden" / "parity")
    out = parser.parse_args().out
    model = trained_model()
    recipe = {"name": "parity", "title": "Parity",
              "description": "A tiny random model that fixes what the engines must compute.",
              "sampling": {"temperature": 1, "topP": 1, "topK": 0}, "licence": "CC0-1.0"}
    provenance = {"source": "models/training/make_parity.py", "data": "a synthetic chirp",
                  "recipe": "random weights and 12 optimiser steps", "seed": SEED}
    write_bundle(out / "bundle", model, recipe, provenance)

    model = model.double()
    model.prepare_step()
    rng = np.random.default_rng(SEED)
    ids = torch.from_numpy(rng.integers(0, 256, size=(1, INPUT_SAMPLES)))
    ids[0, 0] = START_TOKEN
    with torch.no_grad():
        conv = model(ids)
    step = stepped_logits(model, ids)
    greedy_ids, margins = greedy(model, GREEDY_SAMPLES)
    print(f"conv and step differ by {float((conv - step).abs().max()):.2e}, "
          f"largest logit {float(step.abs().max()):.2f}, smallest greedy margin {margins.min():.2e}, "
          f"{len(set(greedy_ids.tolist()))} different greedy ids")
    assert float((conv - step).abs().max()) < 1e-10 and margins.min() > MIN_MARGIN
    io = {"input_ids": ids.numpy(), "logits_conv": conv.numpy().astype(np.float32),
          "logits_step": step.numpy().astype(np.float32), "greedy_ids": greedy_ids,
          "greedy_margin": margins}
    (out / "io.safetensors").write_bytes(safetensors_bytes(io))


if __name__ == "__main__":
    main()
