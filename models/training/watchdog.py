"""Where the engine's watchdog takes a model to be running away: docs/bundle-format.md, "Watchdog"."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from data import ConditionedSampler, CropSampler, decode_mu_law, shift
from sashimi import Sashimi
from trainer import NATS_TO_BITS, tensors_of

WINDOW = 1024  # samples, 64 ms, as the engine judges
CROPS = 48
CROP_LENGTH = 16384
LEVEL_MARGIN_DB = 3.0
SURPRISE_MARGIN_BITS = 1.0
MOST_BITS = 7.5


@torch.no_grad()
def watchdog_limits(model: Sashimi, sampler: CropSampler | ConditionedSampler, recipe: dict) -> dict:
    """The `watchdog` object of model.json, from training audio; what the recipe says under `watchdog` comes first."""
    loudest_db, most_bits = -60.0, 0.0
    device = model.decoder.weight.device
    for batch in sampler.examples(CROPS, CROP_LENGTH):
        windows = decode_mu_law(batch.targets).reshape(-1, WINDOW).astype(np.float64)
        loudest_db = max(loudest_db, 10.0 * math.log10((windows**2).mean(axis=1).max() + 1e-12))
        targets = torch.from_numpy(batch.targets).to(device)
        logits = model(torch.from_numpy(shift(batch.targets)).to(device), tensors_of(batch.cond, device))
        bits = F.cross_entropy(logits[0], targets[0], reduction="none") * NATS_TO_BITS
        most_bits = max(most_bits, float(bits.reshape(-1, WINDOW).mean(dim=1).max()))
    limits = {"maxLevelDb": round(min(loudest_db + LEVEL_MARGIN_DB, 0.0), 1),
              "maxBitsPerSample": round(min(most_bits + SURPRISE_MARGIN_BITS, MOST_BITS), 2)}
    return {**limits, **recipe.get("watchdog", {})}
